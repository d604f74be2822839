"""A message of an answer: its parts are text or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from homeport.adapters.base import Citation, TokenLogprob
from homeport.daemon.api.responses.request import WIRE


class MessageItem:
    """One message as it grows. `item` is what the wire shows of it."""

    def __init__(self, index: int, name: str, emit: Callable[..., None]) -> None:
        self.item: dict[str, Any] = {
            "id": name,
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        self.index = index
        self._emit = emit
        self._part: dict[str, Any] | None = None
        self._written: list[str] = []

    def resume(self, item: dict[str, Any], parts: list[Any], text: str | None) -> None:
        """Go on from a message that was begun; `text` is its open part's, None where none is."""
        self.item = item
        item["content"] = list(parts)
        if text is not None:
            self._part = _text_part()
            item["content"].append(self._part)
            self._written = [text]

    def add_text(self, text: str, logprobs: Sequence[TokenLogprob], top: int) -> None:
        """More of the text."""
        part = self._part_of("output_text")
        shown = [_logprob(token, top) for token in logprobs]
        part["logprobs"] += shown
        self._written.append(text)
        self._tell("output_text.delta", delta=text, logprobs=shown)

    def add_refusal(self, text: str) -> None:
        """More of a refusal."""
        if text:
            self._part_of("refusal")
            self._written.append(text)
            self._tell("refusal.delta", delta=text)

    def cite(self, citation: Citation) -> None:
        """A source of the text part."""
        part = self._part_of("output_text")
        annotation = annotation_of(citation, sum(map(len, self._written)))
        part["annotations"].append(annotation)
        self._tell(
            "output_text.annotation.added",
            annotation_index=len(part["annotations"]) - 1,
            annotation=annotation,
        )

    def end_part(self) -> None:
        """The open part is whole."""
        part, text = self._part, "".join(self._written)
        if part is None:
            return
        if part["type"] == "refusal":
            part["refusal"] = text
            self._tell("refusal.done", refusal=text)
        else:
            part["text"] = text
            self._tell("output_text.done", text=text, logprobs=part["logprobs"])
        self._tell("content_part.done", part=part)
        self._part, self._written = None, []

    def close(self, status: str) -> None:
        """Nothing more comes."""
        self.end_part()
        self.item["status"] = status
        self._emit("output_item.done", output_index=self.index, item=self.item)

    def _part_of(self, kind: str) -> dict[str, Any]:
        if self._part is not None and self._part["type"] != kind:
            self.end_part()
        if self._part is None:
            self._part = (
                _text_part() if kind == "output_text" else {"type": "refusal", "refusal": ""}
            )
            self.item["content"].append(self._part)
            self._tell("content_part.added", part=self._part)
        return self._part

    def _tell(self, event: str, **fields: Any) -> None:
        self._emit(
            event,
            item_id=self.item["id"],
            output_index=self.index,
            content_index=len(self.item["content"]) - 1,
            **fields,
        )


def _text_part() -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}


def annotation_of(citation: Citation, at: int) -> dict[str, Any]:
    """A source in the wire's words; `at` is where it was given, where it names no stretch."""
    if citation.wire == WIRE and citation.extras:
        return citation.extras
    start = at if citation.start is None else citation.start
    if citation.url:
        return {
            "type": "url_citation",
            "url": citation.url,
            "title": citation.title,
            "start_index": start,
            "end_index": at if citation.end is None else citation.end,
        }
    return {"type": "file_citation", "file_id": "", "filename": citation.title, "index": start}


def _logprob(token: TokenLogprob, top: int) -> dict[str, Any]:
    others = [_one(text, logprob) for text, logprob in token.top[:top]]
    return {**_one(token.token, token.logprob), "top_logprobs": others}


def _one(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}
