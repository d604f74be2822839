"""Reads the lines of Ollama's `/api/chat` and `/api/generate` as `Delta`s."""

from __future__ import annotations

import secrets
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    FinishReason,
    Spoken,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    Wired,
)
from homeport.adapters.http.halves import Halves
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError

_REASONS: Final[dict[str, FinishReason]] = {"length": "length"}


class _Function(msgspec.Struct):
    name: str = ""
    arguments: dict[str, Any] | str | None = {}


class _Call(msgspec.Struct):
    function: _Function
    id: str = ""


class _Message(msgspec.Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None
    images: list[Any] | None = None


class _Token(msgspec.Struct):
    token: str
    logprob: float
    top_logprobs: list[_Token] | None = None


class _Line(msgspec.Struct):
    error: Any = None
    message: _Message | None = None
    response: str | None = None
    thinking: str | None = None
    done: bool = False
    done_reason: str | None = None
    model: str | None = None
    created_at: str | None = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    logprobs: list[_Token] | None = None
    load_duration: int | None = None
    prompt_eval_duration: int | None = None
    eval_duration: int | None = None


_decoder = msgspec.json.Decoder(_Line)

_TIMINGS: Final = ("load_duration", "prompt_eval_duration", "eval_duration")
"""Measured by the server, in nanoseconds."""


class ChatReader:
    """Reads one answer, line by line."""

    def __init__(self) -> None:
        self._end = b""
        self.whole = False
        """The line that says `done` came."""
        self._last = _Line()
        self._calls = 0
        self._images: list[Any] = []
        self._halves = Halves()

    @property
    def prompt_tokens(self) -> int | None:
        """How many tokens of prompt the server says it read."""
        return self._last.prompt_eval_count

    def read(self, line: dict[str, Any] | bytes) -> list[Delta]:
        """The deltas in a line, which is bytes where it is handed on.

        Raises `Garbage`, or `UpstreamError` for a line that tells an error.
        """
        if isinstance(line, bytes):
            return self._halves.read(line, self._read)
        return self._read(line)

    def _read(self, line: dict[str, Any] | bytes) -> list[Delta]:
        try:
            if isinstance(line, bytes):
                parsed = _decoder.decode(line)
            else:
                parsed = msgspec.convert(line, _Line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbage("not a line of a chat") from error
        if parsed.error:
            raise UpstreamError({"message": str(parsed.error)})
        message = parsed.message
        if message is None and parsed.response is not None:
            message = _Message(parsed.response, parsed.thinking)
        if message is None and not parsed.done:
            raise Garbage("neither a message nor the end")
        spoken = self._deltas(message, parsed) if message else []
        if parsed.done:
            self.whole, self._last = True, parsed
            self._end = line if isinstance(line, bytes) else b""
        elif isinstance(line, bytes):
            return [Wired("ollama", line, tuple(spoken))] if spoken else []
        return [*spoken]

    def finish(self, dropped: tuple[str, ...] = (), **notes: Any) -> Finish:
        """The end of the answer; only when it is whole."""
        last = self._last
        reason = _REASONS.get(last.done_reason or "", "stop")
        if self._calls and reason == "stop":
            reason = "tool_calls"
        extras: dict[str, Any] = {
            name: value for name in _TIMINGS if (value := getattr(last, name)) is not None
        }
        extras |= {"images": self._images} if self._images else {}
        extras |= {"dropped": list(dropped)} if dropped else {}
        return Finish(
            reason,
            _usage(last),
            last.model or "",
            extras | notes,
            raw_reason=last.done_reason or "",
            wire="ollama",
            raw=self._end,
        )

    def _deltas(self, message: _Message, line: _Line) -> list[Spoken]:
        deltas: list[Spoken] = []
        if message.thinking:
            deltas.append(ThinkingDelta(message.thinking))
        if message.content:
            tokens = tuple(_token(token) for token in line.logprobs or ())
            deltas.append(TextDelta(message.content, max(1, len(tokens)), tokens))
        for call in message.tool_calls or ():
            deltas.append(self._call(call, line.created_at or ""))
        self._images.extend(message.images or ())
        return deltas

    def _call(self, call: _Call, made_at: str) -> ToolCallDelta:
        """Where the server gives it no id, the moment makes one: it is said once in a talk."""
        arguments = call.function.arguments
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments or {}).decode()
        index = self._calls
        self._calls += 1
        moment = "".join(filter(str.isdecimal, made_at)) or secrets.token_hex(8)
        call_id = call.id or f"call_{moment[:32]}_{index}"
        return ToolCallDelta(index, call_id, call.function.name, arguments)


def _usage(last: _Line) -> Usage:
    known = last.prompt_eval_count is not None and last.eval_count is not None
    return Usage(input=last.prompt_eval_count, output=last.eval_count, certain=known)


def _token(token: _Token) -> TokenLogprob:
    top = tuple((other.token, other.logprob) for other in token.top_logprobs or ())
    return TokenLogprob(token.token, token.logprob, top)
