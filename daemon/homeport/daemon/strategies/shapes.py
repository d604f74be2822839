"""The shape that the JSON of an answer has to have, as the prompt asks for it."""

from __future__ import annotations

from homeport.adapters.base import ResponseFormat
from homeport.analysis.checks.schema import shape_of_schema
from homeport.analysis.checks.shape import Shape


def shape_of(wanted: ResponseFormat) -> Shape | None:
    """What says whether a value fits, without a word of it; None where no shape was asked for."""
    if wanted.kind == "text":
        return None
    if wanted.schema is None:
        return lambda value: "" if isinstance(value, dict) else "It is JSON and no object."
    return shape_of_schema(wanted.schema)
