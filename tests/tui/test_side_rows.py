"""One answer of a comparison as a column."""

from __future__ import annotations

import pytest

from homeport.tui.bout import Bout
from homeport.tui.side_rows import HEAD_ROWS, LEAST_WIDTH, SideRows, fitting
from homeport.tui.words import line_width
from support import sights, talk_sights


def columns(bout: Bout, width: int) -> list[list[str]]:
    shown = []
    for number, side in enumerate(bout.sides, 1):
        rows = SideRows(side, width)
        rows.read(bout, number, sights.NOW_MS, chosen=number == 1)
        lines = [*rows.head, *(rows.row(y) for y in range(len(rows) + 1))]
        assert len(rows.head) == HEAD_ROWS
        assert all(line_width(line) == width for line in lines)
        shown.append(["".join(text for text, _ in line).rstrip() for line in lines])
    return shown


@pytest.mark.parametrize("width", [LEAST_WIDTH, 58])
def test_every_row_is_as_wide_as_its_column(width: int) -> None:
    bout = Bout()
    bout.models = (sights.QWEN, sights.SONNET, sights.LLAMA)
    bout.ask("hi")
    assert columns(bout, width)[1][4] == "waiting for the first word…"
    for event in talk_sights.comparison():
        bout.hear(event)
    bout.sides[1].verdict = "up"
    first, second, third = columns(bout, width)
    assert first[0] == "▸1 local qwen3:14b"
    first_word = "" if width == LEAST_WIDTH else ", first word 380ms"
    assert second[1] == f"   900ms{first_word} · your pick"
    assert second[2] == "   5 tokens, 8/s · $0.0012"
    assert third[1] == "   failed"
    assert third[4].startswith("No answer: the model could")


def test_as_many_columns_as_fit() -> None:
    assert [fitting(4, width) for width in (20, 60, 80, 116, 160)] == [1, 1, 2, 3, 4]
    assert fitting(2, 400) == 2
