"""Reads OpenAI chat completions, streamed or whole, as `Delta`s.

Accepts what the compatible servers really send: reasoning under several names,
content as a list of parts, tool calls without an index or an id, usage in
several places. Nothing is lost: what has no noun in the canonical model is put
together in the `extras` of the `Finish`, `message` and `choice` under their own
names, the rest as it stands at the top.

Longer than other modules, because what one chunk says is read in one place,
and what is plain in it by the shortest way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    FinishReason,
    RefusalDelta,
    Spoken,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    UsageDelta,
)
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from homeport.adapters.merging import merge
from homeport.adapters.openai.usage import read_usage

WIRE: Final = "openai-chat"

_REASONS: Final[dict[str, FinishReason]] = {
    "stop": "stop",
    "eos": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
}
_BROKEN_REASONS: Final = frozenset(
    {"error", "network_error", "insufficient_system_resource", "abort", "aborted", "cancelled"}
)
_TOP: Final = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "error", "obfuscation"}
)
_USUAL: Final = _TOP | {"system_fingerprint", "service_tier"}
"""Fields that may stand in every chunk."""
_CHOICE: Final = frozenset({"index", "delta", "message", "text", "finish_reason", "logprobs"})
_FEW: Final = 2
_LAST: Final = ("content", "annotations", "refusal", "tool_calls")
"""Said after everything else, in this order, where a message comes whole."""
_CALL: Final = frozenset({"index", "id", "type", "function", "custom"})

_DECODER: Final = msgspec.json.Decoder(dict[str, Any])


class _WordDelta(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    content: str
    role: str = ""


class _WordChoice(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    delta: _WordDelta
    index: Literal[0] = 0
    finish_reason: None = None
    logprobs: None = None


class _Word(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What nearly every event is: a word and nothing beside it."""

    choices: tuple[_WordChoice]
    id: str = ""
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: float = 0
    model: str = ""
    system_fingerprint: str | None = None
    service_tier: str | None = None
    usage: None = None
    obfuscation: str = ""


_WORD: Final = msgspec.json.Decoder(_Word)
_SAID: Final = b'"content":"'
_CONTENT: Final = b"content"
ODD: Final = 3
"""After so many that were more, they are no longer read as words first."""


class CompletionReader:
    """Reads one answer; `finish()` is its end, when the wire's own end has come."""

    wire = WIRE

    def __init__(self) -> None:
        self._reason = ""
        self._usage: dict[str, Any] | None = None
        self._model = ""
        self._id = ""
        self._calls: dict[int, _Call] = {}
        """By the index of the wire, or below 0 where it gives none."""
        self._last_call: _Call | None = None
        self._call_count = 0
        self._extras: dict[str, Any] = {}
        self._message: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._odd = 0
        """Events that were more than a word."""
        self._frame = b"", b""
        """What stood before and after a word: an event that differs in nothing but its word says
        nothing else."""

    def read(self, data: bytes) -> list[Delta]:
        """The deltas in one event (or one whole body); raises `Garbage`, `UpstreamError`."""
        if self._odd <= ODD and data.find(_CONTENT) >= 0:
            try:
                word = _WORD.decode(data)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                self._odd += 1
            else:
                if word.model != self._model or word.system_fingerprint or word.service_tier:
                    self._note_word(word)
                text = word.choices[0].delta.content
                if text and not self._frame[0]:
                    self._frame = _frame_of(data, text)
                return [TextDelta(text)] if text else []
        return self._read(data)

    @property
    def is_framed(self) -> bool:
        """What stands around a word is known, so that `words` may find some."""
        return bool(self._frame[0])

    def words(self, events: Sequence[bytes]) -> list[str]:
        """The words of the first of these events, as far as they stand in the known frame.

        Read at one go: taking an event apart takes far longer than its word.
        """
        before, after = self._frame
        start, end = len(before), -len(after)
        words = []
        for data in events:
            word = data[start:end]
            if not word or data[:start] != before or data[end:] != after:
                break
            words.append(word)
        if not words:
            self._frame = b"", b""
        text = b"\n".join(words)
        if text.find(b'"') >= 0 or text.find(b"\\") >= 0:
            return []
        try:
            told = text.decode().split("\n")
        except UnicodeDecodeError:
            return []
        return told if len(told) == len(words) and "".join(told).isprintable() else []

    def _note_word(self, word: _Word) -> None:
        if not self._model and word.model:
            self._model, self._id = word.model, word.id
        if word.system_fingerprint:
            self._extras["system_fingerprint"] = word.system_fingerprint
        if word.service_tier:
            self._extras["service_tier"] = word.service_tier

    def _read(self, data: bytes) -> list[Delta]:
        try:
            part = _DECODER.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Garbage("not a chat completion") from error
        if part.get("error") or part.get("object") == "error":
            raise UpstreamError(part.get("error") or _bare_error(part))
        self._note(part)
        deltas: list[Delta] = []
        choices = part.get("choices")
        if choices:
            for choice in _list(choices, "choices"):
                # Only one answer is ever asked for.
                if not _table(choice, "a choice").get("index"):
                    self._read_choice(choice, deltas)
        if part.get("usage") and not self._reason:
            deltas.append(UsageDelta(self.usage))
        return deltas

    @property
    def ended(self) -> bool:
        """Whether the model said why it stopped."""
        return bool(self._reason)

    @property
    def usage(self) -> Usage:
        """What its server has counted so far."""
        return read_usage(self._usage)

    def finish(self) -> Finish:
        """The end of the answer; only after `ended`."""
        reason = _REASONS.get(self._reason.lower(), "stop")
        if self._call_count and reason == "stop":
            reason = "tool_calls"
        extras = dict(self._extras)
        if self._message:
            extras["message"] = self._message
        if self._choice:
            extras["choice"] = self._choice
        return Finish(
            reason,
            self.usage,
            self._model,
            extras,
            raw_reason=self._reason,
            id=self._id,
            wire=WIRE,
        )

    def _note(self, part: dict[str, Any]) -> None:
        if not self._model and part.get("model"):
            self._model, self._id = str(part["model"]), str(part.get("id") or "")
        usage = part.get("usage")
        if usage:
            self._usage = _table(usage, "usage")
        if part.keys() <= _USUAL:
            # Written out, for this runs for every chunk.
            if part.get("system_fingerprint"):
                self._extras["system_fingerprint"] = part["system_fingerprint"]
            if part.get("service_tier"):
                self._extras["service_tier"] = part["service_tier"]
            return
        for name, value in part.items():
            if name in _TOP or (value is None and name in self._extras):
                continue
            if isinstance(value, dict):
                merge(self._extras, {name: value})
            else:
                self._extras[name] = value
        beside = part.get("x_groq")
        if isinstance(beside, dict) and isinstance(beside.get("usage"), dict):
            self._usage = self._usage or beside["usage"]

    def _read_choice(self, choice: dict[str, Any], deltas: list[Delta]) -> None:
        logprobs = choice.get("logprobs")
        piece = _table(choice.get("delta") or choice.get("message") or {}, "a delta")
        if piece and not logprobs and len(piece) == 1 and type(piece.get("content")) is str:
            # What nearly every chunk is: a word and nothing beside it.
            if piece["content"]:
                deltas.append(TextDelta(piece["content"]))
        elif piece:
            self._read_piece(piece, logprobs, deltas)
        elif choice.get("text"):
            deltas.append(TextDelta(str(choice["text"])))
        if logprobs:
            merge(self._choice, {"logprobs": logprobs})
        if not choice.keys() <= _CHOICE:
            usage = choice.get("usage")
            self._usage = self._usage or (usage if isinstance(usage, dict) else None)
            self._choice |= {
                name: value
                for name, value in choice.items()
                if name not in _CHOICE and (value is not None or name not in self._choice)
            }
        reason = choice.get("finish_reason")
        if reason is not None and not isinstance(reason, str):
            raise Garbage("a finish reason that is no word")
        if reason:
            if reason.lower() in _BROKEN_REASONS:
                raise UpstreamError({"code": 502, "type": "server_error"})
            self._reason = reason

    def _read_piece(self, piece: dict[str, Any], logprobs: Any, deltas: list[Delta]) -> None:
        thought = ""
        for name, value in piece.items() if len(piece) <= _FEW else _in_order(piece):
            if name == "content":
                if value:
                    self._read_content(value, logprobs, deltas)
            elif value is None or value in ("", []) or name == "role":
                continue
            elif name in ("reasoning_content", "reasoning") and isinstance(value, str):
                # Some send the same words under both names.
                if not thought:
                    deltas.append(ThinkingDelta(value))
                thought = value
            elif name == "tool_calls":
                for call in _list(value, "calls"):
                    deltas += self._call(_table(call, "a call"))
            elif name == "function_call":
                deltas += self._call({"index": 0, "function": value})
            elif name == "refusal" and isinstance(value, str):
                deltas.append(RefusalDelta(value))
            else:
                merge(self._message, {name: value})
                deltas.extend(_said_beside(name, value, known=_spells_reasoning(piece)))

    def _read_content(self, content: Any, logprobs: Any, deltas: list[Delta]) -> None:
        if isinstance(content, str):
            deltas.append(_text(content, logprobs))
            return
        for part in _list(content, "content"):
            if isinstance(part, str):
                deltas.append(TextDelta(part))
            elif _table(part, "a part").get("type") == "thinking":
                deltas.append(ThinkingDelta(_words(part.get("thinking")), _signature(part)))
                self._keep_part(part, ("type", "thinking", "signature"))
            elif isinstance(part.get("text"), str):
                deltas.append(TextDelta(part["text"]))
                self._keep_part(part, ("type", "text"))
            else:
                self._message.setdefault("content_parts", []).append(part)

    def _keep_part(self, part: dict[str, Any], told: tuple[str, ...]) -> None:
        rest = {name: value for name, value in part.items() if name not in told}
        if rest:
            marks = self._message.setdefault("content_marks", [])
            marks.append({"type": part.get("type"), **rest})

    def _call(self, call: dict[str, Any]) -> list[Delta]:
        custom = call.get("custom")
        function = _table(custom or call.get("function") or {}, "a function")
        arguments = function.get("input" if custom else "arguments") or ""
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments).decode()
        name, call_id = str(function.get("name") or ""), str(call.get("id") or "")
        begun = self._call_of(call.get("index"), call_id, name)
        extras = {} if call.keys() <= _CALL else _without(call, _CALL)
        if custom:
            extras["type"] = "custom"
        if begun.place >= 0:
            return [ToolCallDelta(begun.place, arguments=arguments, extras=extras)]
        begun.waiting += arguments
        if not name:
            return []
        begun.place = self._call_count
        self._call_count += 1
        begun.id = begun.id or f"call_{self._id or 'homeport'}_{begun.place}"
        return [ToolCallDelta(begun.place, begun.id, name, begun.waiting, extras)]

    def _call_of(self, index: Any, call_id: str, name: str) -> _Call:
        """The call that a piece belongs to: by its index, else by its id, else the last one.

        One begins with an index or an id not seen before, with another id under a known index,
        or, where neither is told, with a name.
        """
        index = index if isinstance(index, int) else None
        if index is not None:
            known = self._calls.get(index)
        elif call_id:
            known = next((one for one in self._calls.values() if one.id == call_id), None)
        else:
            known = None if name else self._last_call
        if known is None or (known.place >= 0 and name and call_id and call_id != known.id):
            known = _Call()
            self._calls[-len(self._calls) - 1 if index is None else index] = known
        known.id = known.id or call_id
        self._last_call = known
        return known


class _Call:
    """A call that has begun."""

    __slots__ = ("id", "place", "waiting")

    def __init__(self) -> None:
        self.id = ""
        self.place = -1
        """Our index of it; below 0 while its name has not come."""
        self.waiting = ""
        """Arguments that came before the name."""


def _said_beside(name: str, value: Any, *, known: bool) -> list[Spoken]:
    """What fields without a text of their own say."""
    entries = value if isinstance(value, list) else []
    if name == "annotations":
        return [CitationDelta(citation(entry)) for entry in entries if isinstance(entry, dict)]
    if name == "reasoning_details":
        said = [_detail(entry, known) for entry in entries if isinstance(entry, dict)]
        return [delta for delta in said if delta is not None]
    return []


def citation(entry: dict[str, Any]) -> Citation:
    """A source, from an annotation of this wire."""
    told = entry.get("url_citation")
    source = told if isinstance(told, dict) else entry
    start, end = source.get("start_index"), source.get("end_index")
    return Citation(
        url=str(source.get("url") or ""),
        title=str(source.get("title") or ""),
        quote=str(source.get("content") or ""),
        start=start if isinstance(start, int) else None,
        end=end if isinstance(end, int) else None,
        wire=WIRE,
        extras=entry,
    )


def _in_order(piece: dict[str, Any]) -> list[tuple[str, Any]]:
    """The fields as they would come in a stream: reasoning before the answer."""
    return sorted(piece.items(), key=lambda item: _LAST.index(item[0]) if item[0] in _LAST else -1)


def _spells_reasoning(piece: dict[str, Any]) -> bool:
    return bool(piece.get("reasoning") or piece.get("reasoning_content"))


def _detail(detail: dict[str, Any], known: bool) -> ThinkingDelta | None:
    """A block of reasoning; its words count only where they are not told beside it too."""
    words = "" if known else str(detail.get("text") or detail.get("summary") or "")
    data = detail.get("data")
    signature = str(detail.get("signature") or "")
    redacted = data if isinstance(data, str) else ""
    if not (words or signature or redacted):
        return None
    return ThinkingDelta(words, signature, redacted, str(detail.get("id") or ""))


def _signature(part: dict[str, Any]) -> str:
    signature = part.get("signature")
    return signature if isinstance(signature, str) else ""


def _without(value: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name not in names}


def _table(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Garbage(f"{what} is no object")
    return value


def _frame_of(data: bytes, word: str) -> tuple[bytes, bytes]:
    """What stands before and after the word of an event; empty where that is not plain."""
    said = _SAID + word.encode("utf-8", "surrogatepass") + b'"'
    before, found, after = data.partition(said)
    if not found or data.count(_CONTENT) != 1:
        return b"", b""
    return before + _SAID, b'"' + after


def _list(value: Any, what: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise Garbage(f"{what} is no list")
    return value or []


def _text(text: str, logprobs: Any) -> TextDelta:
    if not logprobs:
        return TextDelta(text)
    tokens = _tokens(logprobs)
    return TextDelta(text, max(1, len(tokens)), tokens)


class _Token(msgspec.Struct):
    token: str = ""
    logprob: float | None = None
    top_logprobs: list[_Token] | None = None


class _Logprobs(msgspec.Struct):
    content: list[_Token] | None = None
    refusal: list[_Token] | None = None


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


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value
    pieces = value if isinstance(value, list) else []
    return "".join(str(piece.get("text") or "") for piece in pieces if isinstance(piece, dict))


def _bare_error(part: dict[str, Any]) -> dict[str, Any]:
    return {name: part.get(name) for name in ("message", "type", "code")}
