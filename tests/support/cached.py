"""A house whose answers may be given again, with a clock that can be set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from homeport.adapters.base import CacheWish, Delta, Labels, Prompt, Sampling, TextDelta
from homeport.client.wire import RequestView
from homeport.daemon.bus import now_ms
from homeport.daemon.caching.lazy import LazyCache
from homeport.daemon.config.settings import Cache, Config, Timeouts
from homeport.daemon.routing.router import Router
from support.house import House, house
from support.scripted import ScriptedAdapter, prompt

ON = CacheWish()


class Clock:
    """The wall's, moved by what a test says."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        return now_ms() + self.ahead_ms


class CachedHouse:
    """A house with its cache, and what it is made of."""

    def __init__(self, made: House, folder: Path, bounds: Cache) -> None:
        self.house = made
        self.bounds = bounds
        self.clock = Clock()
        self.path = folder / "cache.db"
        self.caching = LazyCache(self.path, folder / "secret", lambda: self.bounds, self.clock)
        self.rooms = replace(made.rooms, caching=self.caching, config=self._config)
        self.router = Router(self.rooms)

    def _config(self) -> Config:
        return Config(timeouts=Timeouts(deadline_s=20.0), cache=self.bounds)

    async def ask(self, asked: Prompt | str = "Why is the sky blue?") -> tuple[str, RequestView]:
        """The words of an answer, and its row."""
        deltas, view = await self.deltas(asked)
        return "".join(d.text for d in deltas if isinstance(d, TextDelta)), view

    async def deltas(self, asked: Prompt | str) -> tuple[list[Delta], RequestView]:
        """An answer, delta by delta; what it left to keep is kept when this returns."""
        given = cool(asked) if isinstance(asked, str) else asked
        async with self.router.answer(given) as answer:
            deltas = [delta async for delta in answer.deltas()]
        await answer.settled.wait()
        await self.kept()
        return deltas, answer.view

    async def kept(self) -> int:
        """How many answers are kept, once all are written."""
        await self.caching().written_down()
        rows = await self.caching().kept.rows()
        return sum(row.answers for row in rows)


def cool(text: str, wish: CacheWish | None = None, **labels: object) -> Prompt:
    """A prompt whose answer is the same each time."""
    given = Labels(cache=wish, **labels)  # type: ignore[arg-type]
    return prompt(text, labels=given, sampling=Sampling(temperature=0))


@asynccontextmanager
async def cached_house(
    folder: Path, adapters: Sequence[ScriptedAdapter], **bounds: object
) -> AsyncIterator[CachedHouse]:
    """A house that caches exact answers, unless `bounds` says otherwise."""
    async with house(folder, adapters) as made:
        cached = CachedHouse(made, folder, Cache(**({"exact": True} | bounds)))  # type: ignore[arg-type]
        try:
            yield cached
        finally:
            await cached.router.settled()
            await cached.caching.close()
