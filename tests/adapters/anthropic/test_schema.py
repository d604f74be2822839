"""Schemas fitted to what can be enforced."""

from __future__ import annotations

import pytest

from homeport.adapters.anthropic.schema import enforceable, is_object


def test_objects_are_closed_at_every_depth() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "string"}}}
    schema = {
        "type": "object",
        "properties": {"a": inner, "b": {"type": "array", "items": inner}, "minimum": inner},
        "$defs": {"d": inner},
    }
    closed = enforceable(schema)
    assert closed["additionalProperties"] is False
    for found in (
        closed["properties"]["a"],
        closed["properties"]["b"]["items"],
        closed["properties"]["minimum"],
        closed["$defs"]["d"],
    ):
        assert found["additionalProperties"] is False
    assert "additionalProperties" not in schema


def test_bounds_are_told_in_the_description() -> None:
    fitted = enforceable({"type": "number", "minimum": 0, "description": "A share."})
    assert fitted == {"type": "number", "description": "A share. {minimum: 0}"}
    assert enforceable({"type": "array", "minItems": 1}) == {"type": "array", "minItems": 1}
    assert "minItems" not in enforceable({"type": "array", "minItems": 3})


def test_alternatives() -> None:
    fitted = enforceable({"oneOf": [{"type": "object"}, {"type": "null"}]})
    assert fitted["anyOf"][0] == {"type": "object", "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "is_one"),
    [
        ({"type": "object"}, True),
        ({"properties": {}}, True),
        ({"type": "array"}, False),
        ({}, False),
    ],
)
def test_what_is_an_object(schema: dict[str, object], is_one: bool) -> None:
    assert is_object(schema) is is_one
