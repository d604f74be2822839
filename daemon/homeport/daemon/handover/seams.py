"""What is given of an answer that goes on, so that the caller sees one answer.

Each seam takes the deltas of the model that goes on, and gives those that fit behind what
was sent. It raises `AttemptFailed` where they do not; what was given until then can still
be gone on from.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    PartEnd,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    UsageDelta,
    Wired,
    failed,
)
from homeport.daemon.handover.json_so_far import SPACE, JsonSoFar
from homeport.daemon.handover.splice import Splice
from homeport.policies.model import FailureKind

SIGN_OF_LIFE_S: Final = 1.0
"""While nothing is given, so often it is told that something comes."""


class Seam:
    """Iterate over it once: passes everything on."""

    def __init__(self, deltas: AsyncIterator[Delta], model: str) -> None:
        self._deltas = deltas
        self._model = model
        self._ready: deque[Delta] = deque()
        self._told = time.monotonic()
        self.unsaid_tokens = 0
        """Tokens that the model wrote and the caller was not given."""
        self.told = ""
        """What became of the answer, for the person, once it is whole; mostly nothing to tell."""

    def __aiter__(self) -> Seam:
        return self

    async def __anext__(self) -> Delta:
        while not self._ready:
            delta = await anext(self._deltas)
            for one in delta.deltas if isinstance(delta, Wired) else (delta,):
                self._take(one)
            if not self._ready and time.monotonic() - self._told > SIGN_OF_LIFE_S:
                self._ready.append(StatusDelta("prefill", "The answer is being joined."))
        self._told = time.monotonic()
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Stop the work upstream."""
        close = getattr(self._deltas, "aclose", None)
        if close is not None:
            await close()

    def _take(self, delta: Delta) -> None:
        self._ready.append(delta)

    def _broken(self, kind: FailureKind, what: str) -> Exception:
        return failed(self._model, kind, f"{self._model} {what}.")


class AfterReasoning(Seam):
    """The answer begins anew behind reasoning that was cut off: that is a part of its own."""

    def __init__(self, deltas: AsyncIterator[Delta], model: str) -> None:
        super().__init__(deltas, model)
        self._ready.append(PartEnd())


class AfterText(Seam):
    """The text goes on. Reasoning about how to go on is not for the caller."""

    def __init__(
        self,
        deltas: AsyncIterator[Delta],
        model: str,
        *,
        splice: Splice | None = None,
        shape: JsonSoFar | None = None,
    ) -> None:
        """`splice` where the model repeats the last words, `shape` where the answer is JSON."""
        super().__init__(deltas, model)
        self._splice = splice
        self._shape = shape

    def _take(self, delta: Delta) -> None:
        if isinstance(delta, TextDelta):
            self._text(delta)
        elif isinstance(delta, ThinkingDelta):
            self.unsaid_tokens += 1
        elif isinstance(delta, CitationDelta | StatusDelta | UsageDelta):
            self._ready.append(delta)
        else:
            self._end_splice()
            if isinstance(delta, Finish):
                self._check_whole(delta)
            self._ready.append(delta)

    def _text(self, delta: TextDelta) -> None:
        text = self._splice.feed(delta.text) if self._splice else delta.text
        if text == delta.text:
            self._give(delta)
        elif text:
            self._give(TextDelta(text, tokens=delta.tokens))
        else:
            self.unsaid_tokens += delta.tokens

    def _end_splice(self) -> None:
        text = self._splice.end() if self._splice else ""
        if text:
            self._give(TextDelta(text))

    def _give(self, delta: TextDelta) -> None:
        if self._shape is None:
            self._ready.append(delta)
            return
        fits = self._shape.feed(delta.text)
        if fits == len(delta.text):
            self._ready.append(delta)
        elif not self._shape.is_whole:
            raise self._broken("garbage", "went on with what is no JSON")
        elif text := delta.text[:fits].rstrip():
            self._ready.append(TextDelta(text))  # what is said behind it is dropped

    def _check_whole(self, finish: Finish) -> None:
        if self._shape is not None and not self._shape.is_whole and finish.reason == "stop":
            raise self._broken("truncated", "ended before the JSON of the answer was whole")


def shape_of(sent: str) -> JsonSoFar | None:
    """The JSON that was sent; None where it is none, or already whole."""
    shape = JsonSoFar()
    return shape if shape.feed(sent) == len(sent) and sent.strip("".join(SPACE)) else None
