"""From deltas to the chunks of a Gemini answer, each a `GenerateContentResponse`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    Prompt,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
)
from homeport.adapters.gemini.read import WIRE
from homeport.daemon.api.anthropic.usage import with_dropped
from homeport.daemon.api.gemini.calls import Calls, Part
from homeport.daemon.api.gemini.grounding import Sources
from homeport.daemon.api.gemini.knobs import ENUM, knobs_of_the_wire, shows_thoughts
from homeport.daemon.api.gemini.signatures import is_gemini_signed, signature_shown
from homeport.daemon.api.gemini.usage import finish_reason, usage_metadata

Chunk = dict[str, Any]

_OF_CHUNKS = frozenset({"promptFeedback", "createTime", "modelStatus"})
_NOT_OF_CANDIDATES = _OF_CHUNKS | {"dropped", "logprobsResult", "images"}


class Shown(NamedTuple):
    """What the caller asked to be shown."""

    thoughts: bool = False
    logprobs: bool = False
    top_logprobs: int = 0
    bare: bool = False
    """The answer is one word of a list, without the quotes of JSON."""
    knobs: tuple[str, ...] = ()
    """What was asked in words that only this wire has."""

    @classmethod
    def to(cls, prompt: Prompt) -> Shown:
        """What a prompt asks for."""
        generation = prompt.extras.get("generationConfig")
        media_type = generation.get("responseMimeType") if isinstance(generation, dict) else ""
        sampling = prompt.sampling
        return cls(
            thoughts=shows_thoughts(generation),
            logprobs=sampling.logprobs,
            top_logprobs=sampling.top_logprobs,
            bare=str(media_type).lower() == ENUM,
            knobs=knobs_of_the_wire(prompt.extras),
        )

    def named(self, finish: Finish, left_out: Sequence[str]) -> Finish:
        """The end of an answer that names whatever it was given without."""
        knobs = () if finish.wire == WIRE else self.knobs
        return with_dropped(finish, [*knobs, *left_out])


class AnswerChunks:
    """The chunks of one answer. Knows no bytes."""

    def __init__(self, response_id: str, shown: Shown) -> None:
        self.response_id = response_id
        self.model = ""
        """Who answers; to be set before the first delta."""
        self._shown = shown
        self._calls = Calls()
        self._sources = Sources()
        self._refused = False
        self._held: list[str] = []
        """Words of an answer that is shown bare."""
        self.omitted: list[str] = []
        """Kinds of parts that this wire cannot show."""

    @property
    def is_plain(self) -> bool:
        """Text goes out as it comes."""
        return not self._shown.bare and not self._shown.logprobs

    @property
    def has_calls(self) -> bool:
        """Calls wait for being whole."""
        return bool(self._calls)

    def of(self, delta: Delta) -> list[Chunk]:
        """The chunks of one delta."""
        if isinstance(delta, ToolCallDelta):
            return self._chunks(self._calls.add(delta))
        waiting = self._chunks(self._calls.ready(part_ended=isinstance(delta, PartEnd)))
        if isinstance(delta, TextDelta):
            return [*waiting, *self._text(delta)]
        if isinstance(delta, ThinkingDelta):
            return [*waiting, *self._chunks(self._thinking(delta))]
        return [*waiting, *self._rare(delta)]

    def beat(self) -> Chunk:
        """A sign of life, which says nothing."""
        return self.chunk([{"text": ""}])

    def end(self, finish: Finish) -> Chunk:
        """The last chunk, without what we add to it. Raises `NothingAnswered`."""
        parts: list[Part] = self._calls.rest(finish)
        if self._held:
            parts.insert(0, {"text": unquoted("".join(self._held))})
        own = finish.extras if finish.wire == WIRE else {}
        beside = {name: value for name, value in own.items() if name not in _NOT_OF_CANDIDATES}
        sources = self._sources.metadata()
        if sources and "groundingMetadata" not in beside:
            beside["groundingMetadata"] = sources
        reason = "SAFETY" if self._refused and finish.reason == "stop" else finish_reason(finish)
        last = self.chunk(parts or [{"text": ""}], finishReason=reason, **beside)
        usage = usage_metadata(finish)
        if usage:
            last["usageMetadata"] = usage
        return last | {name: own[name] for name in _OF_CHUNKS & own.keys()}

    def chunk(self, parts: list[Part], **candidate: Any) -> Chunk:
        """One chunk with these parts."""
        content = {"parts": parts, "role": "model"}
        return {
            "candidates": [{"content": content, "index": 0, **candidate}],
            "modelVersion": self.model,
            "responseId": self.response_id,
        }

    def note_text(self, text: str) -> None:
        """Text that was written elsewhere."""
        self._sources.wrote(text)

    def _chunks(self, parts: list[Part]) -> list[Chunk]:
        return [self.chunk([part]) for part in parts]

    def _text(self, delta: TextDelta) -> list[Chunk]:
        if self._shown.bare:
            self._held.append(delta.text)
            return []
        self._sources.wrote(delta.text)
        logprobs = self._logprobs(delta.logprobs)
        if not delta.text and not logprobs:
            return []
        return [self.chunk([{"text": delta.text}], **logprobs)]

    def _logprobs(self, logprobs: tuple[TokenLogprob, ...]) -> dict[str, Any]:
        if not logprobs or not self._shown.logprobs:
            return {}
        result: dict[str, Any] = {
            "chosenCandidates": [_token(item.token, item.logprob) for item in logprobs]
        }
        top = self._shown.top_logprobs
        if top:
            result["topCandidates"] = [
                {"candidates": [_token(*other) for other in item.top[:top]]} for item in logprobs
            ]
        return {"logprobsResult": result}

    def _thinking(self, delta: ThinkingDelta) -> list[Part]:
        """A signature of Gemini may stand on text; the reasoning itself is shown if asked for."""
        signature = signature_shown(self.model.partition("/")[0], delta)
        signed = {"thoughtSignature": signature} if signature else {}
        if self._shown.thoughts and (delta.text or not is_gemini_signed(delta.signature)):
            return [{"text": delta.text, "thought": True, **signed}] if delta.text or signed else []
        return [{"text": "", **signed}] if is_gemini_signed(delta.signature) else []

    def _rare(self, delta: Delta) -> list[Chunk]:
        if isinstance(delta, RefusalDelta):
            self._refused = True
            self._sources.wrote(delta.text)
            return self._chunks([{"text": delta.text}]) if delta.text else []
        if isinstance(delta, CitationDelta):
            self._sources.add(delta.citation)
        elif isinstance(delta, PartEnd):
            self._sources.part_ended()
        elif isinstance(delta, OpaqueDelta):
            if delta.wire == WIRE:
                return self._chunks([delta.value])
            self.omitted.append(str(delta.value.get("type") or delta.wire))
        return []


def unquoted(text: str) -> str:
    """The word in a JSON text; what is none stays as it is."""
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return text


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logProbability": logprob}
