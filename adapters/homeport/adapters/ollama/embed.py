"""Writes `Inputs` as the body of Ollama's `/api/embed`, and reads its answer."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.base import Embedded, Inputs, Usage
from homeport.adapters.http.upstream_errors import Garbage
from homeport.adapters.ollama.write import WIRE, NotWritable
from homeport.policies.model import ModelCard


class _Answer(msgspec.Struct):
    embeddings: list[list[float]]
    model: str = ""
    prompt_eval_count: int | None = None


def write(inputs: Inputs, card: ModelCard, *, keep_alive_s: int | None) -> dict[str, Any]:
    """The body; raises `NotWritable` for token ids."""
    if not all(isinstance(item, str) for item in inputs.inputs):
        raise NotWritable("Ollama embeds texts, not tokens")
    own_wire = inputs.wire == WIRE
    carried = inputs.extras if own_wire else {}
    options = dict(carried.get("options") or {})
    if card.context and card.place != "cloud":
        options["num_ctx"] = card.context
    body: dict[str, Any] = {
        "model": card.name,
        "input": list(inputs.inputs),
        # Only a caller of this wire expects a long text to be cut.
        "truncate": carried.get("truncate", own_wire),
    }
    if options:
        body["options"] = options
    if inputs.dimensions is not None:
        body["dimensions"] = inputs.dimensions
    if "keep_alive" in carried:
        body["keep_alive"] = carried["keep_alive"]
    elif keep_alive_s is not None and card.place != "cloud":
        body["keep_alive"] = f"{keep_alive_s}s"
    return body


def read(answer: Any, count: int) -> Embedded:
    """The vectors of so many inputs; raises `Garbage`."""
    try:
        said = msgspec.convert(answer, _Answer)
    except msgspec.ValidationError as error:
        raise Garbage("not vectors") from error
    if len(said.embeddings) != count or not all(said.embeddings):
        raise Garbage("not one vector for each input")
    usage = Usage(
        input=said.prompt_eval_count, output=0, certain=said.prompt_eval_count is not None
    )
    return Embedded(tuple(map(tuple, said.embeddings)), usage, said.model)
