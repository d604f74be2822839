"""The help page."""

from __future__ import annotations

import pytest

from homeport.tui.help_lines import help_lines
from homeport.tui.keys import KEYS
from homeport.tui.words import line_width


def test_every_key_is_explained() -> None:
    said = "\n".join("".join(text for text, _ in line) for line in help_lines(140))
    for key in KEYS:
        assert key.meaning in said


@pytest.mark.parametrize("width", [44, 60, 110])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    for line in help_lines(width):
        assert line_width(line) <= width
