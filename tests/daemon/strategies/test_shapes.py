"""Whether a value fits a schema, as it stands."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import ResponseFormat
from homeport.daemon.strategies.shapes import shape_of

PERSON = {
    "type": "object",
    "properties": {"age": {"type": "integer"}, "of": {"$ref": "#/$defs/kind"}},
    "required": ["age"],
    "additionalProperties": False,
    "$defs": {"kind": {"enum": ["cat", "dog"]}},
}


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ({"age": 3}, True),
        ({"age": 3, "of": "cat"}, True),
        ({"age": 3, "of": "cow"}, False),
        ({"age": "3"}, False),
        ({"of": "cat"}, False),
        ({"age": 3, "name": "x"}, False),
        ([], False),
    ],
)
def test_only_what_fits_as_it_stands_fits(value: Any, fits: bool) -> None:
    shape = shape_of(ResponseFormat(kind="json_schema", schema=PERSON))
    assert shape is not None
    assert bool(shape(value)) is not fits


def test_json_without_a_schema_is_an_object() -> None:
    shape = shape_of(ResponseFormat(kind="json"))
    assert shape is not None
    assert shape({"any": 1}) == ""
    assert shape([1])


def test_text_has_no_shape() -> None:
    assert shape_of(ResponseFormat()) is None
