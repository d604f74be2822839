"""From the bytes of tokens to text that can be shown.

Characters of several tokens wait until they are whole; text that may turn out
to be a stop sequence waits until that is known, and a stop sequence is never
shown. The logprobs of tokens travel with the text they belong to.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from homeport.adapters.base import TokenLogprob


class TextFlow:
    """The text of one answer as it comes."""

    def __init__(self, stops: Sequence[str] = (), *, skip: str = "") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = tuple(stop for stop in stops if stop)
        self._waiting = ""
        self._skip = skip
        self._tokens = 0
        self._logprobs: list[TokenLogprob] = []
        self.stopped = False
        """A stop sequence was met."""

    def push(self, piece: bytes, logprob: TokenLogprob | None = None) -> None:
        """One more token."""
        self._tokens += 1
        if logprob is not None:
            self._logprobs.append(logprob)
        self._add(self._decoder.decode(piece))

    @property
    def waiting(self) -> str:
        """Text that is not known to be shown yet."""
        return self._waiting

    def end(self) -> None:
        """No more tokens: what waits is text after all."""
        if not self.stopped:
            self._add(self._decoder.decode(b"", True))
            self._stops = ()

    def take(self) -> tuple[str, int, tuple[TokenLogprob, ...]] | None:
        """Text that can be shown, its tokens and their logprobs; None where there is none."""
        keep = 0 if self.stopped else self._possible_stop()
        text = self._waiting[: len(self._waiting) - keep]
        if not text:
            return None
        taken = (text, self._tokens, tuple(self._logprobs))
        self._waiting = self._waiting[len(text) :]
        self._tokens = 0
        self._logprobs = []
        return taken

    def _add(self, text: str) -> None:
        if self._skip and text:
            text, self._skip = _without_start(text, self._skip)
        self._waiting += text
        at = min((at for at in map(self._waiting.find, self._stops) if at >= 0), default=-1)
        if at >= 0:
            self._waiting = self._waiting[:at]
            self.stopped = True

    def _possible_stop(self) -> int:
        """Length of the longest end of the text that a stop sequence starts with."""
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for length in range(min(longest, len(self._waiting)), 0, -1):
            tail = self._waiting[-length:]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0


def _without_start(text: str, skip: str) -> tuple[str, str]:
    """The text without what was to be skipped at its start, and what is left to skip."""
    shared = 0
    while shared < min(len(text), len(skip)) and text[shared] == skip[shared]:
        shared += 1
    rest = skip[shared:] if shared == len(text) else ""
    return text[shared:], rest
