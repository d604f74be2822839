"""The pictures in the README are made from the real screens and stand alone."""

from __future__ import annotations

import runpy
from pathlib import Path
from xml.dom import minidom

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "packaging" / "images"
SHOWN = {
    "live": "needs 64k context",
    "why": "the link fell at 14:02:41",
    "compare": "your pick",
    "machine": "degrees Celsius",
}


def said(svg: str) -> str:
    """The text of a picture."""
    texts = minidom.parseString(svg).getElementsByTagName("text")  # noqa: S318  # our own file
    return "".join(text.firstChild.data for text in texts if text.firstChild).replace("\xa0", " ")


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_small_and_needs_nothing_from_elsewhere(name: str) -> None:
    svg = (IMAGES / f"{name}.svg").read_text(encoding="utf-8")
    assert len(svg) < 200_000
    assert "@font-face" not in svg
    assert SHOWN[name] in said(svg)


def test_every_picture_is_in_a_readme() -> None:
    text = "".join((ROOT / name).read_text("utf-8") for name in ("README.md", "tui/README.md"))
    assert [name for name in SHOWN if f"images/{name}.svg)" not in text] == []


async def test_they_can_be_made_again() -> None:
    program = runpy.run_path(str(IMAGES / "make_picture.py"))
    for name in SHOWN:
        svg = program["standing_alone"](await program["picture"](name))
        assert said(svg) == said((IMAGES / f"{name}.svg").read_text(encoding="utf-8")), name
