"""Hours of the day, over midnight too."""

from __future__ import annotations

import pytest

from homeport.daemon.outbox.hours import holds, is_hours


@pytest.mark.parametrize(
    ("off_peak", "clock", "expected"),
    [
        ("22:00-06:00", "22:00", True),
        ("22:00-06:00", "23:59", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "06:00", False),
        ("22:00-06:00", "21:59", False),
        ("09:30-17:00", "09:29", False),
        ("09:30-17:00", "16:59", True),
        ("00:00-00:00", "12:00", True),
        ("", "12:00", False),
    ],
)
def test_which_minutes_are_in_them(off_peak: str, clock: str, expected: bool) -> None:
    hours, minutes = clock.split(":")
    assert holds(off_peak, int(hours) * 60 + int(minutes)) is expected


@pytest.mark.parametrize("text", ["22:00-06:00", "00:00-23:59"])
def test_hours_are_known(text: str) -> None:
    assert is_hours(text)


@pytest.mark.parametrize(
    "text", ["", "22-06", "22:00", "24:00-06:00", "22:60-06:00", "9:00-10:00", "22:00-06:00-07:00",
             "aa:bb-cc:dd", "\u0662\u0662:\u0660\u0660-\u0660\u0666:\u0660\u0660"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    assert not is_hours(text)
