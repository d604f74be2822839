"""Several branches of a request that are answered at once.

One model on this machine gives its answers one after the other: it would do so anyhow, and
those that are not needed any more are never begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from homeport.adapters.base import Delta
from homeport.daemon.routing.request import Branch
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import NOT_NEEDED, release
from homeport.daemon.strategies.single import Single, decide_again
from homeport.policies.errors import DaemonTrouble, HomeportError

log = logging.getLogger("homeport.strategy")

Heard = tuple[int, Delta | HomeportError]
"""Which branch, and what came of it: the last is a `Finish` or an error."""


class Together:
    """Runs branches side by side; `aclose` has to be called, and stops what still runs."""

    def __init__(
        self, branches: Sequence[Branch], rooms: Rooms, starts: Sequence[float] = ()
    ) -> None:
        """`starts` has the seconds after which each begins; without, all do at once."""
        self._rooms = rooms
        self._starts = starts or [0.0] * len(branches)
        self._hurried = asyncio.Event()
        self._branches = branches
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._why = "the caller went away"
        self._before = _before(branches)
        self._tasks = [rooms.tasks.create_task(self._run(place)) for place in range(len(branches))]

    def __repr__(self) -> str:
        running = sum(not task.done() for task in self._tasks)
        return f"Together({running} of {len(self._tasks)} run)"

    async def next(self) -> Heard:
        """What comes next, of any."""
        return await self._heard.get()

    def hurry(self) -> None:
        """Those that have not begun begin now."""
        self._hurried.set()

    async def stop(self, *places: int, why: str = NOT_NEEDED) -> None:
        """End these, and wait until they are settled."""
        stopped = [self._tasks[place] for place in places if not self._tasks[place].done()]
        self._why = why
        for task in stopped:
            task.cancel()
        if stopped:
            await asyncio.wait(stopped)

    async def aclose(self) -> None:
        """End all that runs."""
        await self.stop(*range(len(self._tasks)), why=self._why)

    async def _run(self, place: int) -> None:
        """Nothing may escape: whatever ends a branch is told, and harms nothing else."""
        try:
            error = await self._answered(place)
        except Exception:
            log.exception("%r broke", self._branches[place])
            error = DaemonTrouble("Something broke in the daemon; the log says what.")
        if error is not None:
            self._heard.put_nowait((place, error))

    async def _answered(self, place: int) -> HomeportError | None:
        """Have the branch answered; gives the error that ended it early."""
        branch, before = self._branches[place], self._before[place]
        if before is not None:
            await asyncio.wait((self._tasks[before],))
            decide_again(branch, self._rooms)
        if self._starts[place]:
            # Python 3.11's `wait_for` forgets a cancelling that comes with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._starts[place]):
                    await self._hurried.wait()
            decide_again(branch, self._rooms)
        single = Single(branch, self._rooms)
        try:
            async for delta in single:
                self._heard.put_nowait((place, delta))
        except HomeportError as error:
            return error
        finally:
            await single.aclose()
            release(branch, self._rooms, self._why)
        return None


def _before(branches: Sequence[Branch]) -> list[int | None]:
    """For each branch the one that it waits for."""
    last: dict[str, int] = {}
    before: list[int | None] = []
    for place, branch in enumerate(branches):
        first = branch.decision.order[0] if branch.decision.order else None
        if first is None or first.place != "local":
            before.append(None)
            continue
        before.append(last.get(first.model))
        last[first.model] = place
    return before
