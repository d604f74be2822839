"""Waiting for what another process does: polling with a bound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path


async def until(condition: Callable[[], object], within_s: float = 20.0) -> None:
    """Wait until the condition is true; fails where it does not become so."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.005)


def eventually(condition: Callable[[], object], within_s: float = 20.0) -> None:
    """The same where no event loop runs."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


async def a_moment() -> None:
    """One turn of the loop: what is ready has to leave first."""
    await asyncio.sleep(0)


def process_is_there(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
