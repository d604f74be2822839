"""Three ways to tell how a download goes: a bar for people, lines for logs, JSON for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TextIO

from homeport.daemon.probes.machine import size

BAR_WIDTH = 28
REDRAW_S = 0.1
JSON_EVERY_S = 0.25

Clock = Callable[[], float]


class Bar:
    """One line that is drawn over itself; sentences stand above it."""

    def __init__(self, out: TextIO, clock: Clock = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._drawn_at = 0.0
        self._start: tuple[float, int] | None = None
        self._width = 0

    def progress(self, received: int, total: int | None) -> None:
        """Redraw, ten times a second at most."""
        now = self._clock()
        if self._start is None or received < self._start[1]:
            self._start = (now, received)
        whole = total is not None and received >= total
        if now - self._drawn_at < REDRAW_S and not whole:
            return
        self._drawn_at = now
        self._draw(_bar(received, total, self._rate(now, received)))

    def told(self, sentence: str) -> None:
        """Above the bar."""
        self._draw("")
        self._out.write(f"{sentence}\n")
        self._out.flush()
        self._start = None

    def close(self) -> None:
        """Take the bar away."""
        self._draw("")

    def _rate(self, now: float, received: int) -> float:
        began, before = self._start or (now, received)
        return (received - before) / (now - began) if now > began else 0.0

    def _draw(self, text: str) -> None:
        if not text and not self._width:
            return
        self._out.write(f"\r{text.ljust(self._width)}" + ("" if text else "\r"))
        self._out.flush()
        self._width = len(text)


def _bar(received: int, total: int | None, rate: float) -> str:
    speed = f"  {size(int(rate))}/s" if rate else ""
    if not total:
        return f"{size(received)}{speed}"
    share = min(1.0, received / total)
    filled = round(share * BAR_WIDTH)
    left = f"  {_duration((total - received) / rate)} left" if rate and received < total else ""
    bar = "█" * filled + "·" * (BAR_WIDTH - filled)
    return f"{bar} {share:4.0%}  {size(received)} of {size(total)}{speed}{left}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min" if minutes > 1 else f"{minutes * 60 + rest} s"


class Lines:
    """A line at each tenth."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._next = 0

    def progress(self, received: int, total: int | None) -> None:
        """Only where the whole is known."""
        if total and received * 10 // total >= self._next:
            self._next = received * 10 // total + 1
            self._out.write(f"{received / total:4.0%}  {size(received)} of {size(total)}\n")
            self._out.flush()

    def told(self, sentence: str) -> None:
        """As it is."""
        self._next = 0
        self._out.write(f"{sentence}\n")
        self._out.flush()

    def close(self) -> None:
        """Nothing is left open."""


class JsonLines:
    """`{"event": "progress", "received", "total"}` and `{"event": "told", "sentence"}`."""

    def __init__(self, out: TextIO, clock: Clock = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._written_at = float("-inf")

    def progress(self, received: int, total: int | None) -> None:
        """Four times a second at most, and once for the whole."""
        now = self._clock()
        if now - self._written_at >= JSON_EVERY_S or received == total:
            self._written_at = now
            self.event("progress", received=received, total=total)

    def told(self, sentence: str) -> None:
        """As an event."""
        self.event("told", sentence=sentence)

    def close(self) -> None:
        """Nothing is left open."""

    def event(self, kind: str, **values: object) -> None:
        """One line."""
        self._out.write(json.dumps({"event": kind, **values}) + "\n")
        self._out.flush()
