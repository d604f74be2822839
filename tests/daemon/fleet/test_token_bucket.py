"""The bucket fills evenly, whatever the clock does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.fleet.token_bucket import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def bucket(limit: float = 60) -> tuple[TokenBucket, Clock]:
    clock = Clock()
    return TokenBucket(limit, 60.0, clock), clock


def test_what_is_taken_comes_back_evenly() -> None:
    of_sixty, clock = bucket()
    of_sixty.take(60)
    assert of_sixty.wait_s(1) == 1.0
    assert of_sixty.wait_s(10) == 10.0
    clock.now_s += 10
    assert of_sixty.wait_s(10) == 0.0
    assert repr(of_sixty) == "TokenBucket(10 of 60 in 60 s)"


def test_more_than_it_holds_waits_until_it_is_full_and_no_longer() -> None:
    of_sixty, _ = bucket()
    assert of_sixty.wait_s(1000) == 0.0
    of_sixty.take(1000)
    assert of_sixty.wait_s(1000) == 120.0


def test_the_other_side_is_believed_and_what_is_on_its_way_counted() -> None:
    of_sixty, _ = bucket()
    of_sixty.take(10)
    of_sixty.learn(60, 59, 60.0, exact=True)
    assert of_sixty.level == 50
    of_sixty.learn(60, 59, 60.0, exact=False)
    assert of_sixty.level == 59
    of_sixty.learn(60, 0, 86_400.0, exact=True)
    of_sixty.learn(60, 0, 60.0, exact=True)
    assert of_sixty.period_s == 86_400.0, "nearly full it looks as if it were of a minute"


@given(
    st.floats(1, 1e6),
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0, 1e6)), max_size=20),
)
def test_a_clock_that_leaps_fills_no_more_than_there_is(
    limit: float, steps: list[tuple[float, float]]
) -> None:
    it, clock = bucket(limit)
    passed_s, taken = 0.0, 0.0
    for leap_s, amount in steps:
        clock.now_s += leap_s
        passed_s += max(0.0, leap_s)
        if it.wait_s(amount) == 0 and amount <= it.limit:
            it.take(amount)
            taken += amount
        assert -it.limit <= it.level <= it.limit
        assert it.wait_s(1.0) <= 2 * it.period_s + 1
    assert taken <= limit + passed_s * limit / 60 + 1e-3 * limit


def test_a_clock_that_goes_back_fills_nothing() -> None:
    of_sixty, clock = bucket()
    of_sixty.take(60)
    clock.now_s -= 500
    assert of_sixty.wait_s(1) == 1.0
    clock.now_s += 1
    assert of_sixty.wait_s(1) == 0.0
