"""What goes on beside the prompts: looking around, the link, prices, the config, old decisions.

One loop each. A round that breaks is logged, and the next one comes all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from homeport.client.wire import ConfigChanged
from homeport.daemon.bus import now_ms

if TYPE_CHECKING:
    from homeport.daemon.assemble import Daemon
    from homeport.daemon.money.price_refresh import PriceRefresh

log = logging.getLogger("homeport.housekeeping")

KEPT_DECISIONS_MS = 90 * 24 * 3_600_000
PRUNE_EVERY_S = 6 * 3600.0
AGAIN_S = 5.0
"""Before what is watched is watched again, where that broke."""
REFRESH_EVERY_S = 60.0
"""Whether newer prices are due is looked at so often; they are once a day."""


class Housekeeping:
    """The loops of one daemon."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._config_changed = asyncio.Event()
        self._looked = asyncio.Event()
        """The first look around is done; the first prompts wait for nothing else."""
        self._price_refresh: PriceRefresh | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def __repr__(self) -> str:
        running = sum(not task.done() for task in self._tasks)
        return f"Housekeeping({running} loops)"

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Run every loop until `stop`."""
        daemon = self._daemon
        self._tasks = [
            tasks.create_task(self._every(self._look, self._look_interval_s)),
            tasks.create_task(self._every(self._prune, lambda: PRUNE_EVERY_S)),
            tasks.create_task(self._every(self._watch_link, lambda: AGAIN_S)),
            tasks.create_task(guarded(self._keep_prices)),
            tasks.create_task(guarded(daemon.alerts.run)),
            tasks.create_task(self._every(self._watch_config, lambda: AGAIN_S)),
            tasks.create_task(self._take_configs()),
        ]

    def stop(self) -> None:
        """End every loop."""
        for task in self._tasks:
            task.cancel()

    def _look_interval_s(self) -> float:
        return self._daemon.config.probing.interval_s

    async def _every(
        self, work: Callable[[], Awaitable[None]], interval_s: Callable[[], float]
    ) -> None:
        while True:
            await guarded(work)
            await asyncio.sleep(interval_s())

    async def _look(self) -> None:
        try:
            await self._daemon.look_around()
        finally:
            self._looked.set()
        await self._daemon.renew_keys()

    async def _prune(self) -> None:
        await self._looked.wait()
        daemon = self._daemon
        # Each by itself: a file that is damaged keeps nothing of another longer than it may be.
        for prune in (
            partial(daemon.decisions.prune, now_ms() - KEPT_DECISIONS_MS),
            daemon.responses.prune,
            daemon.caching.prune,
            partial(daemon.learned.prune, now_ms()),
        ):
            await guarded(prune)

    async def _watch_config(self) -> None:
        await self._daemon.config_file.watch(self._config_changed.set, after=self._looked)

    async def _watch_link(self) -> None:
        """Keep the link true. Loaded beside the start, for no prompt waits for it."""
        await self._looked.wait()
        from homeport.daemon.link.events import open_events
        from homeport.daemon.link.metered import metered_by
        from homeport.daemon.link.probing import Probing, cloud_origins
        from homeport.daemon.link.watching import Watching

        daemon = self._daemon
        probing = Probing(
            daemon.link,
            origins=lambda: cloud_origins(daemon.fleet.adapters(), daemon.place_of),
            greet=daemon.egress.greet,
            allowed=lambda: daemon.policy().mode != "local-only",
            begun=partial(daemon.egress.listen, "cloud"),
            unreached=daemon.no_provider_reached,
        )
        watching = Watching(
            daemon.link,
            open_events(),
            probing,
            ask_metered=lambda: metered_by(daemon.config.probing.metered),
            vanished=daemon.egress.lose_addresses,
            slept=daemon.slept,
        )
        daemon.look_at_link = watching.look_soon
        await watching.run()

    async def _keep_prices(self) -> None:
        """Know the prices, and newer ones where the person wants them fetched."""
        await guarded(self._daemon.load_prices)
        await self._looked.wait()
        await self._every(self._refresh_prices, lambda: REFRESH_EVERY_S)

    async def _refresh_prices(self) -> None:
        daemon = self._daemon
        if not daemon.config.prices.refresh:
            return
        if self._price_refresh is None:
            from homeport.daemon.money.price_refresh import PriceRefresh

            self._price_refresh = PriceRefresh(
                daemon.prices,
                daemon.egress,
                wanted=lambda: daemon.config.prices,
                may_leave=self._may_leave,
            )
        if await self._price_refresh.fetch_if_due():
            daemon.prices_changed()

    def _may_leave(self) -> bool:
        """Whether what can wait may use the connection."""
        daemon = self._daemon
        if daemon.policy().mode == "local-only" or daemon.link.view.metered:
            return False
        return daemon.link_state("cloud") in ("ok", "unknown")

    async def _take_configs(self) -> None:
        """One generation after the other, so that adapters are swapped in order."""
        while True:
            await self._config_changed.wait()
            self._config_changed.clear()
            await guarded(self._take_config)

    async def _take_config(self) -> None:
        daemon = self._daemon
        error = str(daemon.config_file.error or "")
        if error:
            log.warning("the config is not taken: %s", error)
            daemon.bus.publish(ConfigChanged, mode=daemon.policy().mode, error=error)
        else:
            await daemon.take_config(daemon.config)


async def guarded(work: Callable[[], Awaitable[object]]) -> None:
    """Do it; what breaks is logged, and the daemon goes on."""
    try:
        await work()
    except Exception:
        log.exception("%s broke", getattr(work, "__qualname__", work))
