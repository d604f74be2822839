"""Days and months by the clock on the wall, also where it jumps.

A day is an integer such as 20261121, a month 202611: the local date at one
moment. Everything is computed from Unix milliseconds; nothing reads the clock.
"""

from __future__ import annotations

import datetime
import time
from functools import lru_cache

MINUTE_MS = 60_000
HOUR_S = 3600


def day_of(at_ms: int) -> int:
    """The local date of a moment, as yyyymmdd."""
    local = time.localtime(at_ms // 1000)
    return local.tm_year * 10_000 + local.tm_mon * 100 + local.tm_mday


def month_of(day: int) -> int:
    """The month of a day, as yyyymm."""
    return day // 100


def month_before(day: int) -> int:
    """The month before the one that a day is in, as yyyymm."""
    month = month_of(day)
    return month - 1 if month % 100 > 1 else month - 89


@lru_cache(maxsize=64)
def week_of(day: int) -> int:
    """The Monday of the week that a day is in, as yyyymmdd."""
    date = datetime.date(day // 10_000, day // 100 % 100, day % 100)
    monday = date - datetime.timedelta(days=date.weekday())
    return monday.year * 10_000 + monday.month * 100 + monday.day


def period_of(window: str, day: int) -> int:
    """The number of the window that a day is in."""
    if window == "month":
        return month_of(day)
    return week_of(day) if window == "week" else day


def day_text(day: int) -> str:
    """A day as ISO 8601 writes it."""
    return f"{day // 10_000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def noon_ms(day: int) -> int:
    """Noon of a local day. Raises `ValueError` for a day that there is not."""
    date = datetime.date(day // 10_000, day // 100 % 100, day % 100)
    try:
        return int(time.mktime((date.year, date.month, date.day, 12, 0, 0, 0, 0, -1))) * 1000
    except OverflowError:
        raise ValueError(f"{date} is out of range") from None


def day_starts_ms(at_ms: int) -> int:
    """The first moment of the local day that a moment is in."""
    local = time.localtime(at_ms // 1000)
    return _start_ms(local.tm_year, local.tm_mon, local.tm_mday)


def day_ends_ms(at_ms: int) -> int:
    """The first moment of the next local day."""
    local = time.localtime(at_ms // 1000)
    return _start_ms(local.tm_year, local.tm_mon, local.tm_mday + 1)


def week_ends_ms(at_ms: int) -> int:
    """The first moment of the next local Monday."""
    local = time.localtime(at_ms // 1000)
    return _start_ms(local.tm_year, local.tm_mon, local.tm_mday + 7 - local.tm_wday)


def month_ends_ms(at_ms: int) -> int:
    """The first moment of the next local month."""
    local = time.localtime(at_ms // 1000)
    return _start_ms(local.tm_year, local.tm_mon + 1, 1)


def _start_ms(year: int, month: int, day: int) -> int:
    """The first moment of a local date; days and months past their end carry over.

    Where clocks change at midnight there may be no midnight, or two of them.
    """
    seconds = int(time.mktime((year, month, day, 0, 0, 0, 0, 0, -1)))
    noon = int(time.mktime((year, month, day, 12, 0, 0, 0, 0, -1)))
    date = day_of(noon * 1000)
    while day_of(seconds * 1000) < date:
        seconds += HOUR_S
    while day_of((seconds - HOUR_S) * 1000) == date:
        seconds -= HOUR_S
    return seconds * 1000


class Calendar:
    """The same for the hot path: remembers the minute it was last asked about.

    Clocks only ever change between two minutes.
    """

    def __init__(self) -> None:
        self._minute = -1
        self._day = self._day_ends_ms = self._month_ends_ms = 0

    def day(self, at_ms: int) -> int:
        """`day_of`, remembered."""
        self._turn_to(at_ms)
        return self._day

    def ends_ms(self, at_ms: int) -> tuple[int, int]:
        """`day_ends_ms` and `month_ends_ms`, remembered."""
        self._turn_to(at_ms)
        return self._day_ends_ms, self._month_ends_ms

    def _turn_to(self, at_ms: int) -> None:
        minute = at_ms // MINUTE_MS
        if minute != self._minute:
            self._day = day_of(at_ms)
            self._day_ends_ms = day_ends_ms(at_ms)
            self._month_ends_ms = month_ends_ms(at_ms)
            self._minute = minute
