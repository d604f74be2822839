"""Whether a value fits a JSON schema."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.schema import shape_of_schema

TREE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "parts": {"items": {"$ref": "#"}}},
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "fitting", "broken"),
    [
        ({"type": "integer"}, [1, 1.0], [1.5, "1", True, None]),
        ({"type": ["string", "null"]}, ["", None], [1]),
        ({"type": "boolean"}, [True], [1, "true"]),
        ({"enum": [1, "a", {"b": [2]}]}, [1.0, "a", {"b": [2.0]}], [True, "b", {}]),
        ({"const": None}, [None], [0, ""]),
        ({"minimum": 2, "exclusiveMaximum": 5}, [2, 4.9, "x"], [1, 5]),
        ({"multipleOf": 0.1}, [0.3, 2], [0.25]),
        ({"minLength": 1, "maxLength": 3}, ["ab", 7], ["", "abcd"]),
        ({"pattern": "^[a-z]+$"}, ["ab"], ["AB"]),
        ({"pattern": "^(a+)+$"}, ["AB", "a" * 100 + "!"], []),
        ({"pattern": "("}, ["any"], []),
        ({"minItems": 1, "maxItems": 2, "uniqueItems": True}, [[1], [1, 2]], [[], [1, 1.0]]),
        ({"items": {"type": "string"}}, [[], ["a"]], [["a", 1]]),
        ({"prefixItems": [{"type": "string"}], "items": False}, [["a"]], [[1], ["a", 1]]),
        ({"contains": {"const": 1}, "maxContains": 1}, [[1, 2]], [[2], [1, 1]]),
        ({"required": ["a"], "minProperties": 2}, [{"a": 1, "b": 1}], [{}, {"a": 1}]),
        ({"properties": {"a": {"type": "null"}}}, [{"a": None}, {"b": 1}], [{"a": 1}]),
        ({"additionalProperties": {"type": "null"}}, [{"a": None}], [{"a": 1}]),
        ({"patternProperties": {"^a": {"type": "null"}}}, [{"a": None}, {"b": 1}], [{"ab": 1}]),
        ({"propertyNames": {"maxLength": 1}}, [{"a": 1}], [{"ab": 1}]),
        ({"anyOf": [{"type": "null"}, {"minimum": 3}]}, [None, 4, "x"], [1]),
        ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, [1, 3.5], [4]),
        ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1.5], [3]),
        ({"not": {"type": "null"}}, [1], [None]),
        ({"if": {"minimum": 5}, "then": False, "else": {"minimum": 1}}, [2], [6, 0]),
        (TREE, [{"name": "a", "parts": [{"name": "b"}]}], [{"name": "a", "parts": [{}]}]),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "null"}}}, [None], [1]),
        ({"$ref": "https://example.com/other"}, [1], []),
        (True, [1], []),
        (False, [], [1]),
        ({"type": [["string"]]}, [1], []),
        ({"contains": True, "minContains": "x"}, [[1]], []),
        ({"multipleOf": 2}, [float("inf")], []),
        ({"type": 7, "required": 3, "items": 4, "minimum": "x"}, [[1], {}], []),
    ],
)
def test_what_fits(schema: Any, fitting: list[Any], broken: list[Any]) -> None:
    shape = shape_of_schema(schema)
    assert [value for value in fitting if shape(value)] == []
    assert [value for value in broken if not shape(value)] == []


def test_the_sentence_names_the_keyword_and_no_word_of_the_value() -> None:
    assert shape_of_schema(TREE)({"name": "secret", "more": 1}) == (
        "It is JSON and breaks `additionalProperties` of its schema."
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"anyOf": [{"$ref": "#"}] * 4},
        {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"allOf": [{"$ref": "#"}] * 9}}},
    ],
)
def test_a_schema_that_goes_round_ends(schema: dict[str, Any]) -> None:
    assert shape_of_schema(schema)({"a": 1}) in ("", "It is JSON and breaks `anyOf` of its schema.")


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)


@given(VALUES, VALUES)
def test_anything_is_judged_against_anything(schema: Any, value: Any) -> None:
    assert isinstance(shape_of_schema(schema)(value), str)


@given(VALUES)
def test_a_value_fits_its_constant(value: Any) -> None:
    assert shape_of_schema({"const": value})(value) == ""
    assert shape_of_schema({"not": {"const": value}})(value)
