"""From deltas to one `chat.completion` object of OpenAI's wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    PartEnd,
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
from homeport.daemon.api.anthropic.usage import with_dropped
from homeport.daemon.api.openai.chat_messages import WIRE
from homeport.daemon.api.openai.chat_write import (
    annotation,
    called,
    logprobs_object,
    reasoning_detail,
    usage_as_told,
)

_OURS = frozenset({"id", "object", "created", "model", "choices", "usage", "homeport", "dropped"})
_BESIDE = frozenset({"message", "choice"})


class Whole:
    """An answer that is put together before it is sent.

    What its server said in fields without a noun is said again under the same names.
    """

    def __init__(self, knobs: Sequence[str] = ()) -> None:
        self._knobs = knobs
        """What was asked in words that only this wire has."""
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._refusal: list[str] = []
        self._block: list[str] = []
        """Reasoning behind the last signature: the next one signs it."""
        self._details: list[dict[str, Any]] = []
        self._sources: list[dict[str, Any]] = []
        self._logprobs: list[TokenLogprob] = []
        self._calls: dict[int, ToolCallDelta] = {}
        self._arguments: dict[int, list[str]] = {}
        self.finish = Finish(reason="stop")

    def add(self, delta: Delta) -> None:
        """Take one delta."""
        if isinstance(delta, TextDelta):
            self._text.append(delta.text)
            self._logprobs += delta.logprobs
        elif isinstance(delta, ThinkingDelta):
            self._add_thinking(delta)
        elif isinstance(delta, ToolCallDelta):
            self._calls.setdefault(delta.index, delta)
            self._arguments.setdefault(delta.index, []).append(delta.arguments)
        elif isinstance(delta, RefusalDelta):
            self._refusal.append(delta.text)
        elif isinstance(delta, PartEnd):
            self._block = []
        elif isinstance(delta, CitationDelta):
            self._sources.append(annotation(delta.citation))
        elif isinstance(delta, Wired):
            for spoken in delta.deltas:
                self.add(spoken)
        elif isinstance(delta, Finish):
            self.finish = delta if delta.wire == WIRE else with_dropped(delta, self._knobs)

    def _add_thinking(self, delta: ThinkingDelta) -> None:
        self._thinking.append(delta.text)
        self._block.append(delta.text)
        detail = reasoning_detail(delta, "".join(self._block) if delta.signature else "")
        if detail:
            self._details.append(detail)
        if delta.signature:
            self._block = []

    def object(self, prompt: Prompt, view: RequestView, created: int) -> dict[str, Any]:
        """The whole answer."""
        beside = self.finish.extras if self.finish.wire == WIRE else {}
        choice = {
            "index": 0,
            "message": self._message() | dict(beside.get("message") or {}),
            "logprobs": self._told_logprobs(prompt),
            "finish_reason": self.finish.reason,
        }
        others = dict(beside.get("choice") or {})
        others.pop("logprobs", None)
        return {
            "id": f"chatcmpl-{view.id}",
            "object": "chat.completion",
            "created": created,
            "model": view.model,
            "choices": [choice | others],
            "usage": usage_as_told(self.finish),
            **{n: v for n, v in beside.items() if n not in _OURS and n not in _BESIDE},
            "homeport": homeport_object(view, self.finish),
        }

    def _told_logprobs(self, prompt: Prompt) -> dict[str, Any] | None:
        if not prompt.sampling.logprobs:
            return None
        raw = (self.finish.extras.get("choice") or {}).get("logprobs")
        if self.finish.wire == WIRE and isinstance(raw, dict):
            return raw
        return logprobs_object(tuple(self._logprobs), prompt.sampling.top_logprobs)

    def _message(self) -> dict[str, Any]:
        text, refusal = "".join(self._text), "".join(self._refusal)
        silent = not text and (self._calls or refusal)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if silent else text,
            "refusal": refusal or None,
        }
        if self._calls:
            message["tool_calls"] = [self._call(index) for index in sorted(self._calls)]
        if thinking := "".join(self._thinking):
            message["reasoning_content"] = thinking
        if self._details:
            message["reasoning_details"] = self._details
        if self._sources:
            message["annotations"] = self._sources
        return message

    def _call(self, index: int) -> dict[str, Any]:
        first, arguments = self._calls[index], "".join(self._arguments[index])
        kind = "custom" if first.extras.get("type") == "custom" else "function"
        extras = first.extras if self.finish.wire == WIRE else {}
        beside = {name: value for name, value in extras.items() if name != "type"}
        call = {"id": first.id, "type": kind, **called(kind, first.name, arguments)}
        return beside | call
