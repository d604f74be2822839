"""What is kept back of an answer until it is whole, so that it can still be begun anew.

Text is given as it comes, for another model can go on with it; a tool call, reasoning or an
answer in JSON is better made whole by one model, where the caller does not see it grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Wired,
)
from homeport.daemon.routing.attempt import Attempt
from homeport.daemon.routing.request import Request

WHOLE_CALLS = frozenset({"ollama", "gemini"})
"""Wires that tell a tool call in one piece, in streams too."""


class Withheld:
    """Of the attempt that runs, what its caller was not given yet."""

    def __init__(self, begins: Callable[[Delta], bool]) -> None:
        """`begins` says of a delta that it and all after it are kept back."""
        self._begins = begins
        self._kept: list[Delta] = []
        self._given = (0, 0, False)
        """Of the attempt: pieces of text, tokens, and whether reasoning was among them."""
        self._spare: tuple[Attempt, list[Delta]] | None = None
        """Who was cut off behind whole calls, and what it had said with them."""
        self.ready: deque[Delta] = deque()
        """What may be given."""

    def __repr__(self) -> str:
        return f"Withheld({len(self._kept)} kept, {len(self.ready)} ready)"

    def take(self, attempt: Attempt, delta: Delta) -> None:
        """The next of the attempt, which has noted it."""
        if isinstance(delta, Finish):
            self.end(delta)
        elif isinstance(delta, StatusDelta):
            self.ready.append(delta)
        elif self._kept or self._begins(delta):
            self._kept.append(delta)
        else:
            self._given = (len(attempt.text), attempt.sent_tokens, attempt.reasoned)
            self.ready.append(delta)

    def end(self, finish: Finish) -> None:
        """The answer ends with all that is kept."""
        self.ready.extend((*self._kept, finish))
        self._kept.clear()

    def drop(self, attempt: Attempt) -> None:
        """The attempt failed: what is kept back of it was never said, unless it is recalled."""
        if self._kept and attempt.call_deltas:
            from homeport.daemon.strategies.ending_calls import whole_calls_of  # seldom needed

            whole = whole_calls_of(self._kept)
            self._spare = (attempt, whole) if whole else self._spare
        if self._kept:
            self._kept.clear()
            attempt.withdraw(*self._given)
        self._given = (0, 0, False)

    def recall(self, attempts: Sequence[Attempt]) -> None:
        """Nobody goes on: the last calls that were whole are kept as if they were never dropped."""
        if self._spare is None:
            return
        attempt, said = self._spare
        behind = attempts[attempts.index(attempt) + 1 :]
        if any(other.given_tokens for other in behind):
            said = [one for one in said if isinstance(one, ToolCallDelta)]
        _give_after_all(attempt, said)
        self._kept, self._spare = list(said), None


def _give_after_all(attempt: Attempt, deltas: Sequence[Delta]) -> None:
    """Its caller is given these of what was withdrawn."""
    attempt.text += [one.text for one in deltas if isinstance(one, TextDelta)]
    attempt.call_deltas += [one for one in deltas if isinstance(one, ToolCallDelta)]
    attempt.reasoned = attempt.reasoned or any(isinstance(one, ThinkingDelta) for one in deltas)
    tokens = sum([getattr(one, "tokens", 1) for one in deltas])
    attempt.withdrawn_tokens = max(0, attempt.withdrawn_tokens - tokens)
    attempt.view = msgspec.structs.replace(attempt.view, sent_tokens=attempt.given_tokens)


def withheld_of(request: Request) -> Withheld | None:
    """None where everything is given as it comes."""
    prompt = request.prompt
    if prompt.stream:
        return Withheld(_calls) if prompt.tools and prompt.wire in WHOLE_CALLS else None
    if request.on_cut == "restart" or prompt.response_format.kind != "text":
        return Withheld(_is_any)
    return Withheld(_is_no_text)


def _spoken(delta: Delta) -> tuple[Delta, ...]:
    return delta.deltas if isinstance(delta, Wired) else (delta,)


def _calls(delta: Delta) -> bool:
    return any(isinstance(one, ToolCallDelta) for one in _spoken(delta))


def _is_no_text(delta: Delta) -> bool:
    return not all(isinstance(one, TextDelta) for one in _spoken(delta))


def _is_any(_delta: Delta) -> bool:
    return True
