"""Reads Gemini's answers, chunk by chunk, as `Delta`s.

Every event is a `GenerateContentResponse`; the one with a `finishReason` ends
the answer. A signature of thoughts stands on a call, on a thought or on text:
it goes with the call's `extras`, or as the signature of a `ThinkingDelta` that
may have no text. What has no noun in the canonical model travels in the
`extras` of the `Finish`, and parts that only Gemini has go on as they came.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Delta,
    Finish,
    FinishReason,
    OpaqueDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    UsageDelta,
)
from homeport.adapters.gemini.citations import Cited
from homeport.adapters.gemini.errors import Broken
from homeport.adapters.gemini.usage import read_usage
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from homeport.policies.model import FailureKind

WIRE: Final = "gemini"
SIGNED: Final = "gemini:"
"""Stands before a signature of Gemini, whose form tells nothing of its maker."""

_REASONS: Final[dict[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "ESCALATION": "content_filter",
    "PUP_LIMITED_DISABLED": "content_filter",
    "MODEL_ARMOR": "content_filter",
}
# The answer ended before it was whole, for no reason that lies in what it says.
_BROKEN: Final[dict[str, FailureKind]] = {
    "FINISH_REASON_UNSPECIFIED": "overloaded",
    "OTHER": "overloaded",
    "MALFORMED_FUNCTION_CALL": "overloaded",
    "MALFORMED_RESPONSE": "overloaded",
    "UNEXPECTED_TOOL_CALL": "overloaded",
    "TOO_MANY_TOOL_CALLS": "overloaded",
    "IMAGE_OTHER": "overloaded",
    "NO_IMAGE": "overloaded",
    "MISSING_THOUGHT_SIGNATURE": "rejected",
}
_BLOCKS: Final = frozenset(
    {"SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR"}
    | {"JAILBREAK"}
)
"""Why a prompt is kept from the model."""
_SEARCHES_BY_THE_PROMPT: Final = re.compile(r"gemini-[12]\.")
"""Models of which a prompt with searches is charged once; of others, every search is."""
_OF_TEXT: Final = frozenset({"text", "thought", "thoughtSignature"})
_OF_CALL: Final = frozenset({"name", "args", "id"})
_OF_CANDIDATE: Final = frozenset({"content", "finishReason", "index", "logprobsResult"})
_OF_CHUNK: Final = frozenset({"candidates", "usageMetadata", "modelVersion", "responseId"})


class GenerateReader:
    """Reads one answer; `finish()` is its end, once a finish reason has come."""

    def __init__(self) -> None:
        self._reason = ""
        self._usage: dict[str, Any] | None = None
        self._told: dict[str, Any] | None = None
        """The usage that was told last."""
        self._model = ""
        self._id = ""
        self._calls = 0
        self._counted = 0
        """Tokens of the answer that its deltas have told so far."""
        self._extras: dict[str, Any] = {}
        self._cited = Cited()

    def read(self, data: bytes) -> list[Delta]:
        """The deltas in one event, or in one whole body.

        Raises `Garbage`, `UpstreamError`, and `Broken` where the model was stopped.
        """
        try:
            chunk = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbage("not JSON") from error
        deltas: list[Delta] = []
        for part in chunk if isinstance(chunk, list) else (chunk,):
            self._take(part, deltas)
        return deltas

    @property
    def ended(self) -> bool:
        """Whether the model said why it stopped."""
        return bool(self._reason)

    @property
    def usage(self) -> Usage:
        """What Gemini has counted so far."""
        return read_usage(self._usage)

    def finish(self) -> Finish:
        """The end of the answer; only after `ended`."""
        reason = _REASONS.get(self._reason, "stop")
        if self._calls and reason == "stop":
            reason = "tool_calls"
        return Finish(
            reason,
            self._with_searches(read_usage(self._usage)),
            self._model,
            self._extras,
            raw_reason=self._reason,
            id=self._id,
            wire=WIRE,
        )

    def _with_searches(self, usage: Usage) -> Usage:
        """The usage, with the searches that Google charges apart; some a day are free."""
        queries = _table(self._extras.get("groundingMetadata")).get("webSearchQueries")
        if not isinstance(queries, list) or not queries:
            return usage
        count = 1 if _SEARCHES_BY_THE_PROMPT.match(self._model) else len(queries)
        return msgspec.structs.replace(usage, searches=count, certain=False)

    def _take(self, chunk: Any, deltas: list[Delta]) -> None:
        if not isinstance(chunk, dict):
            raise Garbage("no object")
        if chunk.get("error"):
            raise UpstreamError(chunk)
        self._note(chunk)
        candidates = chunk.get("candidates") or ()
        if not isinstance(candidates, list | tuple):
            raise Garbage("candidates are no list")
        for candidate in candidates:
            if not isinstance(candidate, dict):
                raise Garbage("a candidate is no object")
            # Only one answer is ever asked for.
            if candidate.get("index", 0) == 0:
                self._read_candidate(candidate, deltas)
        if self._told is not self._usage and not self._reason:
            self._told = self._usage
            deltas.append(UsageDelta(self.usage))
        blocked = _table(chunk.get("promptFeedback")).get("blockReason")
        if blocked and not candidates:
            word = str(blocked) if blocked in _BLOCKS else ""
            raise Broken("content_refused", word)

    def _note(self, chunk: dict[str, Any]) -> None:
        usage = chunk.get("usageMetadata")
        if isinstance(usage, dict) and usage and usage != self._usage:
            self._usage = usage
        self._model = self._model or str(chunk.get("modelVersion") or "")
        self._id = self._id or str(chunk.get("responseId") or "")
        self._keep(chunk, _OF_CHUNK)

    def _keep(self, table: dict[str, Any], known: frozenset[str]) -> None:
        for name, value in table.items():
            if name not in known:
                self._extras[name] = merged(self._extras.get(name), value)

    def _read_candidate(self, candidate: dict[str, Any], deltas: list[Delta]) -> None:
        parts = _table(candidate.get("content")).get("parts") or ()
        if not isinstance(parts, list | tuple):
            raise Garbage("the parts are no list")
        spoken: list[Delta] = []
        for part in parts:
            if not isinstance(part, dict):
                raise Garbage("a part is no object")
            self._read_part(part, spoken)
        spoken = self._weighed(spoken, _logprobs(candidate.get("logprobsResult")))
        self._keep(candidate, _OF_CANDIDATE)
        if "logprobsResult" in candidate:
            self._extras.setdefault("logprobsResult", []).append(candidate["logprobsResult"])
        deltas += _beside_the_text(spoken, self._cited.read(candidate))
        reason = candidate.get("finishReason")
        if reason:
            self._end(str(reason))

    def _end(self, reason: str) -> None:
        if reason in _BROKEN:
            raise Broken(_BROKEN[reason], reason)
        self._reason = reason

    def _read_part(self, part: dict[str, Any], spoken: list[Delta]) -> None:
        signature = _signed(part)
        if isinstance(part.get("functionCall"), dict):
            spoken.append(self._call(part, part["functionCall"]))
        elif _OF_TEXT.issuperset(part):
            self._read_text(part, signature, spoken)
        else:
            spoken.append(OpaqueDelta(WIRE, part))

    def _read_text(self, part: dict[str, Any], signature: str, spoken: list[Delta]) -> None:
        text = part.get("text") or ""
        if not isinstance(text, str):
            raise Garbage("a text is no text")
        if part.get("thought"):
            spoken.append(ThinkingDelta(text, signature))
            return
        if text:
            spoken.append(TextDelta(text))
            self._cited.text += text
        if signature:
            spoken.append(ThinkingDelta("", signature))

    def _call(self, part: dict[str, Any], call: dict[str, Any]) -> ToolCallDelta:
        index = self._calls
        self._calls += 1
        extras = {name: value for name, value in part.items() if name != "functionCall"}
        more = {name: value for name, value in call.items() if name not in _OF_CALL}
        if more:
            extras["functionCall"] = more
        # Gemini 2 gives its calls no ids; other wires cannot do without.
        return ToolCallDelta(
            index,
            str(call.get("id") or f"call_{self._id or 'gemini'}_{index}"),
            str(call.get("name") or ""),
            msgspec.json.encode(call.get("args") or {}).decode(),
            extras,
        )

    def _weighed(self, spoken: list[Delta], logprobs: tuple[TokenLogprob, ...]) -> list[Delta]:
        """The same, the first text with the tokens that Gemini counted for this chunk."""
        counted = (self._usage or {}).get("candidatesTokenCount")
        tokens = len(logprobs)
        if isinstance(counted, int) and counted > self._counted:
            tokens, self._counted = counted - self._counted, counted
        for place, delta in enumerate(spoken):
            if isinstance(delta, TextDelta):
                spoken[place] = TextDelta(delta.text, max(1, tokens), logprobs)
                break
        return spoken


def _beside_the_text(spoken: list[Delta], cited: list[Delta]) -> list[Delta]:
    """Sources stand behind the last text: a signature may come after it, in a part of its own."""
    places = [at for at, delta in enumerate(spoken) if isinstance(delta, TextDelta)]
    behind = places[-1] + 1 if places else 0
    return [*spoken[:behind], *cited, *spoken[behind:]]


def merged(old: Any, new: Any) -> Any:
    """What two chunks say under one name, put together: the later wins where both say it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {name: merged(old.get(name), value) for name, value in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        return [*old, *(item for item in new if item not in old)]
    return old if new is None else new


def _signed(part: dict[str, Any]) -> str:
    signature = part.get("thoughtSignature")
    return f"{SIGNED}{signature}" if isinstance(signature, str) and signature else ""


def _logprobs(result: Any) -> tuple[TokenLogprob, ...]:
    chosen = _table(result).get("chosenCandidates")
    tops = _table(result).get("topCandidates")
    rows = [row for row in chosen if isinstance(row, dict)] if isinstance(chosen, list) else []
    others = tops if isinstance(tops, list) else []
    return tuple(
        TokenLogprob(
            str(row.get("token") or ""),
            float(row.get("logProbability") or 0.0),
            _likeliest(others[place]) if place < len(others) else (),
        )
        for place, row in enumerate(rows)
    )


def _likeliest(row: Any) -> tuple[tuple[str, float], ...]:
    candidates = _table(row).get("candidates")
    return tuple(
        (str(each.get("token") or ""), float(each.get("logProbability") or 0.0))
        for each in (candidates if isinstance(candidates, list) else ())
        if isinstance(each, dict)
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
