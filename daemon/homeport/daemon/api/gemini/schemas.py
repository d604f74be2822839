"""From Google's schemas, a part of OpenAPI with types in capitals, to JSON schemas."""

from __future__ import annotations

from typing import Any

_COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties")
_TABLES = ("properties", "$defs", "defs")
_OF_GOOGLE = frozenset({"nullable", "propertyOrdering", "property_ordering"})
_SNAKE = {
    "any_of": "anyOf",
    "one_of": "oneOf",
    "all_of": "allOf",
    "prefix_items": "prefixItems",
    "min_items": "minItems",
    "max_items": "maxItems",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_properties": "minProperties",
    "max_properties": "maxProperties",
    "additional_properties": "additionalProperties",
}


def json_schema_of(schema: Any) -> Any:
    """The same in JSON schema; what is no object stays as it is."""
    if not isinstance(schema, dict):
        return schema
    given = {name: value for name, value in schema.items() if value is not None}
    found: dict[str, Any] = {_SNAKE.get(name, name): value for name, value in given.items()}
    nullable = found.get("nullable") is True
    found = {name: _inside(name, value) for name, value in found.items() if name not in _OF_GOOGLE}
    _lower_type(found)
    if found.get("format") == "enum":
        del found["format"]
    return _or_null(found) if nullable else found


def _lower_type(schema: dict[str, Any]) -> None:
    kind = schema.get("type")
    if isinstance(kind, str):
        if kind.upper() == "TYPE_UNSPECIFIED":
            del schema["type"]
        else:
            schema["type"] = kind.lower()
    elif isinstance(kind, list):
        schema["type"] = [each.lower() if isinstance(each, str) else each for each in kind]


def _inside(name: str, value: Any) -> Any:
    if name in _TABLES and isinstance(value, dict):
        return {key: json_schema_of(inner) for key, inner in value.items()}
    if name in _LISTS and isinstance(value, list):
        return [json_schema_of(inner) for inner in value]
    if name in _SINGLE:
        return json_schema_of(value)
    # 64-bit numbers are written as texts in Google's JSON.
    is_number = name in _COUNTS and isinstance(value, str) and value.isascii() and value.isdigit()
    return int(value) if is_number and len(value) < 20 else value


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    if isinstance(schema.get("anyOf"), list):
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    return schema
