"""Colours: each theme has every one, and letters can be read in it."""

from __future__ import annotations

import pytest
from rich.color import Color

from homeport.tui.themes import DARK, THEMES, Theme

SOLID = [theme for theme in THEMES.values() if not theme.is_plain]


def brightness(colour: str) -> float:
    """Relative luminance, as the accessibility guidelines define it."""
    parts = [part / 255 for part in Color.parse(colour).get_truecolor()]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", SOLID, ids=lambda theme: theme.name)
def test_what_is_read_stands_out_from_its_ground(theme: Theme) -> None:
    names = ("text", "strong", "muted", "accent", "good", "warn", "bad", "code", "lan")
    for name in names:
        for ground in (theme.ground, theme.cursor):
            assert contrast(getattr(theme, name), ground) >= 4.5, (name, ground)
    assert contrast(theme.faint, theme.ground) >= 2.5


def test_every_theme_has_every_role() -> None:
    roles = {frozenset(theme.roles()) for theme in THEMES.values()}
    assert roles == {frozenset(DARK.roles())}


def test_plain_names_no_colour_of_its_own() -> None:
    for style in THEMES["plain"].roles().values():
        assert style.color is not None
        assert not style.color.is_default or style.color.name == "default"
        assert style.color.triplet is None
