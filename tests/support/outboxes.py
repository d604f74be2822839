"""An outbox with everything that it needs and nothing beside: real rooms, real doors' code, no
sockets of ours. The link and the clock are the test's own.
"""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from homeport.adapters.base import Adapter
from homeport.client.wire import LinkView, OutboxItem, OutboxView
from homeport.daemon.api.house import House as ApiHouse
from homeport.daemon.bus import now_ms
from homeport.daemon.config.settings import Config, OutboxBounds
from homeport.daemon.money.price import flat
from homeport.daemon.money.reports import Reports
from homeport.daemon.outbox.item import Item, Kept
from homeport.daemon.outbox.outbox import Outbox
from homeport.daemon.routing.embedding import Embeddings
from support.house import House, house

CHAT = "/v1/chat/completions"
OVER = ("answered", "failed", "uncertain", "cancelled")
DOLLAR = 10**9


class Home:
    """What the doors and the outbox need of a daemon."""

    draining = False

    def __init__(self, inner: House, bounds: OutboxBounds) -> None:
        self.inner = inner
        self.rooms, self.router, self.bus = inner.rooms, inner.router, inner.rooms.bus
        self.embeddings = Embeddings(inner.rooms)
        self.reports = Reports(inner.rooms.ledger._db, now_ms)
        self.config = Config(outbox=bounds)
        self.link = SimpleNamespace(view=LinkView(state="online"))
        self.outbox_view: Any = OutboxView
        self.link_moved: Any = None
        self.cut = ""

    async def refresh_models(self) -> None:
        """Ask every adapter."""
        await self.rooms.fleet.refresh(cloud=True)

    def blocked(self, place: str) -> str | None:
        """Why nothing may go there."""
        return self.cut or None if place == "cloud" else None


class Shelf:
    """An outbox and its surroundings, for a test."""

    def __init__(self, home: Home, outbox: Outbox, clock: Clock) -> None:
        self.home = home
        self.outbox = outbox
        self.clock = clock

    def set_link(self, reason: str = "") -> None:
        """Cut for this reason, or whole again."""
        self.home.cut = reason
        self.home.inner.around.links["cloud"] = "offline" if reason else "ok"
        self.outbox._pump.wake()

    async def put(self, *kepts: Kept) -> int:
        """Keep them."""
        return await self.outbox.put(kepts)

    async def states(self) -> dict[str, str]:
        """Each item's."""
        return {item.id: item.state for item in await self.outbox.every()}

    async def item(self, item_id: str) -> OutboxItem:
        """As watchers see it."""
        return next(item for item in await self.outbox.every() if item.id == item_id)

    async def becomes(self, item_id: str, *states: str, within_s: float = 10.0) -> OutboxItem:
        """Wait until it is in one of these states."""
        with self.home.bus.watch() as watcher:
            async with asyncio.timeout(within_s):
                async for _ in watcher:  # a snapshot comes first
                    item = await self.item(item_id)
                    if item.state in states:
                        return item
        raise AssertionError("the bus was closed")


class Clock:
    """The wall, moved by a test."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        return now_ms() + self.ahead_ms


def kept(item_id: str, text: str = "Why?", **fields: Any) -> Kept:
    """A prompt as a door keeps it."""
    at_ms = fields.pop("at_ms", None) or now_ms()
    body = fields.pop("body", None) or chat(text, fields.get("model", "cloud"))
    path = fields.pop("path", CHAT)
    item = Item(
        id=item_id, at_ms=at_ms, since_ms=at_ms, from_ms=at_ms, path=path, **fields
    )  # fmt: skip
    return Kept(item, body)


def chat(text: str, model: str = "cloud") -> bytes:
    """The body of a chat."""
    said = [{"role": "user", "content": text}]
    return json.dumps({"model": model, "messages": said, "stream": True}).encode()


def off_peak_but_not_now() -> str:
    """From in an hour to in three."""
    now = datetime.datetime.now()
    begin, end = (now + datetime.timedelta(hours=ahead) for ahead in (1, 3))
    return f"{begin:%H:%M}-{end:%H:%M}"


@asynccontextmanager
async def shelf(
    folder: Path,
    adapters: Sequence[Adapter],
    *,
    priced: Sequence[str] = (),
    limits: Any = None,
    jitter_s: float = 0.0,
    **bounds: Any,
) -> AsyncIterator[Shelf]:
    """It sends while the context lasts. `priced` models cost a dollar for a million tokens."""
    clock = Clock()
    async with house(folder, adapters, limits=limits) as inner:
        for model in priced:
            inner.around.prices[model] = flat(DOLLAR, DOLLAR, source="a test")
        home = Home(inner, OutboxBounds(**bounds))
        api: Any = ApiHouse(home, lambda: None)  # type: ignore[arg-type]
        outbox = Outbox(api, clock, jitter_s=jitter_s)
        await outbox.open()
        try:
            yield Shelf(home, outbox, clock)
        finally:
            home.bus.close()
            await outbox.close()
