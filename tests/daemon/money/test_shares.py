"""Parts of a sum: exact, within their bounds, as they were estimated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.money.shares import shares

ESTIMATES = st.lists(
    st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)).map(lambda two: (two[0], sum(two))),
    max_size=8,
)


@pytest.mark.parametrize(
    ("total", "parts"),
    [(0, [0, 0]), (30, [10, 20]), (15, [5, 10]), (75, [55, 20]), (120, [100, 20]), (31, [11, 20])],
)
def test_as_they_were_estimated_then_as_the_rest_of_their_worst_cases(
    total: int, parts: list[int]
) -> None:
    assert shares(total, [(10, 100), (20, 20)]) == parts


@given(ESTIMATES, st.floats(0, 1))
def test_no_nano_dollar_is_lost_and_no_bound_is_passed(
    estimates: list[tuple[int, int]], of_all: float
) -> None:
    most = sum(bound for _, bound in estimates)
    total = min(most, int(most * of_all))
    parts = shares(total, estimates)
    assert sum(parts) == total
    assert all(0 <= part <= bound for part, (_, bound) in zip(parts, estimates, strict=True))


@pytest.mark.parametrize("total", [-1, 121])
def test_what_cannot_be_is_refused(total: int) -> None:
    with pytest.raises(ValueError, match="2 estimates"):
        shares(total, [(10, 100), (20, 20)])
