"""Keys in their order, however fast they come: each is done with before the next is looked at.

What a key does can take a moment: a screen opens, a line is mounted and given
the keys, a list is narrowed. A key that came in that moment would go to
whatever had the keys before, or to nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

from textual.app import App
from textual.events import Key, Paste
from textual.message_pump import MessagePump
from textual.widget import Widget

Typed = Key | Paste
PATIENCE_S = 1.0
"""What takes longer is no reason to hold the next key back."""


class TypedAhead:
    """Waits for keys, and hands over one after the other."""

    def __init__(self, app: App[Any], obey: Callable[[Any], Awaitable[None]]) -> None:
        self._app, self._obey = app, obey
        self._waiting: asyncio.Queue[Typed] = asyncio.Queue()
        self._written_in: Widget | None = None
        """Who took the last letter, where it was one; it takes them in their order."""
        self._laid_out: tuple[object, int] = (None, 0)

    def take(self, event: Typed) -> None:
        """It comes after those that wait."""
        self._waiting.put_nowait(event)

    async def hand_over(self) -> None:
        """For as long as the program runs."""
        while True:
            event = await self._waiting.get()
            is_letter = isinstance(event, Key) and event.is_printable
            if not is_letter or self._written_in is None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE_S):
                        await self._ready()
            self._written_in = self._app.focused if is_letter else None
            await self._obey(event)

    async def _ready(self) -> None:
        """Waits until all that the keys before set going is done."""
        await self._settled()
        screen = self._app.screen
        if self._laid_out != (screen, len(screen.children)):
            for _ in range(2):  # it is painted again once its widgets know their sizes
                await screen.wait_for_refresh()
            self._laid_out = (screen, len(screen.children))

    async def _settled(self) -> None:
        """Waits until whoever has the keys has worked off what came, and has them still."""
        before: object = None
        while before != (before := tuple(self._concerned())):
            for pump in before:
                await _caught_up(pump)

    def _concerned(self) -> Iterator[MessagePump]:
        """What opens, then who has the keys, then all that it tells."""
        screen = self._app.screen
        yield from (child for child in screen.children if not child.is_mounted)
        yield from (self._app.focused or screen).ancestors_with_self


async def _caught_up(pump: MessagePump) -> None:
    """Waits until it has worked off what it was sent until here."""
    passed = asyncio.Event()
    if pump.call_later(passed.set):
        await passed.wait()
