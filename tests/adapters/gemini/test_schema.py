"""A schema keeps its meaning in the words that Gemini reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.gemini.schema import fitted


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, True),
        ({"$schema": "x", "type": "object"}, {"type": "object"}),
        ({"const": 3}, {"enum": [3]}),
        (
            {"type": "integer", "exclusiveMinimum": 0, "description": "Age."},
            {"type": "integer", "description": "Age. (exclusiveMinimum: 0)"},
        ),
        ({"not": {"type": "null"}}, {"description": 'not: {"type":"null"}'}),
        (
            {"items": {"const": "a"}, "prefixItems": [{"const": 1}]},
            {"items": {"enum": ["a"]}, "prefixItems": [{"enum": [1]}]},
        ),
        (
            {"properties": {"not": {"const": 1}}, "$defs": {"if": {"const": 2}}},
            {"properties": {"not": {"enum": [1]}}, "$defs": {"if": {"enum": [2]}}},
        ),
        ({"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}),
        (
            {"$ref": "#/$defs/A", "description": "An a."},
            {"description": "An a.", "anyOf": [{"$ref": "#/$defs/A"}]},
        ),
        (
            {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}]},
            {"properties": {"a": {}, "b": {}}, "required": ["a"]},
        ),
        ({"allOf": [{"$ref": "#/$defs/A"}]}, {"$ref": "#/$defs/A"}),
        (
            {"allOf": [{"type": "string"}, {"type": "null"}]},
            {"allOf": [{"type": "string"}, {"type": "null"}]},
        ),
    ],
)
def test_each_keyword(schema: Any, expected: Any) -> None:
    assert fitted(schema) == expected


keywords = st.sampled_from(
    ["type", "const", "not", "minimum", "multipleOf", "properties", "items", "anyOf", "allOf"]
)
schemas = st.recursive(
    st.booleans() | st.just("string") | st.integers(0, 3),
    lambda inner: st.dictionaries(keywords, inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=10,
)


@given(schemas)
def test_a_fitted_schema_fits(schema: Any) -> None:
    once = fitted(schema)
    assert fitted(once) == once
