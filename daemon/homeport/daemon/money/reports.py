"""Reads the books beyond sums by group; `Ledger.report` gives those."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import partial

from homeport.client.wire import BookedReport, SavingsView, SpendDetails
from homeport.daemon.money.price import Price
from homeport.daemon.money.windows import day_of
from homeport.daemon.storage.database import Database


class Reports:
    """What the books say, on one view of what is committed."""

    def __init__(self, db: Database, clock_ms: Callable[[], int]) -> None:
        self._db = db
        self._clock_ms = clock_ms

    async def details(self, since_ms: int) -> SpendDetails:
        """Where the month will end, and the dearest requests."""
        from homeport.daemon.money import outlook

        await self._db.flush()
        dearest = await self._db.read(partial(outlook.dearest, since=day_of(since_ms)))
        projected = await self._db.read(partial(outlook.projection, now_ms=self._clock_ms()))
        return SpendDetails(projection=projected, dearest=dearest)

    async def booked_for(self, requests: Sequence[str]) -> dict[str, int]:
        """Nano-dollars that are booked for each of these requests, where any are."""
        from homeport.daemon.money.booked import booked_for

        await self._db.flush()
        return await self._db.read(partial(booked_for, requests=requests))

    async def booked(
        self, provider: str, since: datetime.date, until: datetime.date
    ) -> BookedReport:
        """What was booked at one provider, by UTC day."""
        from homeport.daemon.money.booked import booked

        await self._db.flush()
        read = partial(booked, provider=provider, since=since, until=until)
        return BookedReport(provider, await self._db.read(read))

    async def saved(
        self, since_ms: int, baseline: str, price_on: Callable[[int], Price | None]
    ) -> SavingsView:
        """What one model would have cost; `price_on` gives its price on a day."""
        from homeport.daemon.money import savings

        await self._db.flush()
        since = day_of(since_ms)
        days = await self._db.read(partial(savings.days, since=since))
        prices = {day: price_on(day) for day in days}
        against = partial(savings.against, since=since, baseline=baseline, prices=prices)
        return await self._db.read(against)
