"""Work that follows behind the writes: done a little at a time, until it has caught up.

It shares the interpreter with the prompts, so it is done when none has ended for a moment.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import suppress

from homeport.daemon.storage.database import Database
from homeport.policies.errors import DaemonTrouble

log = logging.getLogger(__name__)

OFTEN = 500
"""Rows after which it is done again, as soon as it is quiet."""
QUIET_S = 0.25
"""After so long without a row nobody is held up."""
MOST = 1000
"""Rows after which it is done at once: as many as every question may have to look at itself."""
AT_ONCE = 1000
"""The most that one transaction takes: others wait for it."""
PAUSE_S = 0.02
"""Between two transactions, where there is more to do."""


class CatchingUp:
    """Owns when the work is done."""

    def __init__(self, db: Database, work: Callable[[sqlite3.Connection], bool]) -> None:
        """`work` is one transaction of it, and says whether there is more to do."""
        self._db = db
        self._work = work
        self._running = False
        self._timer: asyncio.TimerHandle | None = None
        self._last_row = 0.0
        """When it was written, as the event loop counts."""
        self.fresh = 0
        """Rows that were written since it was begun last."""

    def __repr__(self) -> str:
        return f"<CatchingUp, {self.fresh} rows since the last>"

    def written(self, rows: int = 1) -> None:
        """So many more are on disk."""
        self.fresh += rows
        if self.fresh < OFTEN or self._running:
            return
        if self.fresh >= MOST:
            self.go_on()
            return
        loop = asyncio.get_running_loop()
        self._last_row = loop.time()
        if self._timer is None:
            self._timer = loop.call_at(self._last_row + QUIET_S, self._look)

    def _look(self) -> None:
        """Whether it is quiet."""
        self._timer = None
        if self.fresh < OFTEN or self._running:
            return
        loop, due = asyncio.get_running_loop(), self._last_row + QUIET_S
        if loop.time() < due:
            self._timer = loop.call_at(due, self._look)
        else:
            self._go_on_if_open()

    def go_on(self) -> None:
        """Do it soon, and until there is no more to do."""
        self._running, self.fresh = True, 0
        self._db.post(self._work, self._landed, lazy=True)

    def _landed(self, is_more: bool | None, error: BaseException | None) -> None:
        self._running = False
        if error is not None:
            log.warning("rows could not be summed, and will be with the next: %s", error)
        elif is_more:
            self._running = True
            asyncio.get_running_loop().call_later(PAUSE_S, self._go_on_if_open)

    def _go_on_if_open(self) -> None:
        with suppress(DaemonTrouble):  # it is closed
            self.go_on()
