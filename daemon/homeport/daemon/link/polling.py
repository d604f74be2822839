"""Looks at the interfaces again and again, where the system tells nothing by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psutil

EVERY_S = 2.0


def interfaces() -> Any:
    """What is up, and the addresses; None where the system does not tell at the moment."""
    try:
        return psutil.net_if_stats(), psutil.net_if_addrs()
    except (OSError, RuntimeError):
        return None


class Polling:
    """An `Events` that compares."""

    def __init__(self, look: Callable[[], Any] = interfaces, every_s: float = EVERY_S) -> None:
        self._look = look
        self._every_s = every_s
        self._seen = look()

    def __repr__(self) -> str:
        return f"Polling(every {self._every_s:g} s)"

    async def wait(self) -> None:
        """Return once the interfaces differ from the last time."""
        while True:
            await asyncio.sleep(self._every_s)
            seen = await asyncio.to_thread(self._look)
            if seen != self._seen:
                self._seen = seen
                return

    def close(self) -> None:
        """Nothing is held."""
