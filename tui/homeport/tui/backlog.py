"""Whether the terminal still has to take what was painted.

Over a slow line frames would queue up, and a person would look at the past. So
nothing more is painted until the terminal has caught up; what is painted then
is how things stand.
"""

from __future__ import annotations

from textual.driver import Driver


def is_behind(driver: Driver | None) -> bool:
    """Whether a frame waits behind the one that is being written.

    Textual hands frames to a thread by a queue, and does not show it (its
    version is pinned exactly). Where there is none, nothing ever waits.
    """
    writer = getattr(driver, "_writer_thread", None)
    queue = getattr(writer, "_queue", None)
    return queue is not None and queue.qsize() > 0
