"""The colours in force, for lines and for the widgets around them.

A program has one theme at a time; lines look their roles up here when they are
painted, so that a change of theme is one repaint.
"""

from __future__ import annotations

from rich.style import Style
from textual.theme import BUILTIN_THEMES
from textual.theme import Theme as TextualTheme

from homeport.tui.themes import DARK, Theme

ROLES: dict[str, Style] = DARK.roles()
"""How each role looks now."""


class Ground:
    """What lines stand on, as `CSS` has it for the widgets: each row would look it up anew."""

    style = Style(color=DARK.text, bgcolor=DARK.ground)


class Cursor:
    """The look of the chosen row."""

    style = Style(bgcolor=DARK.cursor)


def wear(theme: Theme) -> None:
    """From now on lines are painted so."""
    ROLES.update(theme.roles())
    Ground.style = Style(color=theme.text, bgcolor=theme.ground)
    Cursor.style = Style(reverse=True) if theme.is_plain else Style(bgcolor=theme.cursor)


def textual_name(theme: Theme) -> str:
    """What Textual calls it; its own themes have other names."""
    return f"homeport-{theme.name}"


def textual_theme(theme: Theme) -> TextualTheme:
    """The same colours for Textual's own widgets."""
    given = BUILTIN_THEMES["ansi-dark"].variables if theme.is_plain else {}
    accent, ground = _css(theme.accent), _css(theme.ground)
    return TextualTheme(
        textual_name(theme),
        primary=accent,
        accent=accent,
        foreground=_css(theme.text),
        background=ground,
        surface=ground,
        panel=ground,
        dark=theme.is_dark,
        ansi=theme.is_plain,
        variables=given | css_variables(theme),
    )


def css_variables(theme: Theme) -> dict[str, str]:
    """The colours as `CSS` names them."""
    names = ("ground", "edge", "text", "muted", "accent")
    return {f"house-{name}": _css(getattr(theme, name)) for name in names}


def _css(colour: str) -> str:
    """Rich's name of a colour as Textual's."""
    return colour if colour.startswith("#") else f"ansi_{colour}"


CSS = """
Screen { background: $house-ground; color: $house-text; layers: base; }
LineView, Feed, Page { background: $house-ground; color: $house-text; }
.edge {
    border: round $house-edge; border-title-color: $house-muted;
    border-subtitle-color: $house-muted; padding: 0 1;
}
.ascii .edge { border: ascii $house-edge; }
.line { height: 1; }
#small { display: none; height: 1fr; }
.small > * { display: none; }
.small > #small { display: block; }
.gone, .typing > #footer { display: none; }
#banner, #detail { height: auto; padding: 0 1; }
#middle { height: 1fr; }
#side { width: 38; }
#spend, #machine { height: auto; }
#models { height: 1fr; }
#feed { width: 1fr; padding: 0; }
Feed, Page { overflow: hidden hidden; scrollbar-size: 0 0; }
Page { height: 1fr; }
#filter, #budget { height: 1; }
#editor { height: auto; max-height: 8; border: round $house-edge; background: $house-ground;
    color: $house-text; scrollbar-size: 0 0; }
#editor:focus { border: round $house-accent; }
.ascii #editor, .ascii #editor:focus { border: ascii $house-edge; }
#sides { height: 1fr; }
#sides > Page { width: 1fr; }
Input { border: none; height: 1; padding: 0 1; background: $house-ground; color: $house-text; }
Input:focus { border: none; }
"""
