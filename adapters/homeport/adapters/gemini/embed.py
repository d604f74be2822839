"""Writes texts as Gemini's `batchEmbedContents`, and reads the vectors that come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from homeport.adapters.base import Inputs, Usage
from homeport.adapters.gemini.contents import NotWritable
from homeport.adapters.gemini.usage import read_usage
from homeport.adapters.http.upstream_errors import Garbage

__all__ = ["Garbage", "bodies", "together", "usage_of", "vectors_of"]

MOST_TEXTS: Final = 100
"""As many as Gemini takes at once."""
_FIELDS: Final = {
    "taskType": "taskType",
    "task_type": "taskType",
    "title": "title",
    "autoTruncate": "autoTruncate",
}


def bodies(inputs: Inputs, model: str) -> Iterator[tuple[dict[str, Any], int]]:
    """A request for each batch of texts, and how many are in it. Raises `NotWritable`."""
    texts = [text for text in inputs.inputs if isinstance(text, str)]
    if len(texts) != len(inputs.inputs):
        raise NotWritable("it takes text, and no tokens of another model")
    settings: dict[str, Any] = {
        _FIELDS[name]: value for name, value in inputs.extras.items() if name in _FIELDS
    }
    if inputs.dimensions is not None:
        settings["outputDimensionality"] = inputs.dimensions
    for start in range(0, len(texts), MOST_TEXTS):
        batch = texts[start : start + MOST_TEXTS]
        requests = [
            {"model": f"models/{model}", "content": {"parts": [{"text": text}]}, **settings}
            for text in batch
        ]
        yield {"requests": requests}, len(batch)


def vectors_of(answer: Any, count: int) -> list[tuple[float, ...]]:
    """The vectors, in order. Raises `Garbage` where one is missing or is no vector."""
    rows = answer.get("embeddings") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        raise Garbage("not one embedding for each text")
    vectors = [row.get("values") if isinstance(row, dict) else None for row in rows]
    found = []
    for vector in vectors:
        if not isinstance(vector, list) or not vector or not all(map(_is_number, vector)):
            raise Garbage("an embedding is no list of numbers")
        found.append(tuple(float(value) for value in vector))
    return found


def usage_of(answer: dict[str, Any]) -> Usage:
    """What Gemini says it read; older models do not say."""
    usage = read_usage(answer.get("usageMetadata"))
    known = usage.input is not None
    return Usage(input=usage.input, output=0 if known else None, certain=known, extras=usage.extras)


def together(usages: Sequence[Usage]) -> Usage:
    """The sum of several; unknown where one of them is."""
    known = [usage.input for usage in usages if usage.input is not None]
    if not usages or len(known) < len(usages):
        return Usage(certain=False)
    if len(usages) == 1:
        return usages[0]
    rows = [usage.extras for usage in usages]
    return Usage(input=sum(known), output=0, extras={"batches": rows})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
