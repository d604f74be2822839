"""The answer of a model server at home, mended: reasoning and calls that came as text.

Passes on what needs no mending as it came. From the first thing that does, the answer goes
on without the wire's own bytes. Only for models on this machine or in the own network.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from homeport.adapters.base import (
    AnswerPart,
    AttemptFailed,
    Delta,
    Finish,
    Prompt,
    Spoken,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    UsageDelta,
    Wired,
)
from homeport.adapters.mending.thinking_tags import ThinkingSplitter, often_opened
from homeport.adapters.mending.tool_marks import MarkFinder
from homeport.adapters.mending.tool_offer import CallMaker, offer_of
from homeport.adapters.mending.tool_text import BrokenCall, NoCall, ReadCall, read_calls
from homeport.policies.model import Failure, ModelCard

SIGN_OF_LIFE_S: Final = 1.0
"""While something is held back, so often it is told."""
CLOSINGS: Final = ("</tool_call>", "</function>", "</function_call>", "<|call|>")
NO_CALL: Final = "the answer has to be a tool call and was none"


def mended(
    deltas: AsyncIterator[Delta],
    prompt: Prompt,
    card: ModelCard,
    prefix: str,
    closers: set[str] | None = None,
) -> AsyncIterator[Delta]:
    """The same answer, mended where the model runs at home.

    `closers` are the models that were seen to close reasoning that their prompt had opened:
    theirs is told as it comes. Those that are only supposed to are learned here.
    """
    if card.place == "cloud" or prompt.completion is not None:
        return deltas
    return HomeAnswer(deltas, prompt, card, prefix, set() if closers is None else closers)


class HomeAnswer:
    """Iterate over it once. Raises `AttemptFailed` of kind `bad_call` for a call past mending."""

    def __init__(
        self,
        deltas: AsyncIterator[Delta],
        prompt: Prompt,
        card: ModelCard,
        prefix: str,
        closers: set[str],
    ) -> None:
        self._deltas = deltas
        self._model = card.id
        self._closers = closers
        self._offer = offer_of(prompt)
        self._splitter = None if prefix else _splitter(card, known=card.id in closers)
        self._finder = MarkFinder() if self._offer.tools else None
        self._required = "" if self._offer.must_call else None
        """Text of an answer that has to be a call, held to its end."""
        self._calls = CallMaker(prompt)
        self._native_calls = 0
        self._ready: deque[Delta] = deque()
        self._tokens = 0
        self._logprobs: list[TokenLogprob] = []
        self._changed = False
        self._sent_tokens = 0
        self._told = time.monotonic()

    def __aiter__(self) -> HomeAnswer:
        return self

    async def __anext__(self) -> Delta:
        while not self._ready:
            delta = await anext(self._deltas)
            if self._passes:
                return delta
            self._take(delta)
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Stop the work upstream."""
        close = getattr(self._deltas, "aclose", None)
        if close is not None:
            await close()

    @property
    def _passes(self) -> bool:
        """Nothing is looked for any more, and nothing was changed."""
        return self._splitter is None and self._finder is None and not self._changed

    def _take(self, delta: Delta) -> None:
        if isinstance(delta, Finish):
            self._finish(delta)
        elif isinstance(delta, Wired):
            spoken = [one for said in delta.deltas for one in self._mend(said)]
            unchanged = not self._changed and spoken == list(delta.deltas)
            self._give([delta] if unchanged else list(spoken))
            self._changed = self._changed or not unchanged
        elif isinstance(delta, StatusDelta | UsageDelta | AnswerPart):
            self._ready.append(delta)
        else:
            self._give(list(self._mend(delta)))
        self._show_life()

    def _give(self, deltas: list[Delta]) -> None:
        self._ready.extend(deltas)
        if deltas:
            self._told = time.monotonic()

    def _show_life(self) -> None:
        if not self._ready and time.monotonic() - self._told > SIGN_OF_LIFE_S:
            self._told = time.monotonic()
            self._ready.append(StatusDelta("prefill", "The answer is being put together."))

    # One delta

    def _mend(self, delta: Spoken) -> list[Spoken]:
        if isinstance(delta, TextDelta):
            return self._text(delta)
        if isinstance(delta, ThinkingDelta):
            return [*self._stop_splitting(), delta]
        if isinstance(delta, ToolCallDelta):
            self._native_calls += 1
            self._calls.first = max(self._calls.first, delta.index + 1)
            return [*self._stop_splitting(), delta]
        return [delta]

    def _stop_splitting(self) -> list[Spoken]:
        """The server tells reasoning and calls apart by itself: what is held are words."""
        pieces = self._splitter.end() if self._splitter else []
        self._splitter = None
        return [one for kind, text in pieces for one in self._said(kind, text)]

    def _text(self, delta: TextDelta) -> list[Spoken]:
        self._tokens += delta.tokens
        self._logprobs += delta.logprobs
        if self._splitter is None:
            return self._said("text", delta.text)
        pieces = self._splitter.feed(delta.text)
        if self._splitter.closed:
            self._closers.add(self._model)
        if self._splitter.settled:
            self._splitter = None
        return [one for kind, text in pieces for one in self._said(kind, text)]

    def _said(self, kind: str, text: str) -> list[Spoken]:
        if kind == "thinking":
            self._sent_tokens += self._tokens
            self._tokens, self._logprobs = 0, []
            return [ThinkingDelta(text)]
        if self._required is not None:
            self._required += text
            return []
        shown = self._finder.feed(text) if self._finder else text
        return [self._words(shown)] if shown else []

    def _words(self, text: str) -> TextDelta:
        words = TextDelta(text, self._tokens, tuple(self._logprobs))
        self._sent_tokens += self._tokens
        self._tokens, self._logprobs = 0, []
        return words

    # The end

    def _finish(self, finish: Finish) -> None:
        cut = finish.reason == "length"
        pieces = self._splitter.end(cut=cut) if self._splitter else []
        last = [one for kind, text in pieces for one in self._said(kind, text)]
        if self._required is not None and self._finder is not None:
            last += self._looked_through(self._required, cut=cut)
        if self._finder is not None:
            last += self._calls_of(self._finder, cut=cut)
        self._changed = self._changed or bool(last)
        if self._changed:
            finish = msgspec.structs.replace(finish, raw=b"")
        if self._calls.count and not cut:
            finish = msgspec.structs.replace(finish, reason="tool_calls")
        self._ready.extend([*last, finish])

    def _looked_through(self, text: str, *, cut: bool) -> list[Spoken]:
        """An answer that has to be a call, read at its end."""
        if self._native_calls:
            return [self._words(text)] if text.strip() else []
        assert self._finder is not None  # noqa: S101  # there are tools
        words = self._finder.feed(text)
        if not self._finder.found and not cut:
            raise self._broken(NO_CALL, text)
        return [self._words(words)] if words.strip() else []

    def _calls_of(self, finder: MarkFinder, *, cut: bool) -> list[Spoken]:
        held = finder.held
        if not finder.found:
            return [self._words(held)] if held else []
        held = _closed_part(held) if cut else held
        if not held:
            return []
        try:
            calls, rest = read_calls(held, finder.found, self._offer)
        except NoCall:
            if self._offer.must_call:
                raise self._broken(NO_CALL, held) from None
            return [self._words(held)]
        except BrokenCall as error:
            raise self._broken(str(error), held) from None
        return [*self._rest(rest), *self._made(calls)]

    def _rest(self, rest: str) -> list[Spoken]:
        """Words beside the calls; results that the model made up are none."""
        words = rest.strip()
        return [self._words(words)] if words and not words.startswith("<tool_resp") else []

    def _made(self, calls: list[ReadCall]) -> list[Spoken]:
        kept = calls if self._offer.parallel else calls[:1]
        made: list[Spoken] = []
        for at, call in enumerate(kept):
            if call not in kept[:at]:
                made.append(self._calls.made(call.name, call.arguments))
        return made

    def _broken(self, problem: str, said: str) -> AttemptFailed:
        failure = Failure(
            model=self._model,
            kind="bad_call",
            sentence=f"{self._model} wrote a tool call that cannot be used.",
            sent_tokens=self._sent_tokens,
        )
        return AttemptFailed(failure, problem=problem, said=said)


def _closed_part(text: str) -> str:
    """The text up to the end of its last call that is closed."""
    return text[: max(text.rfind(end) + len(end) if end in text else 0 for end in CLOSINGS)]


def _splitter(card: ModelCard, *, known: bool) -> ThinkingSplitter:
    opened = known or often_opened(card.name)
    return ThinkingSplitter("<think>" if opened else "", guessed=not known)
