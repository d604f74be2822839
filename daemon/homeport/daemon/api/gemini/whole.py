"""Gathers the chunks of a Gemini stream into the one answer they tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from homeport.adapters.base import Delta, Finish, StatusDelta, Wired
from homeport.adapters.gemini.read import WIRE, merged
from homeport.adapters.http.sse_raw import RawEventReader
from homeport.client.wire import RequestView
from homeport.daemon.api.answer_marks import homeport_object
from homeport.daemon.api.gemini.chunks import AnswerChunks, Chunk, Shown

_OF_TEXT = frozenset({"text", "thought", "thoughtSignature"})
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class WholeAnswer:
    """An answer as far as its chunks have come."""

    def __init__(self) -> None:
        self._chunk: Chunk = {}
        self._candidate: dict[str, Any] = {}
        self._parts: list[dict[str, Any]] = []

    @property
    def response_id(self) -> str:
        """The id that the first chunk gave."""
        return str(self._chunk.get("responseId") or "")

    def apply(self, chunk: Chunk) -> None:
        """One chunk more."""
        known = {"candidates", "responseId", "usageMetadata"}
        for name in chunk.keys() - known:
            self._chunk[name] = merged(self._chunk.get(name), chunk[name])
        if chunk.get("usageMetadata"):
            self._chunk["usageMetadata"] = chunk["usageMetadata"]
        self._chunk.setdefault("responseId", chunk.get("responseId") or "")
        for candidate in chunk.get("candidates") or ():
            if candidate.get("index", 0) == 0:
                self._grow(candidate)

    def object(self) -> dict[str, Any]:
        """The answer."""
        parts = [part for part in self._parts if part != {"text": ""}] or self._parts[:1]
        content = {"parts": parts, "role": "model"}
        candidate = {"content": content, **self._candidate, "index": 0}
        return {"candidates": [candidate], **self._chunk}

    def _grow(self, candidate: dict[str, Any]) -> None:
        for part in (candidate.get("content") or {}).get("parts") or ():
            self._add(part)
        for name, value in candidate.items():
            if name == "logprobsResult":
                self._candidate[name] = _joined(self._candidate.get(name) or {}, value)
            elif name not in ("content", "index"):
                self._candidate[name] = merged(self._candidate.get(name), value)

    def _add(self, part: dict[str, Any]) -> None:
        """Pieces of one text become one; a signature ends it."""
        last = self._parts[-1] if self._parts else None
        goes_on = (
            last is not None
            and part.keys() <= _OF_TEXT
            and last.keys() <= _OF_TEXT
            and bool(part.get("thought")) == bool(last.get("thought"))
            and "thoughtSignature" not in last
        )
        if last is not None and goes_on:
            text = (last.get("text") or "") + (part.get("text") or "")
            self._parts[-1] = {**last, **part, "text": text}
        else:
            self._parts.append(part)


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Probabilities of tokens, one after the other: the same token may come twice."""
    lists = {name: value for name, value in new.items() if isinstance(value, list)}
    return {**old, **new, **{name: [*old.get(name, []), *value] for name, value in lists.items()}}


class Gathered:
    """The answer to one prompt, gathered from its deltas."""

    def __init__(self, shown: Shown, left_out: Sequence[str] = ()) -> None:
        self._shown = shown
        self._left_out = left_out
        """Tools that the prompt was answered without."""
        self._whole = WholeAnswer()
        self._reader = RawEventReader()
        self._made: AnswerChunks | None = None
        self.finish = Finish(reason="stop")

    def add(self, delta: Delta, view: RequestView) -> None:
        """Take one delta; `view` is the request as it stands."""
        if isinstance(delta, StatusDelta):
            return
        if isinstance(delta, Finish):
            self.finish = self._shown.named(delta, self._left_out)
        elif isinstance(delta, Wired) and delta.wire == WIRE and self._made is None:
            self._apply_raw(delta.data)
        elif isinstance(delta, Wired):
            for spoken in delta.deltas:
                self.add(spoken, view)
        else:
            self._apply(self._chunks(view).of(delta))

    def object(self, view: RequestView) -> dict[str, Any]:
        """The whole answer. Only after a `Finish`; raises `NothingAnswered`."""
        finish = self.finish
        if finish.raw and finish.wire == WIRE and self._made is None:
            self._apply_raw(finish.raw)
        else:
            self._apply([self._chunks(view).end(finish)])
        homeport = homeport_object(view, finish)
        if self._made is not None and self._made.omitted:
            homeport = homeport | {"omitted": self._made.omitted}
        return self._whole.object() | {"homeport": homeport}

    def _chunks(self, view: RequestView) -> AnswerChunks:
        if self._made is None:
            self._made = AnswerChunks(self._whole.response_id or view.id, self._shown)
        self._made.model = view.model
        return self._made

    def _apply(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            self._whole.apply(chunk)

    def _apply_raw(self, data: bytes) -> None:
        for event in self._reader.feed(data):
            if event.data:
                self._whole.apply(_decode(event.data))
