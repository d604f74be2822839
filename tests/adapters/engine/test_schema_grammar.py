"""JSON schemas as grammars: what they let through is valid and fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.engine.schema_grammar import ANY_OBJECT, UnsupportedSchema, grammar_for
from support.grammars import Writer

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "tags": {"type": "array", "items": {"enum": ["a", 'b"\\', 3, None]}, "maxItems": 3},
        "born": {"type": "string", "format": "date"},
        "link": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/link"}]},
    },
    "required": ["name", "tags"],
    "$defs": {
        "link": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/link"}, {"type": "null"}]}},
            "required": ["next"],
        }
    },
}


def written(schema: Any, seed: int) -> Any:
    """A value that the grammar of a schema accepts."""
    return json.loads(Writer(grammar_for(json.dumps(schema).encode()), seed).text())


def refused(schema: Any) -> str:
    with pytest.raises(UnsupportedSchema) as caught:
        grammar_for(json.dumps(schema).encode())
    return str(caught.value)


@given(seed=st.integers(0, 10_000))
def test_whatever_fits_the_grammar_fits_the_schema(seed: int) -> None:
    person = written(PERSON, seed)
    assert {"name", "tags"} <= set(person) <= set(PERSON["properties"])
    assert list(person) == [name for name in PERSON["properties"] if name in person]
    assert 1 <= len(person["name"]) <= 5
    assert 0 <= person.get("age", 0) <= 120
    assert 0 <= person.get("score", 0) <= 1
    assert len(person["tags"]) <= 3
    assert all(tag in ("a", 'b"\\', 3, None) for tag in person["tags"])


@given(seed=st.integers(0, 10_000))
def test_json_mode_gives_objects(seed: int) -> None:
    assert isinstance(json.loads(Writer(grammar_for(ANY_OBJECT), seed).text()), dict)


optional = {"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}}
KINDS: dict[str, tuple[Any, Any]] = {
    "anything": (True, lambda value: True),
    "empty": ({}, lambda value: True),
    "remarks": ({"description": "x", "default": 3, "type": "null"}, lambda value: value is None),
    "constant": ({"const": {"a": [1, "ü\n"]}}, lambda value: value == {"a": [1, "ü\n"]}),
    "types": ({"type": ["boolean", "null"]}, lambda value: value in (True, False, None)),
    "one of": ({"oneOf": [{"const": 1}, {"const": 2}]}, lambda value: value in (1, 2)),
    "all of one": ({"allOf": [{"const": 1}]}, lambda value: value == 1),
    "tuple": (
        {"prefixItems": [{"const": 1}, {"type": "boolean"}]},
        lambda value: value[0] == 1 and isinstance(value[1], bool) and len(value) == 2,
    ),
    "array": ({"type": "array"}, lambda value: isinstance(value, list)),
    "some items": (
        {"type": "array", "items": {"const": 1}, "minItems": 2, "maxItems": 4},
        lambda value: 2 <= len(value) <= 4,
    ),
    "no items": ({"type": "array", "maxItems": 0}, lambda value: value == []),
    "least items": (
        {"items": {"type": "integer"}, "minItems": 2},
        lambda value: len(value) >= 2 and all(isinstance(one, int) for one in value),
    ),
    "map": (
        {"type": "object", "additionalProperties": {"type": "integer"}},
        lambda value: all(isinstance(one, int) for one in value.values()),
    ),
    "closed": ({"type": "object", "additionalProperties": False}, lambda value: value == {}),
    "undeclared": ({"required": ["x"]}, lambda value: set(value) == {"x"}),
    "optional": (optional, lambda value: value in ({}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2})),
    "at least": ({"type": "integer", "minimum": 5}, lambda value: value >= 5),
    "between": (
        {"type": "integer", "exclusiveMinimum": -3, "exclusiveMaximum": 3},
        lambda value: -3 < value < 3,
    ),
    "positive": ({"type": "number", "minimum": 0}, lambda value: value >= 0),
    "exactly": ({"type": "number", "minimum": 2, "maximum": 2}, lambda value: value == 2),
    "time": ({"type": "string", "format": "date-time"}, lambda value: value[10] == "T"),
    "uuid": ({"type": "string", "format": "uuid"}, lambda value: len(value) == 36),
    "other format": ({"type": "string", "format": "email"}, lambda value: isinstance(value, str)),
    "key with marks": (
        {"properties": {'a"b\\c': {"const": 1}}, "required": ['a"b\\c']},
        lambda value: value == {'a"b\\c': 1},
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_supported_kind_is_kept(name: str) -> None:
    schema, fits = KINDS[name]
    for seed in range(25):
        assert fits(written(schema, seed))


def test_a_schema_may_refer_to_itself() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}}
    for seed in range(20):
        assert set(written(tree, seed)) <= {"child"}


REFUSED: dict[str, tuple[Any, str]] = {
    "pattern": ({"type": "string", "pattern": "^a$"}, '"pattern"'),
    "not": ({"not": {"type": "null"}}, '"not"'),
    "unique": ({"type": "array", "uniqueItems": True}, '"uniqueItems"'),
    "multiple": ({"type": "integer", "multipleOf": 3}, '"multipleOf"'),
    "all of two": ({"allOf": [{"const": 1}, {"const": 2}]}, '"allOf"'),
    "mixed": ({"anyOf": [{}], "properties": {"a": {}}}, "mixes"),
    "empty union": ({"anyOf": []}, "not a list"),
    "no values": ({"enum": []}, '"enum"'),
    "false": (False, "not a schema"),
    "number": (3, "not a schema"),
    "unknown type": ({"type": "stone"}, "does not have"),
    "no type": ({"type": {}}, '"type"'),
    "empty types": ({"type": []}, '"type"'),
    "no name": ({"type": "object", "required": [{}]}, '"required"'),
    "endless bound": ({"type": "integer", "minimum": float("inf")}, "whole number"),
    "no number": ({"const": float("nan")}, "does not have"),
    "wrong properties": ({"type": "object", "properties": 3}, '"properties"'),
    "wrong tuple": ({"prefixItems": {}}, '"prefixItems"'),
    "many items": ({"type": "array", "maxItems": 10**9}, '"maxItems"'),
    "crossed items": ({"type": "array", "minItems": 3, "maxItems": 1}, "least"),
    "crossed length": ({"type": "string", "minLength": 3, "maxLength": 1}, "least"),
    "crossed bounds": ({"type": "integer", "minimum": 3, "maximum": 1}, "no integer"),
    "crossed numbers": ({"type": "number", "minimum": 3, "maximum": 1}, "no number"),
    "odd bound": ({"type": "integer", "minimum": 0.5}, "whole number"),
    "text bound": ({"type": "integer", "minimum": "1"}, "whole number"),
    "excluded number": ({"type": "number", "exclusiveMinimum": 0}, "cannot hold"),
    "remote": ({"$ref": "https://example.org/schema"}, "another document"),
    "nowhere": ({"$ref": "#/$defs/absent"}, "not there"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_held_is_refused_by_name(name: str) -> None:
    schema, words = REFUSED[name]
    assert words in refused(schema)


def test_too_deep_and_too_large_schemas_are_refused() -> None:
    deep: Any = {"type": "null"}
    for _ in range(100):
        deep = {"type": "array", "items": deep, "minItems": 1}
    assert "deeply" in refused(deep)
    wide = {"properties": {f"p{n}": {"const": n} for n in range(9000)}}
    assert "too large" in refused(wide)
    with pytest.raises(UnsupportedSchema, match="not JSON"):
        grammar_for(b"{")
    with pytest.raises(UnsupportedSchema, match="not JSON"):
        grammar_for(b"[" * 100_000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["type", "properties", "items", "enum", "required", "anyOf", "minItems", "minimum",
             "$ref", "additionalProperties", "prefixItems", "const", "maxLength", "allOf"]
        ),
        inner | st.sampled_from(["object", "array", "string", "integer", "number"]),
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(schema=json_values)
def test_any_json_ends_in_a_grammar_or_a_reason(schema: Any) -> None:
    try:
        outcome = grammar_for(json.dumps(schema).encode())
    except UnsupportedSchema as error:
        outcome = f"root ::= not written: {error}"
    assert "root ::= " in outcome
