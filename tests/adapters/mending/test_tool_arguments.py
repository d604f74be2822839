"""Arguments against their schema: what fits, what fits without a loss, what does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.mending.tool_arguments import Misfit, fit


def one(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, "required": ["a"], **more}


FITTING: list[tuple[Any, Any, Any]] = [
    ("3", {"type": "integer"}, 3),
    (3.0, {"type": "integer"}, 3),
    ("-2.5", {"type": "number"}, -2.5),
    ("7", {"type": "number"}, 7),
    (7, {"type": "string"}, "7"),
    ("True", {"type": "boolean"}, True),
    ('{"b": 1}', {"type": "object"}, {"b": 1}),
    ("[1]", {"type": "array", "items": {"type": "integer"}}, [1]),
    (["1", "2"], {"type": "array", "items": {"type": "integer"}}, [1, 2]),
    ("celsius", {"enum": ["Celsius", "Kelvin"]}, "Celsius"),
    ("3", {"enum": [1, 3]}, 3),
    ("true", {"const": True}, True),
    ("x", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "x"),
    ("5", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "5"),
    (None, {"type": ["string", "null"]}, None),
    ("4", {"$ref": "#/$defs/n"}, 4),
    ("4", {"allOf": [{"type": "integer"}]}, 4),
    ("anything", True, "anything"),
    ({"b": 1}, {"type": "object", "required": True}, {"b": 1}),
    ("x", {"type": 3, "allOf": True}, "x"),
    ("x", {"type": [{"type": "integer"}, "string"]}, "x"),
    (None, {"type": 3}, None),
]


@pytest.mark.parametrize(("value", "schema", "fitted"), FITTING)
def test_what_says_the_same_fits(value: Any, schema: Any, fitted: Any) -> None:
    result = fit({"a": value}, one(schema, **{"$defs": {"n": {"type": "integer"}}}))["a"]
    assert result == fitted
    assert type(result) is type(fitted)


MISFITS: list[tuple[Any, Any, str]] = [
    ("3.5", {"type": "integer"}, "`a` must be integer"),
    ("three", {"type": "integer"}, "integer"),
    ("03", {"type": "integer"}, "integer"),
    (True, {"type": "integer"}, "integer"),
    (1, {"type": "boolean"}, "boolean"),
    (1.5, {"type": "string"}, "string"),
    ("nobody", {"enum": ["x", "y"]}, "must be one of"),
    ([], {"type": "array", "minItems": 1}, "at least 1 entries"),
    ("abc", {"type": "string", "maxLength": 2}, "at most 2 characters"),
    (11, {"type": "integer", "maximum": 10}, "at most 10"),
    (None, {"type": "string"}, "must be string"),
    ({"x": {"y": "z"}}, {"type": "object", "properties": {"x": one({"type": "null"})}}, "a.x.a"),
    ("x", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer"),
]


@pytest.mark.parametrize(("value", "schema", "words"), MISFITS)
def test_what_does_not_fit_is_told(value: Any, schema: Any, words: str) -> None:
    with pytest.raises(Misfit) as caught:
        fit({"a": value}, one(schema))
    assert words.replace("`", "") in str(caught.value).replace("`", "")


def test_names_of_arguments() -> None:
    closed = one({}, additionalProperties=False)
    with pytest.raises(Misfit, match="no argument `b`; there are `a`"):
        fit({"a": 1, "b": 2}, closed)
    assert fit({"a": 1, "b": 2}, one({})) == {"a": 1, "b": 2}
    with pytest.raises(Misfit, match="`a` is missing"):
        fit({}, one({}))
    optional = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert fit({"a": None}, optional) == {}


def test_arguments_in_a_string_and_other_shapes() -> None:
    assert fit('{"a": "1"}', one({"type": "integer"})) == {"a": 1}
    with pytest.raises(Misfit, match="JSON object"):
        fit([1], one({}))


def test_schemas_that_go_round_end() -> None:
    loop = {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}
    assert fit({"a": 1}, loop) == {"a": 1}


def test_forms_of_forms_end() -> None:
    assert fit({"a": 1}, {"anyOf": [{"$ref": "#"}] * 9}) == {"a": 1}


@given(number=st.integers())
def test_numbers_survive_a_string(number: int) -> None:
    assert fit({"a": str(number)}, one({"type": "integer"})) == {"a": number}
    assert fit({"a": number}, one({"type": "string"})) == {"a": str(number)}
