"""A timer of Linux by the clock that goes on in sleep: it is over when a machine wakes up.

It wakes no machine. The timers of the event loop stand still in sleep, and would tell of it
only when the rest of their time has passed.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

CLOCK_BOOTTIME: Final = 7
ASLEEP_S: Final = 5.5
"""A little longer than the loop that looks at the link waits anyhow."""


class _Time(ctypes.Structure):
    """Seconds and nanoseconds, first of the repetition and then of the first end."""

    _fields_ = (
        ("again_s", ctypes.c_long),
        ("again_ns", ctypes.c_long),
        ("first_s", ctypes.c_long),
        ("first_ns", ctypes.c_long),
    )


class BootTimer:
    """Readable when its time is over. Raises OSError where the system has none."""

    def __init__(self, after_s: float = ASLEEP_S) -> None:
        if sys.maxsize < 2**32:
            raise OSError("seconds may be of another size here")
        self._library = ctypes.CDLL(None, use_errno=True)
        seconds, rest = divmod(after_s, 1.0)
        self._time = _Time(0, 0, int(seconds), int(rest * 1e9))
        self._number = self._checked(
            self._library.timerfd_create(CLOCK_BOOTTIME, os.O_NONBLOCK | os.O_CLOEXEC)
        )

    def __repr__(self) -> str:
        return f"BootTimer({self._time.first_s + self._time.first_ns / 1e9:g} s)"

    def fileno(self) -> int:
        """To be read from."""
        return self._number

    def begin(self) -> None:
        """Its time begins, anew where it had."""
        begun = self._library.timerfd_settime(self._number, 0, ctypes.byref(self._time), None)
        self._checked(begun)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._number)

    @staticmethod
    def _checked(told: int) -> int:
        if told < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return int(told)
