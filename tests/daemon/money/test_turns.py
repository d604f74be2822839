"""Answered prompts, summed for what another model would have asked for them."""

from __future__ import annotations

import pytest

from homeport.daemon.money.turns import KEPT_MS, REACH, UNKNOWN, Row, Turns

DAY = 20261121


def row(n: int, request: str, **more: object) -> Row:
    """An answer of 5,000 tokens to 2,000 of which nothing was cached."""
    of: dict[str, object] = {"session": "s", "at_ms": n, "given": 2_000, "said": 5_000, "cached": 0}
    of |= more
    return (n, DAY, request, *of.values())  # type: ignore[return-value]


def hits(*rows: Row) -> int:
    return sum(counts[5] for counts in Turns().count(rows).values())


def test_a_prompt_counts_once_at_its_last_answer() -> None:
    turns = Turns()
    first = turns.count([row(1, "a", given=100, said=None)])
    assert first == {(DAY, UNKNOWN): (0, 1, 0, 0, 0, 0, 0)}
    again = turns.count([row(2, "a", given=40_000, cached=None, at_ms=KEPT_MS * 2)])
    assert again[DAY, UNKNOWN] == (0, -1, 0, 0, 0, 0, 0)
    assert again[DAY, 32_768] == (1, 0, 1, 40_000, 5_000, 0, 0)


@pytest.mark.parametrize(
    ("size", "above"), [(0, -1), (32_000, -1), (32_001, 32_000), (200_000, 199_999), (10**9, 2**20)]
)
def test_sizes_are_those_above_which_lists_ask_for_more(size: int, above: int) -> None:
    ((_, found),) = Turns().count([row(1, "a", given=size)])
    assert found == above


def test_the_turn_before_is_the_last_answer_to_another_prompt() -> None:
    assert hits(row(1, "a"), row(2, "b")) == 2_000
    assert hits(row(1, "a"), row(2, "a")) == 0
    assert hits(row(1, "a"), row(2, "b", given=100, said=50), row(3, "b")) == 2_000
    assert hits(row(1, "a"), row(2, "b", session="other")) == 0
    assert hits(row(1, "a", session=""), row(2, "b", session="")) == 0


def test_what_is_too_old_too_short_or_too_far_is_no_hit() -> None:
    assert hits(row(1, "a", at_ms=0), row(2, "b", at_ms=KEPT_MS)) == 2_000
    assert hits(row(1, "a", at_ms=0), row(2, "b", at_ms=KEPT_MS + 1)) == 0
    assert hits(row(1, "a", at_ms=5), row(2, "b", at_ms=4)) == 0
    assert hits(row(1, "a", given=1_000, said=23), row(2, "b")) == 0
    assert hits(row(1, "a", at_ms=0), row(2 + REACH, "b", at_ms=0)) == 0


def test_no_more_is_a_hit_than_was_given() -> None:
    assert hits(row(1, "a"), row(2, "b", given=50, cached=900)) == 50
