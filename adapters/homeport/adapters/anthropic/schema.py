"""Fits a JSON schema to what structured answers of Anthropic's models can be held to.

Objects are closed, and bounds that cannot be enforced are told to the model in
the description instead.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

_TOLD: Final = frozenset(
    {
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    }
)
"""Keywords that are refused."""
_NAMED: Final = ("properties", "$defs", "definitions")
_LISTED: Final = ("anyOf", "oneOf", "allOf")
_MAX_MIN_ITEMS: Final = 1


def enforceable(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, as far as it can be enforced; the rest is in its descriptions."""
    told = {name: schema[name] for name in schema if _is_told(name, schema[name])}
    fitted = {name: _fitted(name, value) for name, value in schema.items() if name not in told}
    if "oneOf" in fitted:
        fitted.setdefault("anyOf", fitted.pop("oneOf"))
    if told:
        note = ", ".join(
            f"{name}: {msgspec.json.encode(value).decode()}" for name, value in told.items()
        )
        before = str(fitted.get("description") or "")
        fitted["description"] = f"{before} {{{note}}}".strip()
    if fitted.get("type") == "object" or "properties" in fitted:
        fitted["additionalProperties"] = False
    return fitted


def is_object(schema: dict[str, Any]) -> bool:
    """Whether what it describes is an object, as the input of a tool has to be."""
    return schema.get("type") == "object" or "properties" in schema


def _is_told(name: str, value: Any) -> bool:
    if name == "minItems":
        return not isinstance(value, int) or value > _MAX_MIN_ITEMS
    return name in _TOLD and not isinstance(value, dict)


def _fitted(name: str, value: Any) -> Any:
    if name in _NAMED and isinstance(value, dict):
        return {key: _one(inner) for key, inner in value.items()}
    if name in _LISTED and isinstance(value, list):
        return [_one(inner) for inner in value]
    return _one(value) if name == "items" else value


def _one(value: Any) -> Any:
    return enforceable(value) if isinstance(value, dict) else value
