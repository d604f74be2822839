"""Hours of the day in which what waits for them is sent. Pure."""

from __future__ import annotations

MINUTES_A_DAY = 24 * 60


def is_hours(text: str) -> bool:
    """Whether it is such as `22:00-06:00`."""
    parts = text.split("-")
    return len(parts) == 2 and all(_is_clock(part) for part in parts)


def _is_clock(text: str) -> bool:
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdigit()):
        return False
    return text.isascii() and int(hours) < 24 and int(minutes) < 60


def holds(off_peak: str, minute: int) -> bool:
    """Whether a minute of the day, by the clock on the wall, is in `22:00-06:00`.

    Hours that end where they begin are the whole day; where there are none, none holds.
    """
    if not off_peak:
        return False
    begin, end = (_minute(part) for part in off_peak.split("-"))
    length = (end - begin) % MINUTES_A_DAY or MINUTES_A_DAY
    return (minute - begin) % MINUTES_A_DAY < length


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
