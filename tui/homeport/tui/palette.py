"""What a role looks like: colour for places, trouble and the cursor; the rest is grey."""

from __future__ import annotations

from rich.style import Style

GROUND = "#10141a"
EDGE = "#384250"
TEXT = "#d3dae3"
MUTED = "#8b96a5"

_COLOURS = {
    "muted": MUTED,
    "faint": "#566070",
    "accent": "#86b6f2",
    "running": "#86b6f2",
    "good": "#8fce9b",
    "warn": "#e7b76a",
    "bad": "#f08080",
    "code": "#c5b3e6",
    "place-local": "#8fce9b",
    "place-lan": "#7cc7d6",
    "place-cloud": "#e7b76a",
    "place-none": "#f08080",
}

ROLES: dict[str, Style] = {
    "": Style(color=TEXT),
    "strong": Style(color="#f1f4f8", bold=True),
    "title": Style(color=MUTED, bold=True),
    "key": Style(color="#f1f4f8", bold=True),
    **{role: Style(color=colour) for role, colour in _COLOURS.items()},
}

CURSOR = Style(bgcolor="#202a37")

CSS = f"""
Screen {{ background: {GROUND}; color: {TEXT}; layers: base; }}
LineView, Feed, Page {{ background: {GROUND}; color: {TEXT}; }}
.edge {{
    border: round {EDGE}; border-title-color: {MUTED}; border-subtitle-color: {MUTED};
    padding: 0 1;
}}
.ascii .edge {{ border: ascii {EDGE}; }}
.line {{ height: 1; }}
#small, .small > * {{ display: none; }}
.small > #small {{ display: block; }}
.gone, .filtering > #footer {{ display: none; }}
#banner, #detail {{ height: auto; padding: 0 1; }}
#middle {{ height: 1fr; }}
#side {{ width: 38; }}
#spend, #machine {{ height: auto; }}
#models {{ height: 1fr; }}
#feed {{ width: 1fr; padding: 0; }}
Feed, Page {{ overflow: hidden hidden; scrollbar-size: 0 0; }}
Page {{ height: 1fr; }}
#filter, #budget {{ height: 1; }}
#question {{ height: 1; }}
#slash {{ width: 2; height: 1; }}
#editor {{ height: auto; max-height: 8; border: round {EDGE}; background: {GROUND}; color: {TEXT};
    scrollbar-size: 0 0; }}
#editor:focus {{ border: round #86b6f2; }}
.ascii #editor, .ascii #editor:focus {{ border: ascii {EDGE}; }}
#sides {{ height: 1fr; }}
#sides > Page {{ width: 1fr; }}
Input {{ border: none; height: 1; padding: 0 1; background: {GROUND}; color: {TEXT}; }}
Input:focus {{ border: none; }}
"""
