"""Rate limits by a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.lab.limits import Limit


def test_a_bucket_empties_and_refills() -> None:
    limit = Limit(2)
    assert [limit.take(1, 0.0) for _ in range(3)] == [0.0, 0.0, 30.0]
    assert limit.take(1, 30.0) == 0.0
    assert limit.room(30.0) == (2, 0, 60.0)


def test_what_is_more_than_a_whole_minute_is_let_in_once() -> None:
    limit = Limit(100)
    assert limit.take(500, 0.0) == 0.0
    assert limit.take(1, 0.0) > 60


def test_what_was_not_used_is_given_back() -> None:
    limit = Limit(1)
    limit.take(1, 0.0)
    limit.give(1)
    assert limit.take(1, 0.0) == 0.0
    assert repr(limit) == "Limit(0 of 1 left)"


@given(st.lists(st.tuples(st.integers(1, 20), st.floats(0, 100)), max_size=40))
def test_never_more_than_a_bucket_and_what_time_brought(taken: list[tuple[int, float]]) -> None:
    limit, now_s, given_out = Limit(60), 0.0, 0
    for amount, pause_s in taken:
        now_s += pause_s
        if not limit.take(amount, now_s):
            given_out += amount
        assert given_out <= 60 + now_s + 1e-6
