"""A clock that follows forward and never goes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.caching.steady import SteadyClock


class Clocks:
    """A wall clock that is set, and a count of what has really passed."""

    def __init__(self) -> None:
        self.wall_ms = 1_700_000_000_000
        self.passed_s = 50.0

    def wall(self) -> int:
        return self.wall_ms

    def passed(self) -> float:
        return self.passed_s


@given(st.lists(st.tuples(st.integers(0, 3600), st.integers(-(10**7), 10**7)), max_size=20))
def test_never_less_has_passed_than_really_has(steps: list[tuple[int, int]]) -> None:
    clocks = Clocks()
    clock = SteadyClock(clocks.wall, clocks.passed)
    started_ms, started_s = clock(), clocks.passed_s
    for passed_s, set_by_ms in steps:
        clocks.passed_s += passed_s
        clocks.wall_ms += passed_s * 1000 + set_by_ms
        assert clock() - started_ms >= int((clocks.passed_s - started_s) * 1000)
        assert clock() >= clocks.wall_ms


def test_a_clock_that_is_never_set_is_the_walls() -> None:
    clocks = Clocks()
    clock = SteadyClock(clocks.wall, clocks.passed)
    clocks.wall_ms += 5000
    clocks.passed_s += 5
    assert clock() == clocks.wall_ms
