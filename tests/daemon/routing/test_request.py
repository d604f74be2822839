"""One prompt's record: its row, its steps, and sums over attempts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.routing.request import total


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**6))))
def test_a_sum_is_of_what_is_known_and_unknown_where_nothing_is(
    counts: list[int | None],
) -> None:
    known = [count for count in counts if count is not None]
    assert total(counts) == (sum(known) if known else None)
