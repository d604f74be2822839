"""Whether a value fits the JSON schema that a prompt came with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from homeport.adapters.base import ResponseFormat
from homeport.adapters.mending.tool_arguments import Misfit, fit
from homeport.analysis.checks.shape import Shape

MISFIT = "It is JSON and does not fit its schema."
_SHARED = ("$defs", "definitions")


def shape_of(wanted: ResponseFormat) -> Shape | None:
    """What says whether a value fits, without a word of the value or of the schema; None where
    no shape was asked for."""
    schema = wanted.schema
    if wanted.kind == "text":
        return None
    if schema is None:
        return lambda value: "" if isinstance(value, dict) else "It is JSON and no object."
    return lambda value: "" if fits(value, schema) else MISFIT


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """As it stands: `"3"` is not the number 3."""
    whole = {
        **{name: schema[name] for name in _SHARED if name in schema},
        "type": "object",
        "properties": {"value": schema},
        "required": ["value"],
    }
    try:
        fitted = fit({"value": value}, whole)["value"]
    except Misfit:
        return False
    return json.dumps(fitted, sort_keys=True) == json.dumps(value, sort_keys=True)
