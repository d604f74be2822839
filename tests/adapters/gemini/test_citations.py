"""Sources of an answer, wherever Gemini writes them."""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import Citation, CitationDelta
from homeport.adapters.gemini.citations import Cited

WEB = {"web": {"uri": "https://a.example", "title": "A"}}


def told(text: str, candidate: dict[str, Any]) -> list[Citation]:
    cited = Cited()
    cited.text = text
    deltas = cited.read(candidate)
    assert cited.read(candidate) == []
    return [delta.citation for delta in deltas if isinstance(delta, CitationDelta)]


def grounded(segment: dict[str, Any], *chunks: dict[str, Any]) -> dict[str, Any]:
    support = {"segment": segment, "groundingChunkIndices": [0, 7]}
    return {"groundingMetadata": {"groundingChunks": list(chunks), "groundingSupports": [support]}}


def test_bytes_become_characters() -> None:
    (citation,) = told(
        "Grüße. Ja.", grounded({"startIndex": 9, "endIndex": 12, "text": "Ja."}, WEB)
    )
    assert citation == Citation(
        "https://a.example", "A", "Ja.", 7, 10, "gemini", {"groundingChunk": WEB}
    )


def test_a_place_that_does_not_bear_out_its_quote_is_looked_for() -> None:
    (found,) = told("one two", grounded({"startIndex": 0, "endIndex": 3, "text": "two"}, WEB))
    assert (found.start, found.end) == (4, 7)
    (lost,) = told("one two", grounded({"endIndex": 3, "text": "three"}, WEB))
    assert (lost.start, lost.end) == (None, None)


def test_a_source_without_a_place_is_told_too() -> None:
    store = {"retrievedContext": {"fileSearchStore": "stores/x", "text": "t"}}
    first, second = told("one", grounded({"endIndex": 3, "text": "one"}, WEB, store))
    assert (first.start, first.end) == (0, 3)
    assert (second.title, second.start) == ("stores/x", None)


def test_recited_text() -> None:
    source = {"startIndex": 0, "endIndex": 3, "uri": "https://b.example", "license": "MIT"}
    (citation,) = told("one two", {"citationMetadata": {"citationSources": [source]}})
    assert (citation.url, citation.quote) == ("https://b.example", "one")
    assert citation.extras == {"citationSource": source}


def test_nonsense_is_no_source() -> None:
    assert told("x", {"groundingMetadata": {"groundingChunks": "x"}, "citationMetadata": 1}) == []
