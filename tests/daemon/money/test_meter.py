"""The count of a running answer: exact for single tokens, near for pieces of any other size."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homeport.analysis.tokens import estimate_tokens
from homeport.daemon.money.meter import ERROR, Meter

PROSE = "The light of the sun is made of many colours, and the air scatters blue the most. " * 20


def pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def given_until_used_up(meter: Meter, parts: list[str]) -> int:
    """Pieces that were let pass."""
    for number, part in enumerate(parts):
        if meter.used_up:
            return number
        meter.note(part)
    return len(parts)


def test_pieces_as_short_as_tokens_are_counted_one_by_one() -> None:
    meter = Meter(50)
    assert given_until_used_up(meter, [" word"] * 80) == 51
    assert meter.counted == 51


@pytest.mark.parametrize("size", [40, 200, 1000])
def test_long_pieces_are_weighed(size: int) -> None:
    truth, most = estimate_tokens(PROSE), 200
    meter, parts = Meter(most), pieces(PROSE, size)
    passed = "".join(parts[: given_until_used_up(meter, parts)])
    assert most < estimate_tokens(passed) <= most * ERROR / (ERROR - 1) + size
    assert truth > most


@given(st.lists(st.text(max_size=60), max_size=40), st.integers(0, 400))
@example(["0" * 5 + "\U00010000" * 20] * 2, 137).via("two tokens to a letter")
def test_it_is_used_up_exactly_where_the_count_says_so(parts: list[str], most: int) -> None:
    meter = Meter(most)
    for part in parts:
        meter.note(part)
    whole = Meter(most)
    whole.note("".join(parts))
    assert meter.used_up == (_judged(meter) > most)
    assert meter.counted in (len(parts), pytest.approx(whole.counted, abs=len(parts)))


def _judged(meter: Meter) -> int:
    letters, count = meter._letters, meter._pieces
    return count if letters <= 8 * count else meter.counted - meter.counted // ERROR


def test_nothing_set_aside_is_used_up_by_the_first_piece() -> None:
    meter = Meter(0)
    assert not meter.used_up
    meter.note("x")
    assert meter.used_up
