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

import msgspec

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    PartEnd,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    UsageDelta,
    Wired,
    failed,
)
from homeport.daemon.handover.json_so_far import SPACE, JsonSoFar, completion
from homeport.daemon.handover.sent import BegunCall
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


class AfterCalls(Seam):
    """Tool calls that were cut off are made again, whole; what was sent of them is completed.

    Only where the new calls say the same as far as the old ones went; one that was whole stands
    as it is. Text and reasoning of the model that makes them again are not given: the caller had
    them.
    """

    def __init__(
        self, deltas: AsyncIterator[Delta], model: str, begun: tuple[BegunCall, ...]
    ) -> None:
        super().__init__(deltas, model)
        self._begun = begun
        self._made: dict[int, BegunCall] = {}
        """Those that take the place of the begun ones, by their own index."""
        self._fitted = 0
        """How many of the begun ones are whole."""
        self._shift: int | None = None

    def _take(self, delta: Delta) -> None:
        if isinstance(delta, ToolCallDelta):
            self._call(delta)
        elif isinstance(delta, Finish):
            self._fit_all(len(self._begun))
            self._ready.append(msgspec.structs.replace(delta, reason="tool_calls", raw=b""))
        elif isinstance(delta, StatusDelta | UsageDelta):
            self._ready.append(delta)
        else:
            self.unsaid_tokens += getattr(delta, "tokens", 1)

    def _call(self, delta: ToolCallDelta) -> None:
        known = delta.index in self._made
        if known or len(self._made) < len(self._begun):
            if not known:
                self._fit_all(len(self._made))
            self._made.setdefault(delta.index, BegunCall(delta.index)).add(delta)
            self.unsaid_tokens += 1
            return
        self._fit_all(len(self._begun))
        if self._shift is None:
            self._shift = self._begun[-1].index + 1 - delta.index
        self._ready.append(msgspec.structs.replace(delta, index=delta.index + self._shift))

    def _fit_all(self, count: int) -> None:
        """So many calls have ended: complete those that were begun. Raises `AttemptFailed`."""
        made = list(self._made.values())
        while self._fitted < count:
            begun = self._begun[self._fitted]
            if not is_whole(begun):
                if self._fitted >= len(made):
                    raise self._broken(
                        "bad_call", "did not make the tool call again that had begun"
                    )
                self._fit(begun, made[self._fitted])
            self._fitted += 1

    def _fit(self, begun: BegunCall, made: BegunCall) -> None:
        rest = rest_of(begun, made)
        if rest is None or (rest.strip() and begun is not self._begun[-1]):
            raise self._broken(
                "bad_call", "made another tool call than the one of which a part had been sent"
            )
        if rest.strip():
            self._ready.append(ToolCallDelta(begun.index, arguments=rest))


class AfterArguments(Seam):
    """The arguments of a tool call that was cut off go on as they come.

    Where the model begins them anew, what it says is compared as a call that was made again.
    """

    def __init__(
        self, deltas: AsyncIterator[Delta], model: str, begun: BegunCall, prefix: str
    ) -> None:
        """`prefix` is what the model was handed of the arguments."""
        super().__init__(deltas, model)
        self._begun = begun
        self._shape = JsonSoFar()
        self._shape.feed(prefix)
        self._anew: str | None = None
        """All that came of a model that begins anew."""
        if not begun.arguments.strip():
            self._ready.append(ToolCallDelta(begun.index, arguments=prefix))

    def _take(self, delta: Delta) -> None:
        if isinstance(delta, TextDelta):
            self._text(delta.text)
        elif isinstance(delta, Finish):
            self._end(delta)
        elif isinstance(delta, StatusDelta):
            self._ready.append(delta)
        else:
            self.unsaid_tokens += getattr(delta, "tokens", 1)

    def _text(self, text: str) -> None:
        if self._anew is not None:
            self._anew += text
            return
        fits = self._shape.feed(text)
        if fits < len(text) and not self._shape.is_whole:
            self._anew = text
        elif said := text[:fits].rstrip() if self._shape.is_whole else text:
            self._ready.append(ToolCallDelta(self._begun.index, arguments=said))

    def _end(self, finish: Finish) -> None:
        if self._anew is not None:
            start = self._anew.find("{")
            made = BegunCall(0, name=self._begun.name, arguments=self._anew[max(0, start) :])
            rest = rest_of(self._begun, made)
            if not rest:
                raise self._broken("bad_call", "went on with the tool call in what is no JSON")
            self._ready.append(ToolCallDelta(self._begun.index, arguments=rest))
        elif not self._shape.is_whole and finish.reason != "length":
            raise self._broken("truncated", "ended before the arguments of the call were whole")
        reason = "tool_calls" if finish.reason == "stop" else finish.reason
        self._ready.append(msgspec.structs.replace(finish, reason=reason, raw=b""))


def is_whole(begun: BegunCall) -> bool:
    """Nothing can follow in its arguments."""
    shape = JsonSoFar()
    arguments = begun.arguments
    return not begun.custom and shape.feed(arguments) == len(arguments) and shape.is_whole


def rest_of(begun: BegunCall, made: BegunCall) -> str | None:
    """What completes a begun call; None where the one that was made says something else."""
    if begun.name != made.name:
        return None
    if begun.custom or made.custom:
        fits = made.arguments.startswith(begun.arguments)
        return made.arguments[len(begun.arguments) :] if fits else None
    return completion(begun.arguments, made.arguments or "{}")


def shape_of(sent: str) -> JsonSoFar | None:
    """The JSON that was sent; None where it is none, or already whole."""
    shape = JsonSoFar()
    return shape if shape.feed(sent) == len(sent) and sent.strip("".join(SPACE)) else None
