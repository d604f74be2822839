"""How this machine is connected, and the person's choice to be offline.

What the kernel's tables say counts at once; what providers' own hosts said comes
above it. Down goes at the first bad sign, up only at the second good one. Tables
need not know every way: a provider that is reached all the same is one. The choice
is a file in the state folder, so that it survives restarts and other
programs can see it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from homeport.client.wire import LinkView
from homeport.daemon.link.providers import Providers, Truth
from homeport.daemon.probes.routes import Reach, reach
from homeport.daemon.storage.files import write_whole
from homeport.policies.errors import DaemonTrouble
from homeport.policies.model import LinkState, Place

Shown = Literal["online", "degraded", "captive", "offline", "unknown"]

CHOICE_FILE = "offline"
BY_CHOICE = "You chose to be offline; `homeport online` ends that."
NO_INTERFACE = "No network interface is up."
NO_ROUTE = "This machine has no route to the internet."
UNKNOWN = "This system does not tell whether there is a way out."
CAME_BACK = "The link came back a moment ago; a second good sign is awaited."
SLEPT = "This machine slept; a second good sign of the link is awaited."

GOOD_SIGNS: Final = 2
"""Before a link that was lost is trusted."""
SETTLE_S: Final = 0.5
"""Two looks that are nearer than this are one sign."""


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
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._choice = state_dir / CHOICE_FILE
        self._unwritten = False
        """The person chose to be offline, and the disk has not taken it."""
        self.look = look
        """Reads the tables, which may take a moment; touches nothing of this."""
        self._clock_ms = clock_ms
        self._clock_s = clock_s
        self.providers = Providers(clock_s)
        self.changed: Callable[[], None] = lambda: None
        """Called where `view` changes."""
        self._metered: bool | None = None
        self._signs = GOOD_SIGNS
        self._signed_s = 0.0
        self._waits_because = CAME_BACK
        self._reach = look()
        self.view = self._seen(chose_offline(state_dir), clock_ms())

    def __repr__(self) -> str:
        by_choice = ", offline by choice" if self.view.by_choice else ""
        metered = ", metered" if self.view.metered else ""
        return f"Link({self.view.state}{by_choice}{metered})"

    # -- what is seen and heard

    def refresh(self) -> bool:
        """Look again; whether something changed."""
        return self.take(self.look())

    def take(self, found: Reach) -> bool:
        """What a look has found; whether something changed."""
        was_cut, self._reach = self._is_cut, found
        if was_cut or self._is_cut:
            # What was heard without a way says nothing of the one that is there now.
            self.providers.forget()
        if self._is_cut:
            self._signs, self._waits_because = 0, CAME_BACK
        elif self._clock_s() - self._signed_s >= SETTLE_S:
            self._good_sign()
        return self._show(self._unwritten or self._choice.exists())

    def confirm(self, origin: str) -> None:
        """A probe was made: what was heard of a provider last is no accident."""
        self.providers.confirm(origin)
        self._show(self.view.by_choice)

    def hear(self, origin: str, truth: Truth) -> None:
        """What a connection to a provider has shown."""
        self.providers.note(origin, truth)
        if truth == "reached" and self.knows_no_way:
            self._reach = self._reach._replace(way_out=True)
        if truth == "reached" and not self._is_cut:
            self._good_sign()
        self._show(self.view.by_choice)

    def distrust(self) -> None:
        """The machine slept: what was known of the link is worth nothing."""
        self._signs, self._signed_s, self._waits_because = 0, self._clock_s(), SLEPT
        self.providers.forget()
        self._show(self.view.by_choice)

    def note_metered(self, metered: bool | None) -> None:
        """The connection is paid for by its volume; None is unknown."""
        self._metered = metered
        self._show(self.view.by_choice)

    def _good_sign(self) -> None:
        self._signs, self._signed_s = min(GOOD_SIGNS, self._signs + 1), self._clock_s()

    # -- the person's choice

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

    # -- what others ask

    @property
    def is_settling(self) -> bool:
        """There is a way again, and it is not trusted yet."""
        return self._signs < GOOD_SIGNS and not self._is_cut

    @property
    def knows_no_way(self) -> bool:
        """An interface is up, and the tables show no way out over it."""
        return self._reach.interface is not False and self._reach.way_out is False

    def cut(self, place: Place) -> bool:
        """Whether what runs at a place cannot come to an end, whatever was said before."""
        if place == "local":
            return False
        if self._reach.interface is False:
            return True
        settling = self._signs < GOOD_SIGNS
        return place == "cloud" and (self.view.by_choice or self._is_cut or settling)

    def blocked(self, place: Place) -> str | None:
        """Why nothing may go to a place now, as a sentence; None where it may be tried."""
        # 1. This machine is always there. 2. The person's word. 3. What is impossible.
        if place == "local":
            return None
        if place == "cloud" and self.view.by_choice:
            return BY_CHOICE
        if self._reach.interface is False:
            return NO_INTERFACE
        if place == "cloud" and self.view.state in ("offline", "captive"):
            return self.view.reason
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

    # -- how it is shown

    @property
    def _is_cut(self) -> bool:
        return self._reach.interface is False or self._reach.way_out is False

    def _show(self, by_choice: bool) -> bool:
        seen = self._seen(by_choice, self.view.since_ms)
        if seen == self.view:
            return False
        self.view = self._seen(by_choice, self._clock_ms())
        self.changed()
        return True

    def _seen(self, by_choice: bool, since_ms: int) -> LinkView:
        state, reason = self._judged()
        if by_choice and state not in ("offline", "captive"):
            reason = BY_CHOICE
        return LinkView(state, by_choice, since_ms, reason, self._metered)

    def _judged(self) -> tuple[Shown, str]:
        # 1. Nothing is up. 2. Nothing leads out. 3. It is not trusted yet.
        # 4. What the providers said. 5. It is not told. 6. There is a way.
        if self._reach.interface is False:
            return "offline", NO_INTERFACE
        if self._reach.way_out is False:
            return "offline", NO_ROUTE
        if self._signs < GOOD_SIGNS:
            return "offline", self._waits_because
        outlook, sentence = self.providers.outlook()
        if outlook != "fine":
            return ("offline" if outlook == "unreachable" else outlook), sentence
        if self._reach.way_out is None:
            return "unknown", UNKNOWN
        return "online", ""


def _not_written(choice: Path, refused: OSError, by_choice: bool) -> DaemonTrouble:
    state = "You are offline until the daemon ends" if by_choice else "You stay offline"
    return DaemonTrouble(f"{state}: {choice} cannot be changed ({refused.strerror}).")
