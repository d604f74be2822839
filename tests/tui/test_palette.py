"""Every role that a line uses has a look."""

from __future__ import annotations

from homeport.tui.help_lines import help_lines
from homeport.tui.palette import ROLES
from homeport.tui.why_lines import why_lines
from support import sights


def test_roles_are_known() -> None:
    lines = [*why_lines(sights.why(), sights.NOW_MS, 100), *help_lines(100)]
    used = {role for line in lines for _, role in line}
    assert used <= set(ROLES)


def test_every_place_has_its_own_look() -> None:
    looks = [ROLES[f"place-{place}"] for place in ("local", "lan", "cloud", "none")]
    assert len(set(looks)) == 4
