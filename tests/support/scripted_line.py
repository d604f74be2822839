"""A line to a daemon that says what a test writes, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from homeport.client.errors import ClientError
from homeport.client.link import News
from homeport.client.wire import LinkView, Why


class ScriptedLine:
    """Stands where the line to the daemon stands; `told` is what it will say."""

    def __init__(self, why: Why | ClientError | None = None) -> None:
        self.told: asyncio.Queue[News] = asyncio.Queue()
        self.answer = why
        self.asked: list[str] = []

    async def news(self) -> AsyncIterator[News]:
        while True:
            yield await self.told.get()

    def retry(self) -> None:
        self.asked.append("retry")

    async def why(self, request_id: str) -> Why:
        self.asked.append(f"why {request_id}")
        if isinstance(self.answer, ClientError):
            raise self.answer
        assert self.answer
        return self.answer

    async def set_offline(self, offline: bool) -> LinkView:
        self.asked.append(f"offline {offline}")
        if isinstance(self.answer, ClientError):
            raise self.answer
        return LinkView("offline" if offline else "online", by_choice=offline)
