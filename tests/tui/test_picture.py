"""The picture in the README is made from the real screen and stands alone."""

from __future__ import annotations

import runpy
from pathlib import Path
from xml.dom import minidom

IMAGES = Path(__file__).parents[2] / "packaging" / "images"


def said(svg: str) -> str:
    """The text of a picture."""
    texts = minidom.parseString(svg).getElementsByTagName("text")  # noqa: S318  # our own file
    return "".join(text.firstChild.data for text in texts if text.firstChild).replace("\xa0", " ")


def test_the_picture_is_small_and_needs_nothing_from_elsewhere() -> None:
    svg = (IMAGES / "live.svg").read_text(encoding="utf-8")
    assert len(svg) < 200_000
    assert "@font-face" not in svg
    assert "needs 64k context" in said(svg)


async def test_it_can_be_made_again() -> None:
    program = runpy.run_path(str(IMAGES / "make_picture.py"))
    svg = program["standing_alone"](await program["picture"]())
    assert said(svg) == said((IMAGES / "live.svg").read_text(encoding="utf-8"))
