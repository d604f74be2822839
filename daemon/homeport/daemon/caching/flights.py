"""One asks for all: who comes with the same prompt while it is answered waits for that answer."""

from __future__ import annotations

import asyncio
from typing import Final

from homeport.daemon.caching.kept import Stored

SHARE: Final = 0.5
"""Of the time that is left, so much may be waited; what is left then is for asking oneself."""


class Flights:
    """Owns the prompts that are being answered, by key."""

    def __init__(self) -> None:
        self._flying: dict[bytes, asyncio.Future[Stored | None]] = {}

    def __repr__(self) -> str:
        return f"Flights({len(self._flying)} up)"

    def begin(self, key: bytes) -> bool:
        """The caller answers this one; False where somebody does already."""
        if key in self._flying:
            return False
        self._flying[key] = asyncio.get_running_loop().create_future()
        return True

    def land(self, key: bytes, stored: Stored | None) -> None:
        """Its answer, for all who wait; None where there is none to be given again."""
        flight = self._flying.pop(key, None)
        if flight is not None and not flight.done():
            flight.set_result(stored)

    async def wait(self, key: bytes, seconds: float) -> Stored | None:
        """What lands, within this time. Raises `TimeoutError`."""
        async with asyncio.timeout(max(0.0, seconds)):
            return await asyncio.shield(self._flying[key])
