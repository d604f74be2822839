"""Reads what a Gemini answer is grounded in as citations of its text.

Gemini counts places in bytes of UTF-8; ours count characters.
"""

from __future__ import annotations

from typing import Any, Final

from homeport.adapters.base import Citation, CitationDelta, Delta

_SOURCES: Final = ("web", "retrievedContext", "maps", "image")


class Cited:
    """Collects the citations of one answer, each told once however often it comes."""

    def __init__(self) -> None:
        self.text = ""
        """The answer so far."""
        self._told: list[Citation] = []

    def read(self, candidate: dict[str, Any]) -> list[Delta]:
        """The citations of a candidate that were not told before."""
        found = self._grounded(_table(candidate.get("groundingMetadata")))
        found += self._quoted(_table(candidate.get("citationMetadata")))
        fresh = [citation for citation in found if citation not in self._told]
        self._told += fresh
        return [CitationDelta(citation) for citation in fresh]

    def _grounded(self, grounding: dict[str, Any]) -> list[Citation]:
        chunks = _rows(grounding.get("groundingChunks"))
        found, used = [], set()
        for support in _rows(grounding.get("groundingSupports")):
            segment = _table(support.get("segment"))
            for index in support.get("groundingChunkIndices") or ():
                if isinstance(index, int) and 0 <= index < len(chunks):
                    used.add(index)
                    found.append(self._citation(chunks[index], segment))
        found += [
            self._citation(chunk, {}) for index, chunk in enumerate(chunks) if index not in used
        ]
        return found

    def _citation(self, chunk: dict[str, Any], segment: dict[str, Any]) -> Citation:
        source = next((_table(chunk[name]) for name in _SOURCES if name in chunk), {})
        quote = str(segment.get("text") or "")
        start, end = self._place(segment, quote)
        return Citation(
            url=str(source.get("uri") or source.get("sourceUri") or ""),
            title=str(source.get("title") or source.get("fileSearchStore") or ""),
            quote=quote,
            start=start,
            end=end,
            wire="gemini",
            extras={"groundingChunk": chunk},
        )

    def _quoted(self, metadata: dict[str, Any]) -> list[Citation]:
        rows = _rows(metadata.get("citationSources") or metadata.get("citations"))
        found = []
        for row in rows:
            start, end = self._place(row, "")
            quote = self.text[start:end] if start is not None else ""
            found.append(
                Citation(
                    url=str(row.get("uri") or ""),
                    title=str(row.get("title") or ""),
                    quote=quote,
                    start=start,
                    end=end,
                    wire="gemini",
                    extras={"citationSource": row},
                )
            )
        return found

    def _place(self, segment: dict[str, Any], quote: str) -> tuple[int | None, int | None]:
        """First character and one past the last; None where the text does not bear it out."""
        end = segment.get("endIndex")
        if isinstance(end, int):
            start = segment.get("startIndex") or 0
            data = self.text.encode("utf-8", "replace")
            first = len(data[:start].decode("utf-8", "ignore"))
            last = len(data[:end].decode("utf-8", "ignore"))
            if not quote or self.text[first:last] == quote:
                return first, last
        first = self.text.find(quote) if quote else -1
        return (first, first + len(quote)) if first >= 0 else (None, None)


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
