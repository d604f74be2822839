"""The terminal interface on a stage: a scripted line, a fixed clock, no terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from homeport.client.errors import ClientError
from homeport.client.link import News
from homeport.client.wire import Why
from homeport.tui.app import HomeportApp, Options, frame_text
from support import room_sights, sights
from support.scripted_line import ScriptedLine
from support.still_pilot import StillPilot, key_event


class Stage:
    """The program, its pilot, and the line that a test speaks through."""

    def __init__(self, app: HomeportApp, line: ScriptedLine, pilot: Pilot[str]) -> None:
        self.app, self.line, self.pilot = app, line, pilot

    @property
    def text(self) -> str:
        """What is on the screen."""
        return frame_text(self.app.screen)

    @property
    def rows(self) -> list[str]:
        """The lines on the screen."""
        return self.text.splitlines()

    async def tell(self, *news: News, now_ms: int | None = None) -> None:
        """News arrive, and what changed is painted."""
        if now_ms is not None:
            self.app.now_ms = lambda: now_ms
        for piece in news:
            self.app.receive(piece)
        await self.paint()

    async def paint(self) -> None:
        """Brings the screen up to date and waits until it is."""
        self.app.paint()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Presses keys and waits for what they do."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def burst(self, *keys: str) -> None:
        """Keys that a terminal sends in one write."""
        driver = self.app._driver
        assert driver
        for key in keys:
            driver.send_message(key_event(key))
        await self.pilot.pause()

    async def resize(self, width: int, height: int) -> None:
        """Gives the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        for _ in range(3):  # the screen, then the widgets, then what depends on their size
            await self.pilot.pause()


@asynccontextmanager
async def staged(
    scene: str = "live",
    size: tuple[int, int] = (120, 32),
    *,
    options: Options | None = None,
    why: Why | ClientError | None = None,
    keys: Sequence[str] = (),
) -> AsyncIterator[Stage]:
    """The program in a state of `sights.scenes`, after some keys."""
    line = ScriptedLine(why or sights.why())
    line.reports = room_sights.reports()
    line.saved = room_sights.savings()
    app = HomeportApp(line, options, now_ms=lambda: sights.NOW_MS)
    async with app.run_test(size=size):
        stage = Stage(app, line, StillPilot(app))
        for news, now_ms in {**sights.scenes(), **sights.moments()}[scene]:
            await stage.tell(news, now_ms=now_ms)
        await stage.press(*keys)
        yield stage
