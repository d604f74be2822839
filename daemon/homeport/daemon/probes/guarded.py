"""Calls of a driver that may hang for ever, while it is updated or its device is lost.

Each runs in a thread of its own that may be left behind; while one is stuck, no other is started.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Hangs(Exception):
    """There was no answer in time; `still` where an earlier call is stuck."""

    def __init__(self, *, still: bool) -> None:
        super().__init__("no answer yet" if still else "no answer in time")
        self.still = still


class Guarded(Generic[T]):
    """One call at a time, by a deadline; a stuck one blocks the next, not the caller."""

    def __init__(self, call: Callable[[], T], timeout_s: float) -> None:
        self._call = call
        self._timeout_s = timeout_s
        self._calling: threading.Thread | None = None

    def __call__(self) -> T:
        """What came in time. Raises `Hangs`, and what the call raises."""
        if self._calling is not None and self._calling.is_alive():
            raise Hangs(still=True)
        came: list[T] = []
        broke: list[Exception] = []

        def call() -> None:
            try:
                came.append(self._call())
            except Exception as error:  # noqa: BLE001 - raised to whoever waits
                broke.append(error)

        self._calling = threading.Thread(target=call, daemon=True)
        self._calling.start()
        self._calling.join(self._timeout_s)
        for error in broke:
            raise error
        if not came:
            raise Hangs(still=False)
        return came[0]
