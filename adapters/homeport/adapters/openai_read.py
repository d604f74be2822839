"""Reads OpenAI chat completions, streamed or whole, as `Delta`s.

Accepts what the compatible servers really send: reasoning under three names,
content as a list of parts, tool calls without an index or an id, usage in
several places. What has no noun in the canonical model travels in the
`extras` of the `Finish`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    FinishReason,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from homeport.adapters.upstream_errors import Garbage, UpstreamError

_REASONS: Final[dict[str, FinishReason]] = {
    "stop": "stop",
    "eos": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
}
_BROKEN_REASONS: Final = frozenset({"error", "network_error", "insufficient_system_resource"})


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _Call(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Token(msgspec.Struct):
    token: str = ""
    logprob: float | None = None
    top_logprobs: list[_Token] | None = None


class _Logprobs(msgspec.Struct):
    content: list[_Token] | None = None
    refusal: list[_Token] | None = None


class _Piece(msgspec.Struct):
    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None
    function_call: _Function | None = None
    reasoning_details: list[Any] | None = None
    annotations: list[Any] | None = None
    images: list[Any] | None = None
    audio: dict[str, Any] | None = None
    executed_tools: list[Any] | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Piece | None = None
    message: _Piece | None = None
    finish_reason: str | None = None
    logprobs: Any = None


class _Groq(msgspec.Struct):
    usage: dict[str, Any] | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: dict[str, Any] | None = None
    id: str | None = None
    model: str | None = None
    error: Any = None
    object: str | None = None
    message: Any = None
    code: Any = None
    type: Any = None
    x_groq: _Groq | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    provider: str | None = None
    citations: list[Any] | None = None
    moderation: Any = None


_DECODER: Final = msgspec.json.Decoder(_Completion)
_LISTS: Final = ("reasoning_details", "annotations", "images", "executed_tools")


class CompletionReader:
    """Reads one answer; `finish()` is its end, when the wire's own end has come."""

    def __init__(self) -> None:
        self._reason = ""
        self._usage: dict[str, Any] | None = None
        self._model = ""
        self._id = ""
        self._calls: dict[int, tuple[int, str]] = {}
        """Per index of the wire: our index, and the id that the call has there."""
        self._call_count = 0
        self._extras: dict[str, Any] = {}

    def read(self, data: bytes) -> list[Delta]:
        """The deltas in one event (or one whole body); raises `Garbage`, `UpstreamError`."""
        try:
            part = _DECODER.decode(data)
        except msgspec.DecodeError as error:
            raise Garbage("not a chat completion") from error
        if part.error or part.object == "error":
            raise UpstreamError(part.error or _bare_error(part))
        self._note(part)
        deltas: list[Delta] = []
        for choice in part.choices or ():
            # Only one answer is ever asked for.
            if choice.index == 0:
                self._read_choice(choice, deltas)
        return deltas

    @property
    def ended(self) -> bool:
        """Whether the model said why it stopped."""
        return bool(self._reason)

    def finish(self) -> Finish:
        """The end of the answer; only after `ended`."""
        reason = _REASONS.get(self._reason, "stop")
        if self._call_count and reason == "stop":
            reason = "tool_calls"
        if self._reason != reason:
            self._extras["finish_reason"] = self._reason
        if self._usage:
            self._extras["usage"] = self._usage
        return Finish(reason, read_usage(self._usage), self._model, self._extras)

    def _note(self, part: _Completion) -> None:
        usage = part.usage or (part.x_groq.usage if part.x_groq else None)
        if usage:
            self._usage = usage
        if not self._model and part.model:
            self._model, self._id = part.model, part.id or ""
        # Written out, for this runs for every chunk.
        if part.system_fingerprint:
            self._extras["system_fingerprint"] = part.system_fingerprint
        if part.service_tier:
            self._extras["service_tier"] = part.service_tier
        if part.provider:
            self._extras["provider"] = part.provider
        if part.citations:
            self._extras["citations"] = part.citations
        if part.moderation:
            self._extras["moderation"] = part.moderation

    def _read_choice(self, choice: _Choice, deltas: list[Delta]) -> None:
        piece = choice.delta or choice.message
        if piece:
            self._read_piece(piece, choice.logprobs, deltas)
        if choice.finish_reason in _BROKEN_REASONS:
            raise UpstreamError({"code": 502, "type": "server_error"})
        if choice.finish_reason:
            self._reason = choice.finish_reason

    def _read_piece(self, piece: _Piece, logprobs: Any, deltas: list[Delta]) -> None:
        thinking = piece.reasoning_content or piece.reasoning
        if thinking:
            deltas.append(ThinkingDelta(thinking))
        if isinstance(piece.content, str):
            if piece.content:
                deltas.append(_text(piece.content, logprobs))
        elif piece.content:
            deltas.extend(_from_parts(piece.content, self._extras))
        if piece.refusal:
            self._extras["refusal"] = self._extras.get("refusal", "") + piece.refusal
            deltas.append(_text(piece.refusal, logprobs))
        if piece.tool_calls:
            deltas.extend([self._call(call) for call in piece.tool_calls])
        if piece.function_call:
            deltas.append(self._call(_Call(index=0, function=piece.function_call)))
        if (
            piece.reasoning_details
            or piece.annotations
            or piece.images
            or piece.audio
            or piece.executed_tools
        ):
            self._keep(piece, deltas)

    def _keep(self, piece: _Piece, deltas: list[Delta]) -> None:
        for name in _LISTS:
            more = getattr(piece, name)
            if more:
                self._extras.setdefault(name, []).extend(more)
        if piece.audio:
            self._extras.setdefault("audio", []).append(piece.audio)
        if piece.reasoning_details and not (piece.reasoning or piece.reasoning_content):
            deltas.extend(
                ThinkingDelta(detail.get("text") or "", detail.get("signature") or "")
                for detail in piece.reasoning_details
                if isinstance(detail, dict) and (detail.get("text") or detail.get("signature"))
            )

    def _call(self, call: _Call) -> ToolCallDelta:
        function = call.function or _Function()
        arguments = function.arguments or ""
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments).decode()
        place, known_id = self._calls.get(self._wire_index(call), (-1, ""))
        # A call starts with an index not seen before, or with another id under a known one.
        if place < 0 or (call.id and call.id != known_id and function.name):
            place = self._call_count
            self._call_count += 1
            call_id = call.id or f"call_{self._id or 'homeport'}_{place}"
            self._calls[place if call.index is None else call.index] = (place, call_id)
            return ToolCallDelta(place, call_id, function.name or "", arguments)
        return ToolCallDelta(place, arguments=arguments)

    def _wire_index(self, call: _Call) -> int:
        if call.index is not None:
            return call.index
        # Without an index, a piece that names a function starts a call.
        starts = call.id or (call.function and call.function.name)
        return -1 if starts else self._call_count - 1


def read_usage(raw: dict[str, Any] | None) -> Usage:
    """Tokens by class, from the shapes in which the compatible servers count them."""
    if not raw:
        return Usage(certain=False)
    prompt_details = _table(raw.get("prompt_tokens_details"))
    output_details = _table(raw.get("completion_tokens_details"))
    reasoning = _count(output_details.get("reasoning_tokens"))
    prompt, output = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
    total = _count(raw.get("total_tokens"))
    # Some count the reasoning outside of the completion; their total gives it away.
    if reasoning and None not in (prompt, output, total) and total == prompt + output + reasoning:  # type: ignore[operator]
        output = output + reasoning  # type: ignore[operator]
    cached = (
        prompt_details.get("cached_tokens"),
        raw.get("prompt_cache_hit_tokens"),
        raw.get("cached_tokens"),
        raw.get("num_cached_tokens"),
    )
    return Usage(
        input=prompt,
        cache_read=next((_count(value) for value in cached if value is not None), None),
        cache_write=_count(prompt_details.get("cache_write_tokens")),
        output=output,
        reasoning=reasoning,
        certain=prompt is not None and output is not None,
        input_audio=_count(prompt_details.get("audio_tokens")),
        output_audio=_count(output_details.get("audio_tokens")),
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if ok else None


def _text(text: str, logprobs: Any) -> TextDelta:
    if not logprobs:
        return TextDelta(text)
    tokens = _tokens(logprobs)
    return TextDelta(text, max(1, len(tokens)), tokens)


def _tokens(raw: Any) -> tuple[TokenLogprob, ...]:
    """Logprobs in the shape of chat completions; any other shape is left aside."""
    try:
        table = msgspec.convert(raw, _Logprobs)
    except msgspec.ValidationError:
        return ()
    return tuple(
        TokenLogprob(
            token.token,
            token.logprob,
            tuple((t.token, t.logprob) for t in token.top_logprobs or () if t.logprob is not None),
        )
        for token in (*(table.content or ()), *(table.refusal or ()))
        if token.logprob is not None
    )


def _from_parts(parts: list[Any], extras: dict[str, Any]) -> list[Delta]:
    deltas: list[Delta] = []
    for part in parts:
        if isinstance(part, str):
            deltas.append(TextDelta(part))
        elif not isinstance(part, dict):
            raise Garbage("a part of the content is no object")
        elif part.get("type") == "thinking":
            deltas.append(ThinkingDelta(_joined(part.get("thinking"))))
        elif isinstance(part.get("text"), str):
            deltas.append(TextDelta(part["text"]))
        else:
            extras.setdefault("content_parts", []).append(part)
    return deltas


def _joined(value: Any) -> str:
    if isinstance(value, str):
        return value
    pieces = value if isinstance(value, list) else []
    return "".join(str(piece.get("text") or "") for piece in pieces if isinstance(piece, dict))


def _bare_error(part: _Completion) -> dict[str, Any]:
    return {"message": part.message, "type": part.type, "code": part.code}
