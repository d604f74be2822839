"""The README is the design: everything that exists is in it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from homeport.analysis.difficulty import LEVELS
from homeport.policies import model
from homeport.policies.gates import AFTER_GATES, GATES
from homeport.policies.requested import MODES

ROOM = Path(__file__).parents[2] / "policies"
README = (ROOM / "README.md").read_text(encoding="utf-8")

LITERALS = (
    model.Task,
    model.Checkable,
    model.Level,
    model.Urgency,
    model.Privacy,
    model.FailureKind,
    model.Mode,
    model.Place,
)
NAMES = sorted(
    {name for name, _ in GATES}
    | set(AFTER_GATES)
    | set(MODES)
    | {name for literal in LITERALS for name in get_args(literal)}
    | {f"{path.name}" for path in ROOM.glob("homeport/*/*.py") if path.name != "__init__.py"}
    | {"quality", "money", "waiting", "place", "demonstration", "reliability", "deadline"}
    | {"requested", "successor"}
)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README or f"`{name}`," in README or name in PLACES


PLACES = {"lan"}
"""Named in sentences."""


def test_the_gates_are_told_in_their_order() -> None:
    rows = [README.index(f"\n| `{name}` |") for name, _ in GATES]
    assert rows == sorted(rows)


def test_the_levels_are_told_with_their_bounds() -> None:
    assert all(f"`{name}` < {above}" in README for above, name in LEVELS)
