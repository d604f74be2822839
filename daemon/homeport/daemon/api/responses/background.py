"""Answers in the background: begun by one call, watched and stopped by others.

The caller has the id as soon as the prompt was decided on, so every event is our
own, whatever the upstream calls its answer. A queued answer is kept at once, and
kept anew when it is over: after a restart, whoever asks learns that it broke.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from homeport.daemon.api.lesser import Lesser, lesser_of
from homeport.daemon.api.responses.other_words import in_other_words
from homeport.daemon.api.responses.read import Asked
from homeport.daemon.api.responses.running import Running, Telling
from homeport.daemon.storage.texts_responses import KeptResponse
from homeport.policies.errors import DaemonTrouble, HomeportError

if TYPE_CHECKING:
    from homeport.daemon.api.house import House
    from homeport.daemon.routing.router import Answer

log = logging.getLogger("homeport.background")

RECENT = 16
"""Answers that are over and can still be watched from their first event on."""


class Background:
    """Owns the answers that nobody has to wait for."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._answers: dict[str, Running] = {}
        self._tasks: dict[Running, asyncio.Task[None]] = {}

    def __repr__(self) -> str:
        return f"Background({len(self._tasks)} running, {len(self._answers)} known)"

    def get(self, response_id: str) -> Running | None:
        """One that runs, or was over a moment ago."""
        return self._answers.get(response_id)

    async def begin(self, asked: Asked, first: Lesser) -> Running:
        """Begin an answer. Raises `HomeportError` where nothing may answer."""
        running = Running()
        work = self._run(asked, first, running)
        task = self._tasks[running] = self._house.daemon.rooms.tasks.create_task(work)
        try:
            await running.queued()
        except asyncio.CancelledError:
            task.cancel()  # the caller left without an id to come back with
            raise
        return running

    async def cancel(self, running: Running) -> None:
        """Stop one for its caller; what it has said stays."""
        task = self._tasks.get(running)
        if task is not None:
            running.stopped_by_caller = True
            task.cancel()
        await running.over()

    def forget(self, response_id: str) -> None:
        """It is not to be shown again."""
        self._answers.pop(response_id, None)

    async def quiet(self) -> None:
        """Wait until nothing runs."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def close(self) -> None:
        """Stop whatever runs; each is kept as one that broke."""
        for task in self._tasks.values():
            task.cancel()
        await self.quiet()

    async def _run(self, asked: Asked, first: Lesser, running: Running) -> None:
        try:
            await self._answer(asked, first, running)
        except HomeportError as error:
            running.error = error
        except Exception:
            log.exception("an answer in the background broke")
            running.error = DaemonTrouble("Something broke in the daemon.", code="internal_error")
        finally:
            running.is_over = True
            running.tell()
            self._tasks.pop(running, None)
            self._let_go()

    def _let_go(self) -> None:
        done = [name for name, running in self._answers.items() if running.is_over]
        for name in done[:-RECENT]:
            del self._answers[name]

    async def _answer(self, asked: Asked, first: Lesser, running: Running) -> None:
        """Answer; raises only where the caller has no id yet."""
        lesser: Lesser | None = first
        telling = Telling(asked, running)
        while lesser is not None:
            try:
                async with self._house.answering(lesser.prompt) as answer:
                    await self._queue(telling, answer, lesser)
                    await telling.say(answer)
                break
            except HomeportError as error:
                lesser = None if telling.has_spoken else lesser_of(lesser, error, in_other_words)
                if lesser is None:
                    telling.break_off(error)
            except asyncio.CancelledError:
                telling.stop()
                await self._keep(asked, running)
                raise
        await self._keep(asked, running)

    async def _queue(self, telling: Telling, answer: Answer, lesser: Lesser) -> None:
        is_new = telling.queue(answer, lesser)
        if is_new:
            self._answers[telling.running.id] = telling.running
            await self._keep(telling.asked, telling.running)

    async def _keep(self, asked: Asked, running: Running) -> None:
        if running.id and (running.id in self._answers):
            previous, items = asked.kept_as(running.id)
            private = running.view.private or asked.prompt.labels.private
            kept = KeptResponse(running.id, previous, items, running.object, private)
            await self._house.daemon.responses.keep(kept)
