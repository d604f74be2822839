"""What the model says, sorted as it comes: reasoning, words of the answer, calls.

Counts of tokens and their logprobs travel with the next words that are shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from homeport.adapters.base import TokenLogprob
from homeport.adapters.engine.call_writing import Call, CallWriting
from homeport.adapters.engine.frames import Called, Calling, Chunk, FromWorker
from homeport.adapters.mending.thinking_tags import Kind, ThinkingSplitter

SIGN_OF_LIFE_S = 1.0
"""While a call is written, so often it is told."""

Emit = Callable[[FromWorker], None]


class Speech:
    """One answer."""

    def __init__(
        self,
        request_id: int,
        emit: Emit,
        splitter: ThinkingSplitter | None,
        calls: CallWriting | None,
    ) -> None:
        self._id = request_id
        self._emit = emit
        self._splitter = splitter
        self.calls = calls
        self._tokens = 0
        self._logprobs: list[TokenLogprob] = []
        self._told = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Nothing that could follow belongs to the answer."""
        return self.calls is not None and self.calls.over

    def say(self, text: str, tokens: int, logprobs: tuple[TokenLogprob, ...]) -> None:
        """More of what the model wrote."""
        self._tokens += tokens
        self._logprobs += logprobs
        if self._splitter is None:
            self._take("text", text)
        else:
            for kind, piece in self._splitter.feed(text):
                self._take(kind, piece)
        self._show_life()

    def end(self, *, cut: bool) -> None:
        """The model is done, or was cut off."""
        for kind, piece in self._splitter.end(cut=cut) if self._splitter else ():
            self._take(kind, piece)
        rest = self.calls.end() if self.calls else ""
        if rest:
            self._show(rest)

    def give_up_call(self) -> None:
        """What looked like a call is words after all."""
        if self.calls is not None:
            self._show(self.calls.give_up())

    def _take(self, kind: Kind, text: str) -> None:
        if kind == "thinking":
            self._logprobs = []
            self._show(text, thinking=True)
        elif self.calls is None:
            self._show(text)
        else:
            for made in self.calls.feed(text):
                self._call(made) if isinstance(made, Call) else self._show(made)

    def _show(self, text: str, *, thinking: bool = False) -> None:
        tokens, logprobs = self._tokens, tuple(self._logprobs)
        self._tokens, self._logprobs = 0, []
        self._told = time.monotonic()
        self._emit(Chunk(self._id, text, tokens, logprobs, thinking))

    def _call(self, call: Call) -> None:
        tokens, self._tokens, self._logprobs = self._tokens, 0, []
        self._emit(Called(self._id, call.name, call.arguments, tokens))

    def _show_life(self) -> None:
        if self._tokens and time.monotonic() - self._told > SIGN_OF_LIFE_S:
            self._told = time.monotonic()
            self._emit(Calling(self._id))
