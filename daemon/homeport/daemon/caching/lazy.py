"""The cache of answers, made when it is first asked for: who caches nothing loads nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.daemon.config.settings import Cache as Bounds

if TYPE_CHECKING:
    from homeport.client.wire import CacheReport
    from homeport.daemon.caching.cache import Cache


class LazyCache:
    """Gives the one cache when it is called. Owns whether there is one."""

    def __init__(
        self,
        path: Path,
        secret_path: Path,
        bounds: Callable[[], Bounds],
        wall_ms: Callable[[], int],
    ) -> None:
        self.path = path
        self._secret_path = secret_path
        self._bounds = bounds
        self._wall_ms = wall_ms
        self._made: Cache | None = None

    def __repr__(self) -> str:
        return f"LazyCache({self.path}, {self._made!r})"

    def __call__(self) -> Cache:
        """The cache."""
        if self._made is None:
            from homeport.daemon.caching.cache import Cache
            from homeport.daemon.caching.kept import KeptAnswers
            from homeport.daemon.caching.key import Keys
            from homeport.daemon.caching.steady import SteadyClock
            from homeport.daemon.storage.cached import CachedAnswers

            clock_ms = SteadyClock(self._wall_ms)
            kept = KeptAnswers(CachedAnswers(self.path), self._bounds, clock_ms)
            self._made = Cache(kept, Keys(self._secret_path), clock_ms)
        return self._made

    async def report(self) -> CacheReport:
        """What is kept, and what it was good for."""
        return await self().report(self._bounds(), str(self.path))

    async def prune(self) -> None:
        """Forget what is over; nothing is made for it where nothing was ever kept."""
        if self._made is not None or self.path.exists():
            await self().kept.prune()

    async def close(self) -> None:
        """Finish every write."""
        if self._made is not None:
            await self._made.kept.close()
