"""From deltas to OpenAI's older wire of plain text: one object, or a stream of chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from homeport.adapters.base import Delta, Finish, Prompt, TextDelta, TokenLogprob, Usage, Wired
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object
from homeport.daemon.api.openai.chat_write import DONE, usage_object

_encode = msgspec.json.Encoder().encode


class Written:
    """One text and its answer, as it is written."""

    def __init__(self, prompt: Prompt, index: int, view: RequestView) -> None:
        self.index = index
        self.view = view
        """As it stands."""
        self.finish = Finish(reason="stop")
        self._prompt = prompt
        self._text: list[str] = []
        self._logprobs: list[TokenLogprob] = []
        self._length = 0

    def begin(self) -> str:
        """What stands before the answer."""
        completion = self._prompt.completion
        echo = completion.prompt if completion and completion.echo else ""
        return self._grown(echo)

    def add(self, delta: Delta) -> tuple[str, dict[str, Any] | None]:
        """More text, with the probabilities of its tokens."""
        if isinstance(delta, Finish):
            self.finish = delta
        elif isinstance(delta, TextDelta):
            shown = self._shown(delta.logprobs) if self._prompt.sampling.logprobs else None
            self._logprobs += delta.logprobs
            return self._grown(delta.text), shown
        return "", None

    def _grown(self, text: str) -> str:
        self._text.append(text)
        self._length += len(text)
        return text

    def _shown(
        self, tokens: Sequence[TokenLogprob], at: int | None = None
    ) -> dict[str, Any] | None:
        if not tokens:
            return None
        place, offsets = self._length if at is None else at, []
        for token in tokens:
            offsets.append(place)
            place += len(token.token)
        top = self._prompt.sampling.top_logprobs
        return {
            "tokens": [token.token for token in tokens],
            "token_logprobs": [token.logprob for token in tokens],
            "top_logprobs": [dict(token.top[:top]) for token in tokens],
            "text_offset": offsets,
        }

    def choice(self) -> dict[str, Any]:
        """The whole of it."""
        shown = self._shown(self._logprobs, at=0) if self._prompt.sampling.logprobs else None
        return choice_object(self.index, "".join(self._text), shown, finish_reason(self.finish))


def finish_reason(finish: Finish) -> str:
    """The wire's word; it knows no tools."""
    return "stop" if finish.reason == "tool_calls" else finish.reason


def choice_object(
    index: int, text: str, logprobs: dict[str, Any] | None, reason: str | None
) -> dict[str, Any]:
    """One choice, whole or in part."""
    return {"text": text, "index": index, "logprobs": logprobs, "finish_reason": reason}


def completion_object(written: Sequence[Written], created: int) -> dict[str, Any]:
    """All answers as one object."""
    return {
        **_head(written[0].view, created),
        "choices": [one.choice() for one in written],
        "usage": total_usage(written),
        "homeport": total_homeport(written),
    }


def total_usage(written: Sequence[Written]) -> dict[str, Any] | None:
    """The tokens of all answers; None where those of one are unknown."""
    usages = [one.finish.usage for one in written]
    totals: dict[str, Any] = {
        name: _sum([getattr(usage, name) for usage in usages])
        for name in ("input", "cache_read", "output", "reasoning")
    }
    return usage_object(Usage(**totals))


def total_homeport(written: Sequence[Written]) -> dict[str, Any]:
    """Where the first answer came from, and what all of them cost."""
    first = written[0]
    cost = _sum([one.view.cost_nano for one in written])
    return homeport_object(first.view, first.finish) | {"cost_nano": cost}


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _head(view: RequestView, created: int) -> dict[str, Any]:
    return {
        "id": f"cmpl-{view.id}",
        "object": "text_completion",
        "created": created,
        "model": view.model,
    }


class Chunks:
    """The chunks of one stream."""

    def __init__(self, created: int, count: int, *, with_usage: bool) -> None:
        """`count` answers will be written."""
        self._created = created
        self._count = count
        self._with_usage = with_usage
        self.written: list[Written] = []

    def encode(self, said: tuple[Written, Delta]) -> bytes:
        """One delta of one answer; empty for what the wire has no place for."""
        written, delta = said
        if isinstance(delta, Wired):
            return b"".join(self.encode((written, inner)) for inner in delta.deltas)
        chunk = b""
        if written not in self.written:
            if not isinstance(delta, TextDelta | Finish):
                return b""
            self.written.append(written)
            chunk = self._text(written, written.begin(), None)
        text, logprobs = written.add(delta)
        chunk += self._text(written, text, logprobs)
        if isinstance(delta, Finish):
            chunk += self._last(written)
        return chunk

    def _text(self, written: Written, text: str, logprobs: dict[str, Any] | None) -> bytes:
        if not text and logprobs is None:
            return b""
        return self._chunk(written, [choice_object(written.index, text, logprobs, None)])

    def _last(self, written: Written) -> bytes:
        """The end of one answer. Some programs take the first choice of every chunk they get."""
        ended = [choice_object(written.index, "", None, finish_reason(written.finish))]
        if self._with_usage or written.index + 1 < self._count:
            return self._chunk(written, ended)
        return self._chunk(written, ended, homeport=total_homeport(self.written))

    def end(self) -> bytes:
        """What all of it took, where that was asked for, and the terminator."""
        if not self._with_usage:
            return DONE
        totals = {"usage": total_usage(self.written), "homeport": total_homeport(self.written)}
        return self._chunk(self.written[0], [], **totals) + DONE

    def _chunk(self, written: Written, choices: list[dict[str, Any]], **rest: Any) -> bytes:
        usage = {"usage": None} if self._with_usage else {}
        view = self.written[0].view if self.written else written.view
        chunk = {**_head(view, self._created), "choices": choices, **usage, **rest}
        return b"data: " + _encode(chunk) + b"\n\n"
