"""What the terminal interface knows of the daemon: one immutable value.

`reducer.hear` makes the next one out of each piece of news. Holds nothing of
Textual, so that it can be tested, compared and printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from homeport.client.wire import (
    Address,
    Alerted,
    BudgetQuestion,
    LinkView,
    MachineView,
    RequestView,
    SavingsView,
    Snapshot,
    SpendView,
)
from homeport.tui.history import History

Phase = Literal[
    "starting",  # nobody has answered yet
    "no-daemon",  # nobody listens
    "refused",  # the door is not ours
    "trouble",  # something listens and cannot be watched
    "other-version",  # the daemon speaks another version of the events
    "live",
    "quiet",  # the line is open and silent
    "stopping",  # it still ends what runs, and nobody may watch
    "stopped",  # there was a picture, and the line is gone
]

MOST_ROWS = 2_000

NOTHING = Snapshot(
    n=-1,
    at_ms=0,
    version="",
    api_version=0,
    pid=0,
    started_at_ms=0,
    address=Address(),
    mode="",
    draining=False,
    link=LinkView(),
    machine=MachineView(),
    models=(),
    keys=(),
    spend=SpendView(),
    requests=(),
)

Rows = Mapping[str, RequestView]
"""By id, oldest first."""

RUNNING = frozenset({"deciding", "queued", "loading", "streaming"})
_FINE = frozenset({"", "done", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The daemon as last heard of."""

    phase: Phase = "starting"
    trouble: str = ""
    """Why there is no live picture, as a sentence."""
    picture: Snapshot = NOTHING
    """The last snapshot, kept up to date; its requests are in `rows`."""
    rows: Rows = field(default_factory=lambda: MappingProxyType({}))
    history: History = field(default_factory=History)
    config_error: str = ""
    alert: Alerted | None = None
    """What was said of money last."""
    savings: SavingsView | None = None
    """Against every prompt at one cloud model, as asked last."""
    needs_snapshot: bool = True
    heard_ms: int = 0
    """When the daemon was last heard, by this machine's clock."""
    silent_s: float = 0.0
    """How long the open line has been silent; 0 while it speaks."""

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to show of a daemon."""
        return self.picture.n >= 0

    @property
    def is_watched(self) -> bool:
        """Whether the daemon is there to be asked."""
        return self.phase in ("live", "quiet")

    @property
    def questions(self) -> tuple[BudgetQuestion, ...]:
        """Prompts that wait at a limit, while somebody can answer."""
        return self.picture.questions if self.is_watched else ()

    @property
    def is_running(self) -> bool:
        """Whether a prompt is on its way, so that durations grow."""
        return self.phase == "live" and any(is_running(row) for row in self.rows.values())


def is_running(request: RequestView) -> bool:
    """Whether this prompt has not ended yet."""
    return request.state in RUNNING


def went_wrong(request: RequestView) -> bool:
    """Whether it failed, or an attempt at it did."""
    if request.state == "failed":
        return True
    return any(attempt.outcome not in _FINE for attempt in request.attempts)
