"""Chat and Compare on a stage: keys, and what the daemon says of each prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from homeport.tui.talking import TalkingScreen
from support.stage import Stage


async def hear(stage: Stage, events: Sequence[Any]) -> None:
    """The daemon says this, and the screen shows it."""
    for event in events:
        stage.line.heard.put_nowait(event)
    async with asyncio.timeout(20):
        while not stage.line.heard.empty():
            await stage.pilot.pause(0.01)
    await settled(stage)


async def settled(stage: Stage) -> None:
    """Waits until all that came is painted."""
    salon = stage.app.salon
    async with asyncio.timeout(20):
        while salon.is_stirred:
            await stage.pilot.pause(0.01)
    await stage.paint()


async def say(stage: Stage, text: str, events: Sequence[Any] = ()) -> None:
    """Writes and sends, from the editor; the daemon answers."""
    screen = cast("TalkingScreen", stage.app.screen)
    screen.editor.insert(text)
    await stage.press("enter")
    await hear(stage, events)
