"""A pilot that goes on as soon as the program is still.

Textual's own looks at the clock of the processor until it stands: a fiftieth of a second
at least, and longer where other work shares the process. This one asks the event loop.
"""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Any

from textual import events
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot


class StillPilot(Pilot[str]):
    """Presses keys, and waits until what they do is painted."""

    async def pause(self, delay: float | None = None) -> None:
        """Waits for so many seconds; without them, until nothing is left to do."""
        if delay is None:
            await self._painted()
        else:
            await super().pause(delay)

    async def press(self, *keys: str) -> None:
        """Presses keys, and waits for each."""
        assert self.app._driver
        for key in keys:
            event = key_event(key)
            event.set_sender(self.app)
            self.app._driver.send_message(event)
            await self._painted()

    async def resize_terminal(self, width: int, height: int) -> None:
        """Gives the terminal another size, and waits until the screen has it."""
        await super().resize_terminal(width, height)
        while self.app.screen.outer_size != (width, height):
            await asyncio.sleep(0.002)
        await self._painted()

    async def _painted(self) -> None:
        """Waits until every message is worked off, and paints what they changed."""
        await drained()
        await self.app.animator.wait_until_complete()
        await drained()
        while self.app.screen_stack and self.app.screen._update_timer._active.is_set():
            self.app.screen._on_timer_update()
            await drained()


async def drained() -> None:
    """Waits until every task of this loop waits for the clock, or for the world outside."""
    loop: Any = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(0)
        if not loop._ready:
            return


def key_event(key: str) -> events.Key:
    """What a terminal would send for a key, given by its name or as its character."""
    name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    try:
        named = _get_unicode_name_from_key(REPLACED_KEYS.get(name, name))
        return events.Key(name, unicodedata.lookup(named))
    except KeyError:
        return events.Key(name, name if len(name) == 1 else None)
