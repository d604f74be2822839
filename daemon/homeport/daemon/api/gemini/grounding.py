"""Citations of any provider as Gemini's wire tells the sources of an answer."""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import Citation
from homeport.adapters.gemini.read import WIRE


class Sources:
    """Gathers the citations of one answer. Places are counted in bytes on this wire."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._before = 0
        """Characters before the text part that is being written."""
        self._length = 0
        self._cited: list[tuple[Citation, int]] = []

    def wrote(self, text: str) -> None:
        """More of the answer."""
        self._text.append(text)
        self._length += len(text)

    def part_ended(self) -> None:
        """Places are counted anew from here."""
        self._before = self._length

    def add(self, citation: Citation) -> None:
        """One source more."""
        self._cited.append((citation, self._before))

    def metadata(self) -> dict[str, Any]:
        """`groundingMetadata`; empty where nothing was cited."""
        if not self._cited:
            return {}
        text = "".join(self._text)
        chunks: list[dict[str, Any]] = []
        supports: list[dict[str, Any]] = []
        for citation, before in self._cited:
            chunk = _chunk(citation)
            if chunk not in chunks:
                chunks.append(chunk)
            segment = _segment(citation, text, before)
            if segment:
                index = chunks.index(chunk)
                supports.append({"segment": segment, "groundingChunkIndices": [index]})
        return {"groundingChunks": chunks, **({"groundingSupports": supports} if supports else {})}


def _chunk(citation: Citation) -> dict[str, Any]:
    own = citation.extras.get("groundingChunk") if citation.wire == WIRE else None
    if isinstance(own, dict):
        return own
    return {"web": {"uri": citation.url, "title": citation.title or citation.url}}


def _segment(citation: Citation, text: str, before: int) -> dict[str, Any]:
    if citation.start is None or citation.end is None:
        return {}
    start, end = before + citation.start, before + citation.end
    cited = text[start:end]
    if not cited:
        return {}
    first = len(text[:start].encode("utf-8", "replace"))
    last = first + len(cited.encode("utf-8", "replace"))
    return {"startIndex": first, "endIndex": last, "text": cited}
