"""What things look like: colour for places, trouble and the cursor; the rest is grey.

A theme is a handful of colours; every role of a line, and every edge of a
widget, is one of them. `plain` names the terminal's own sixteen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rich.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One set of colours, as Rich writes them."""

    name: str
    meaning: str
    ground: str
    edge: str
    text: str
    strong: str
    muted: str
    faint: str
    accent: str
    good: str
    warn: str
    bad: str
    code: str
    lan: str
    cursor: str
    is_dark: bool = True

    def roles(self) -> dict[str, Style]:
        """How each role looks."""
        colours = {
            "": self.text,
            "muted": self.muted,
            "faint": self.faint,
            "accent": self.accent,
            "running": self.accent,
            "good": self.good,
            "warn": self.warn,
            "bad": self.bad,
            "code": self.code,
            "place-local": self.good,
            "place-lan": self.lan,
            "place-cloud": self.warn,
            "place-none": self.bad,
        }
        roles = {role: Style(color=colour) for role, colour in colours.items()}
        strong = Style(color=self.strong, bold=True)
        return roles | {
            "strong": strong,
            "key": strong,
            "title": Style(color=self.muted, bold=True),
        }

    @property
    def is_plain(self) -> bool:
        """Whether it leaves the colours to the terminal."""
        return not self.ground.startswith("#")


DARK = Theme(
    name="dark",
    meaning="Light letters on a dark ground.",
    ground="#10141a",
    edge="#384250",
    text="#d3dae3",
    strong="#f1f4f8",
    muted="#8b96a5",
    faint="#566070",
    accent="#86b6f2",
    good="#8fce9b",
    warn="#e7b76a",
    bad="#f08080",
    code="#c5b3e6",
    lan="#7cc7d6",
    cursor="#202a37",
)
LIGHT = Theme(
    name="light",
    meaning="Dark letters on a light ground.",
    ground="#fbfbf8",
    edge="#c3c8ce",
    text="#2b3138",
    strong="#0d1117",
    muted="#5a6470",
    faint="#8b939c",
    accent="#1f5fae",
    good="#1d7136",
    warn="#8a5a00",
    bad="#b3261e",
    code="#6a3ea1",
    lan="#0b6b7c",
    cursor="#e4ebf5",
    is_dark=False,
)
CONTRAST = Theme(
    name="contrast",
    meaning="White on black, for sunlight and tired eyes.",
    ground="#000000",
    edge="#a0a0a0",
    text="#ffffff",
    strong="#ffffff",
    muted="#d6d6d6",
    faint="#b0b0b0",
    accent="#6fc3ff",
    good="#5dff8f",
    warn="#ffd75f",
    bad="#ff8f8f",
    code="#e0b8ff",
    lan="#6ff0ff",
    cursor="#303a60",
)
PLAIN = Theme(
    name="plain",
    meaning="The colours of your terminal.",
    ground="default",
    edge="bright_black",
    text="default",
    strong="default",
    muted="default",
    faint="bright_black",
    accent="blue",
    good="green",
    warn="yellow",
    bad="red",
    code="magenta",
    lan="cyan",
    cursor="bright_black",
)

THEMES: Mapping[str, Theme] = MappingProxyType(
    {theme.name: theme for theme in (DARK, LIGHT, CONTRAST, PLAIN)}
)
