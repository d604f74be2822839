"""One asks, the others wait."""

from __future__ import annotations

import asyncio

import pytest

from homeport.daemon.caching.flights import Flights
from homeport.daemon.caching.kept import Stored

KEY = b"k"
STORED = Stored(1, KEY, "r", "m", "v", "single", "p", "q", 0, 1, None, False, b"{}")


async def test_what_lands_is_told_to_all_who_wait() -> None:
    flights = Flights()
    assert flights.begin(KEY)
    assert not flights.begin(KEY)
    waiting = asyncio.gather(*(flights.wait(KEY, 5) for _ in range(3)))
    await asyncio.sleep(0)
    flights.land(KEY, STORED)
    assert await waiting == [STORED] * 3
    assert flights.begin(KEY)


async def test_nobody_waits_for_ever_and_one_who_leaves_disturbs_no_other() -> None:
    flights = Flights()
    flights.begin(KEY)
    with pytest.raises(TimeoutError):
        await flights.wait(KEY, 0)
    waiting = asyncio.gather(flights.wait(KEY, 5))
    await asyncio.sleep(0)
    flights.land(KEY, None)
    assert await waiting == [None]
    flights.land(KEY, None)
    assert repr(flights) == "Flights(0 up)"
