"""From deltas to Ollama's wire: JSON lines, or one object.

A tool call leaves whole or not at all, so calls wait for the end of the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    Prompt,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Wired,
)
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object
from homeport.daemon.api.ollama.durations import Stopwatch, moment
from homeport.daemon.api.ollama.read import WIRE, Asked
from homeport.policies.errors import HomeportError, NothingAnswered

_REASONS: Final = {"tool_calls": "stop", "content_filter": "stop"}
"""Where this wire has another word for it."""

_KNOWN_AT_THE_END: Final = frozenset(
    {
        *("model", "created_at", "message", "response", "thinking", "done", "done_reason"),
        *("total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration"),
        *("eval_count", "eval_duration", "context", "logprobs", "image", "homeport"),
    }
)

_encode = msgspec.json.Encoder().encode
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])

Say = Callable[..., dict[str, Any]]
"""A piece of an answer in the shape of its route."""


def chat_piece(
    text: str,
    thinking: str = "",
    calls: Sequence[dict[str, Any]] = (),
    images: Sequence[str] = (),
) -> dict[str, Any]:
    """The `message` of `/api/chat`."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if thinking:
        message["thinking"] = thinking
    if calls:
        message["tool_calls"] = list(calls)
    if images:
        message["images"] = list(images)
    return {"message": message}


def generate_piece(
    text: str,
    thinking: str = "",
    calls: Sequence[dict[str, Any]] = (),  # noqa: ARG001 - this route offers no tools
    images: Sequence[str] = (),
) -> dict[str, Any]:
    """The `response` of `/api/generate`."""
    piece = {"response": text}
    if thinking:
        piece["thinking"] = thinking
    if images:
        piece["image"] = images[0]
    return piece


def error_line(error: HomeportError) -> bytes:
    """What ends a stream that cannot be finished."""
    return _encode({"error": error.sentence}) + b"\n"


def head(name: str) -> dict[str, Any]:
    """What every line begins with."""
    return {"model": name, "created_at": moment(time.time_ns())}


class Calls:
    """Tool calls, put together."""

    def __init__(self) -> None:
        self._calls: dict[int, tuple[str, str, list[str]]] = {}

    def add(self, delta: ToolCallDelta) -> None:
        """More of one call."""
        call_id, name, arguments = self._calls.get(delta.index, ("", "", []))
        arguments.append(delta.arguments)
        self._calls[delta.index] = (call_id or delta.id, name or delta.name, arguments)

    def whole(self, finish: Finish) -> list[dict[str, Any]]:
        """Every call. One that was cut off at the answer's bound is left out; raises
        `NothingAnswered` for one that was not, and is broken all the same."""
        found = []
        for index, (call_id, name, pieces) in sorted(self._calls.items()):
            arguments = _arguments("".join(pieces))
            if arguments is None and finish.reason == "length":
                continue
            if arguments is None:
                raise NothingAnswered(
                    f"The model called `{name[:100]}` with arguments that are no JSON object."
                    " Ask again, or choose a larger model.",
                    code="broken_tool_call",
                )
            function = {"index": index, "name": name, "arguments": arguments}
            found.append(
                {"id": call_id, "function": function} if call_id else {"function": function}
            )
        return found


def _arguments(text: str) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return None


class Lines:
    """The answer to one request: line by line, or whole."""

    def __init__(self, asked: Asked, say: Say) -> None:
        self._asked = asked
        self._say = say
        self._prompt: Prompt = asked.prompt
        self._stopwatch = Stopwatch()
        self._calls = Calls()
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._logprobs: list[TokenLogprob] = []
        self.finish = Finish(reason="stop")

    def encode(self, delta: Delta) -> bytes:
        """The line of one delta; empty for what is not said at once."""
        if isinstance(delta, TextDelta | RefusalDelta):
            self._stopwatch.spoke()
            logprobs = delta.logprobs if isinstance(delta, TextDelta) else ()
            return self._line(self._say(delta.text), logprobs) if delta.text else b""
        if isinstance(delta, ThinkingDelta):
            self._stopwatch.spoke()
            shown = delta.text and self._asked.shows_thinking
            return self._line(self._say("", delta.text)) if shown else b""
        if isinstance(delta, Wired):
            return self._passed(delta)
        self._keep(delta)
        return b""

    def _passed(self, wired: Wired) -> bytes:
        """A line of another Ollama as it came, but for the model's name."""
        hidden = not self._asked.shows_thinking and any(
            isinstance(spoken, ThinkingDelta) for spoken in wired.deltas
        )
        if wired.wire != WIRE or hidden:
            return b"".join(map(self.encode, wired.deltas))
        self._stopwatch.spoke()
        line, name = _fields.decode(wired.data), _encode(self._asked.name)
        if bytes(line.get("model", b"")) == name:
            return wired.data + b"\n"
        return _encode(line | {"model": msgspec.Raw(name)}) + b"\n"

    def gather(self, delta: Delta) -> None:
        """Keep one delta for the whole answer."""
        if isinstance(delta, TextDelta | RefusalDelta):
            self._stopwatch.spoke()
            self._text.append(delta.text)
            self._logprobs += delta.logprobs if isinstance(delta, TextDelta) else ()
        elif isinstance(delta, ThinkingDelta):
            self._stopwatch.spoke()
            self._thinking.append(delta.text if self._asked.shows_thinking else "")
        elif isinstance(delta, Wired):
            for spoken in delta.deltas:
                self.gather(spoken)
        else:
            self._keep(delta)

    def _keep(self, delta: Delta) -> None:
        if isinstance(delta, ToolCallDelta):
            self._stopwatch.spoke()
            self._calls.add(delta)
        elif isinstance(delta, Finish):
            self.finish = delta

    def beat(self) -> bytes:
        """A sign of life: a line that says nothing."""
        return self._line(self._say(""))

    def end(self, view: RequestView) -> bytes:
        """The last lines of a stream: what waited for the end, then the end."""
        calls = self._calls.whole(self.finish)
        waiting = self._line(self._say("", calls=calls)) if calls else b""
        last = self._say("", images=self.finish.extras.get("images") or ())
        line = self._beyond() | head(self._asked.name) | last | self._tail(view)
        return waiting + _encode(line) + b"\n"

    def _beyond(self) -> dict[str, Any]:
        """What another Ollama says at its end, and nobody here knows."""
        if self.finish.wire != WIRE or not self.finish.raw:
            return {}
        line = _fields.decode(self.finish.raw)
        return {name: value for name, value in line.items() if name not in _KNOWN_AT_THE_END}

    def whole(self, view: RequestView) -> dict[str, Any]:
        """The one object of an answer that is not streamed."""
        said = self._say(
            "".join(self._text),
            "".join(self._thinking),
            self._calls.whole(self.finish),
            self.finish.extras.get("images") or (),
        )
        logprobs = self._shown(self._logprobs)
        return head(self._asked.name) | said | self._tail(view) | logprobs

    def _line(self, said: dict[str, Any], logprobs: Sequence[TokenLogprob] = ()) -> bytes:
        line = head(self._asked.name) | said | {"done": False} | self._shown(logprobs)
        return _encode(line) + b"\n"

    def _tail(self, view: RequestView) -> dict[str, Any]:
        """Why it ended, how long it took, what was counted, and where it came from."""
        finish = self.finish
        counts = {"prompt_eval_count": finish.usage.input, "eval_count": finish.usage.output}
        return {
            "done": True,
            "done_reason": _REASONS.get(finish.reason, finish.reason),
            **self._stopwatch.durations(view, finish),
            **{name: count for name, count in counts.items() if count is not None},
            "homeport": homeport_object(view, finish),
        }

    def _shown(self, logprobs: Sequence[TokenLogprob]) -> dict[str, Any]:
        sampling = self._prompt.sampling
        if not (logprobs and sampling.logprobs):
            return {}
        return {"logprobs": [_logprob(item, sampling.top_logprobs) for item in logprobs]}


def _logprob(item: TokenLogprob, top: int) -> dict[str, Any]:
    shown = _token(item.token, item.logprob)
    if top:
        shown["top_logprobs"] = [_token(token, logprob) for token, logprob in item.top[:top]]
    return shown


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode("utf-8", "replace"))}
