"""Fits a JSON schema into the part of JSON schema that Gemini reads.

What Gemini has no keyword for is said in words in the description, so that the
model still hears of it: nothing of a schema is lost without a trace.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

_READ: Final = frozenset(
    {"$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items"}
    | {"prefixItems", "minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties"}
    | {"additionalProperties", "required", "propertyOrdering", "default", "pattern", "minLength"}
    | {"maxLength", "nullable", "minProperties", "maxProperties", "definitions", "allOf"}
)
_FOR_TOOLS_OF_PEOPLE: Final = frozenset({"$schema", "$comment", "$vocabulary", "discriminator"})
"""Say nothing about the values."""
_OF_SCHEMAS: Final = ("$defs", "definitions", "properties")
_LISTS_OF_SCHEMAS: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMAS: Final = ("items", "additionalProperties")


def fitted(schema: Any) -> Any:
    """The schema in Gemini's words; what is no object (`true`, `false`) stays as it is."""
    if not isinstance(schema, dict):
        return schema
    kept = {name: value for name, value in schema.items() if name in _READ}
    said = [
        f"{name}: {msgspec.json.encode(value).decode()}"
        for name, value in schema.items()
        if name not in _READ and name not in _FOR_TOOLS_OF_PEOPLE and name != "const"
    ]
    if "const" in schema:
        kept["enum"] = [schema["const"]]
    for name in _OF_SCHEMAS:
        if isinstance(kept.get(name), dict):
            kept[name] = {key: fitted(value) for key, value in kept[name].items()}
    for name in _LISTS_OF_SCHEMAS:
        if isinstance(kept.get(name), list):
            kept[name] = [fitted(value) for value in kept[name]]
    for name in _SCHEMAS:
        if name in kept:
            kept[name] = fitted(kept[name])
    return _beside_reference(_without_all_of(_described(kept, said)))


def _described(schema: dict[str, Any], said: list[str]) -> dict[str, Any]:
    if not said:
        return schema
    words = "; ".join(said)
    told = schema.get("description")
    return schema | {"description": f"{told} ({words})" if told else words}


def _without_all_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Gemini skips `allOf`, so its parts are put together where they do not contradict."""
    parts = schema.get("allOf")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        return schema
    merged = {name: value for name, value in schema.items() if name != "allOf"}
    for part in parts:
        for name, value in part.items():
            if name == "properties" and isinstance(value, dict):
                merged[name] = merged.get(name, {}) | value
            elif name == "required" and isinstance(value, list):
                merged[name] = list(dict.fromkeys([*merged.get(name, []), *value]))
            elif merged.setdefault(name, value) != value:
                return schema
    return merged


def _beside_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """Gemini takes no other keyword beside a `$ref`, so the reference moves one level in."""
    if "$ref" not in schema or all(name.startswith("$") for name in schema):
        return schema
    rest = {name: value for name, value in schema.items() if name != "$ref"}
    return {**rest, "anyOf": [{"$ref": schema["$ref"]}, *rest.get("anyOf", [])]}
