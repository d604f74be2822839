"""Days and months by the clock on the wall, in places where it jumps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.money.windows import (
    Calendar,
    day_ends_ms,
    day_of,
    day_text,
    month_before,
    month_ends_ms,
    month_of,
)

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs time.tzset")

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Havana",
)
HOUR_MS = 3_600_000


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Moves this process to a time zone, and back at the end."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def ms(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


def test_a_day_is_a_local_date(zone: Callable[[str], None]) -> None:
    zone("Europe/Berlin")
    assert day_of(ms(2026, 11, 20, 22, 59, 59)) == 20261120
    assert day_of(ms(2026, 11, 20, 23, 0)) == 20261121
    assert (month_of(20261121), month_before(20261121), month_before(20260105)) == (
        202611,
        202610,
        202512,
    )
    assert day_text(20260105) == "2026-01-05"


@pytest.mark.parametrize(
    ("name", "at", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 29, 8), 23),  # clocks go forward
        ("Europe/Berlin", (2026, 10, 25, 8), 25),  # and back
        ("Australia/Lord_Howe", (2026, 10, 3, 20), 23.5),  # by half an hour
        ("UTC", (2026, 12, 31, 12), 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_makes_it(
    zone: Callable[[str], None], name: str, at: tuple[int, ...], hours: float
) -> None:
    zone(name)
    now = ms(*at)
    end = day_ends_ms(now)
    start = end - int(hours * HOUR_MS)
    assert day_of(start) == day_of(now) == day_of(end - 1)
    assert day_of(start - 1) < day_of(now) < day_of(end)


def test_a_midnight_that_is_skipped(zone: Callable[[str], None]) -> None:
    zone("America/Sao_Paulo")  # on 2018-11-04, 00:00 was 01:00
    end = day_ends_ms(ms(2018, 11, 3, 15))
    assert end == ms(2018, 11, 4, 3)
    assert (day_of(end - 1), day_of(end)) == (20181103, 20181104)


def test_a_midnight_that_comes_twice(zone: Callable[[str], None]) -> None:
    zone("America/Havana")  # on 2026-11-01, 01:00 was 00:00 again
    end = day_ends_ms(ms(2026, 10, 31, 15))
    assert end == ms(2026, 11, 1, 4)
    assert (day_of(end - 1), day_of(end)) == (20261031, 20261101)


def test_a_day_that_never_was(zone: Callable[[str], None]) -> None:
    zone("Pacific/Apia")  # 2011-12-30 was left out
    end = day_ends_ms(ms(2011, 12, 30, 5))
    assert (day_of(end - 1), day_of(end)) == (20111229, 20111231)


def test_months_end_with_their_last_day(zone: Callable[[str], None]) -> None:
    zone("Europe/Berlin")
    assert month_ends_ms(ms(2026, 10, 24)) == ms(2026, 10, 31, 23)
    assert month_ends_ms(ms(2026, 12, 31, 22)) == ms(2026, 12, 31, 23)
    assert month_ends_ms(ms(2028, 2, 29, 12)) == ms(2028, 2, 29, 23)


@settings(deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(min_value=ms(2005, 1, 1), max_value=ms(2037, 1, 1)),
)
def test_windows_end_after_now_and_start_a_new_date(name: str, now: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        day, month = day_ends_ms(now), month_ends_ms(now)
        assert now < day <= month
        assert day_of(now) < day_of(day)
        assert month_of(day_of(now)) < month_of(day_of(month))
        assert day_of(day - 1000) == day_of(now)
        calendar = Calendar()
        for moment in (now, day - 1, day, now):
            assert calendar.day(moment) == day_of(moment)
            assert calendar.ends_ms(moment) == (day_ends_ms(moment), month_ends_ms(moment))
    time.tzset()
