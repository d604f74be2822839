"""Connectivity as far as this machine itself can tell, and the person's choice to be offline.

`refresh` is cheap (tables of the kernel, no packet). The choice is a file in the
state folder, so that it survives restarts and other programs can see it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from homeport.client.wire import LinkView
from homeport.daemon.probes.routes import Reach, reach
from homeport.daemon.storage.files import write_whole
from homeport.policies.errors import DaemonTrouble
from homeport.policies.model import LinkState, Place

CHOICE_FILE = "offline"
BY_CHOICE = "You chose to be offline; `homeport online` ends that."
NO_INTERFACE = "No network interface is up."
NO_ROUTE = "This machine has no route to the internet."
UNKNOWN = "This system does not tell whether there is a way out."


def now_ms() -> int:
    """The wall clock."""
    return int(time.time() * 1000)


def chose_offline(state_dir: Path) -> bool:
    """The person's choice, for programs that run beside the daemon."""
    return (state_dir / CHOICE_FILE).exists()


class Link:
    """Owns what is known of the connection."""

    def __init__(
        self,
        state_dir: Path,
        *,
        look: Callable[[], Reach] = lambda: reach(os.environ),
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._choice = state_dir / CHOICE_FILE
        self._unwritten = False
        """The person chose to be offline, and the disk has not taken it."""
        self._look = look
        self._clock_ms = clock_ms
        self._reach = look()
        self.view = self._seen(chose_offline(state_dir), clock_ms())

    def __repr__(self) -> str:
        by_choice = ", offline by choice" if self.view.by_choice else ""
        return f"Link({self.view.state}{by_choice})"

    def refresh(self) -> bool:
        """Look again; whether something changed."""
        self._reach = self._look()
        return self._show(self._unwritten or self._choice.exists())

    def set_offline(self, by_choice: bool) -> None:
        """The person's choice; lasts until it is taken back.

        Going offline counts at once, whatever the disk says; raises `DaemonTrouble`
        where it could not be written down.
        """
        if by_choice:
            self._unwritten = True
            self._show(True)
        try:
            self._write(by_choice)
        except OSError as refused:
            raise _not_written(self._choice, refused, by_choice) from None
        self._unwritten = False
        self._show(by_choice)

    def _write(self, by_choice: bool) -> None:
        if by_choice:
            write_whole(self._choice, "Offline by choice. `homeport online` removes this file.\n")
        else:
            self._choice.unlink(missing_ok=True)

    def blocked(self, place: Place) -> str | None:
        """Why nothing may go to a place now, as a sentence; None where it may be tried."""
        # 1. This machine is always there. 2. The person's word. 3. What is impossible.
        if place == "local":
            return None
        if place == "cloud" and self.view.by_choice:
            return BY_CHOICE
        if self._reach.interface is False:
            return NO_INTERFACE
        if place == "cloud" and self._reach.way_out is False:
            return NO_ROUTE
        return None

    def state_for(self, place: Place) -> LinkState:
        """How a place can be reached, for the gates."""
        if place == "local":
            return "ok"
        if place == "cloud" and self.view.by_choice:
            return "offline-by-choice"
        if self.blocked(place):
            return "offline"
        known = self._reach.interface if place == "lan" else self._reach.way_out
        return "ok" if known else "unknown"

    def _show(self, by_choice: bool) -> bool:
        seen = self._seen(by_choice, self.view.since_ms)
        if seen == self.view:
            return False
        self.view = self._seen(by_choice, self._clock_ms())
        return True

    def _seen(self, by_choice: bool, since_ms: int) -> LinkView:
        # 1. Nothing is up. 2. Nothing leads out. 3. It is not told. 4. There is a way.
        interface, way_out = self._reach
        if interface is False:
            return LinkView("offline", by_choice, since_ms, NO_INTERFACE)
        if way_out is False:
            return LinkView("offline", by_choice, since_ms, NO_ROUTE)
        if way_out is None:
            return LinkView("unknown", by_choice, since_ms, BY_CHOICE if by_choice else UNKNOWN)
        return LinkView("online", by_choice, since_ms, BY_CHOICE if by_choice else "")


def _not_written(choice: Path, refused: OSError, by_choice: bool) -> DaemonTrouble:
    state = "You are offline until the daemon ends" if by_choice else "You stay offline"
    return DaemonTrouble(f"{state}: {choice} cannot be changed ({refused.strerror}).")
