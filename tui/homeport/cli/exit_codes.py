"""What the exit status of `homeport` means. The one table of it."""

from __future__ import annotations

DONE = 0
FAILED = 1
USAGE = 2
REFUSED = 3
"""By policy or budget."""
NO_DAEMON = 4
NOTHING_ANSWERED = 5
KEPT = 6
INTERRUPTED = 130
"""Ctrl-C, as shells count it."""
OUTPUT_CLOSED = 141
"""The reader of our output went away, as shells count it."""

MEANINGS = {
    DONE: "done",
    FAILED: "failed",
    USAGE: "wrong usage",
    REFUSED: "refused by policy or budget",
    NO_DAEMON: "no daemon",
    NOTHING_ANSWERED: "nothing could answer",
    KEPT: "kept until it can be sent",
}

_OF_BLAME = {"caller": USAGE, "policy": REFUSED, "upstream": NOTHING_ANSWERED, "daemon": FAILED}
_OF_CODE = {"not_allowed": FAILED, "cancelled": INTERRUPTED, "not_cached": NOTHING_ANSWERED}


def of_trouble(code: str, blame: str) -> int:
    """The exit status for an error of the daemon."""
    return _OF_CODE.get(code, _OF_BLAME.get(blame, FAILED))
