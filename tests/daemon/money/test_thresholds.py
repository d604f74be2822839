"""How far each limit is spent, and which hour is unusual."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.client.wire import SpendView, WindowView
from homeport.daemon.money.thresholds import (
    HOUR_MS,
    Key,
    is_over,
    keys_of,
    reached,
    untold,
    unusual,
)
from support.ledgers import NOON_MS

DAY = 20261121
CENT = 10_000_000


def view(spent: int, limit: int | None = 1000, window: Any = "day", **fields: Any) -> SpendView:
    return SpendView(windows=(WindowView(window, limit, spent, 999, 0, **fields),))


@pytest.mark.parametrize(
    ("spent", "passed"),
    [
        (0, ()),
        (499, ()),
        (500, (50,)),
        (799, (50,)),
        (800, (50, 80)),
        (950, (50, 80, 95)),
        (999, (50, 80, 95)),
        (1000, (50, 80, 95, 100)),
        (5000, (50, 80, 95, 100)),
    ],
)
def test_thresholds_go_by_what_is_spent(spent: int, passed: tuple[int, ...]) -> None:
    found = reached(view(spent), DAY)
    assert [one.thresholds for one in found] == ([passed] if passed else [])
    assert [one.alert.threshold for one in found] == ([passed[-1]] if passed else [])


@pytest.mark.parametrize(("limit", "window"), [(None, "day"), (0, "day"), (10, "session")])
def test_what_has_no_end_or_no_limit_is_silent(limit: int | None, window: str) -> None:
    assert reached(view(1000, limit, window), DAY) == []


@pytest.mark.parametrize(
    ("window", "period"), [("day", "20261121"), ("week", "20261116"), ("month", "202611")]
)
def test_each_window_has_its_period(window: str, period: str) -> None:
    (one,) = reached(view(900, 1000, window, scope="tag", name="work"), DAY)
    assert one.period == period
    assert f"90 % of this {window}'s budget for tag work is spent" in one.alert.sentence


def test_what_was_told_is_not_told_again() -> None:
    told: set[Key] = set()
    first = reached(view(850), DAY)
    assert untold(first, told) == first
    told.update(keys_of(first[0]))
    assert untold(reached(view(900), DAY), told) == []
    assert len(untold(reached(view(950), DAY), told)) == 1
    assert len(untold(reached(view(850), DAY + 1), told)) == 1
    assert len(untold(reached(view(850, 999), DAY), told)) == 1


@pytest.mark.parametrize(
    ("window", "period", "hours_left"),
    [("hour", "498684", 1), ("day", "20261121", 12), ("week", "20261116", 36)],
)
def test_a_period_ends(window: str, period: str, hours_left: int) -> None:
    key: Key = (window, "all", "", period, 1000, 50)
    left_ms = hours_left * HOUR_MS
    assert [is_over(key, NOON_MS + left_ms + ms) for ms in (-1, 0)] == [False, True]


HOURS = dict.fromkeys(range(5), CENT)


@pytest.mark.parametrize(
    ("hours", "times", "is_unusual"),
    [
        ({**HOURS, 9: 6 * CENT}, 5.0, True),
        ({**HOURS, 9: 5 * CENT}, 5.0, False),
        ({**HOURS, 4: 100 * CENT, 9: 6 * CENT}, 5.0, True),  # one such hour before is no habit
        ({**HOURS, 9: 6 * CENT}, 0.0, False),
        (dict.fromkeys(range(4), CENT) | {9: 60 * CENT}, 5.0, False),
        (dict.fromkeys(range(9), 1000) | {9: CENT - 1}, 5.0, False),
        (HOURS, 5.0, False),
    ],
)
def test_an_hour_is_unusual_beside_the_median(
    hours: dict[int, int], times: float, is_unusual: bool
) -> None:
    found = unusual(hours, 9, times)
    assert (found is not None) == is_unusual
    if found is not None:
        assert found.alert.sentence == (
            "This hour has cost $0.06, more than 5 times the usual $0.01 of an hour."
        )
