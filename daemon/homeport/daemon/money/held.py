"""One reservation, from the moment that it is made until the disk has its entry."""

from __future__ import annotations

from collections.abc import Callable

from homeport.daemon.money.entries import Entry, Reservation


class Held:
    """A reservation that is not settled."""

    __slots__ = ("_heard", "answered", "day", "entry", "opens_request", "reservation", "written")

    def __init__(self, reservation: Reservation, day: int, *, opens_request: bool) -> None:
        self.reservation = reservation
        self.day = day
        self.opens_request = opens_request
        self.entry: Entry | None = None
        """What takes its place, from the moment that it is settled."""
        self.written = True
        """A row of it is on disk, or on its way there."""
        self.answered = False
        """The disk has answered for the entry, one way or the other."""
        self._heard: list[Callable[[], None]] = []

    def when_answered(self, heard: Callable[[], None]) -> None:
        """Call it then, or now where that is past."""
        if self.answered:
            heard()
        else:
            self._heard.append(heard)

    def answer(self) -> None:
        """Tell those who wait for the disk."""
        self.answered = True
        heard, self._heard = self._heard, []
        for tell in heard:
            tell()
