"""A schema that holds a model to what was begun."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.handover.json_so_far import completion
from homeport.daemon.handover.pinned import begun_member, in_order, pinned

FIELDS: dict[str, Any] = {
    "city": {"type": "string", "description": "Where."},
    "days": {"type": "integer"},
    "unit": {"type": "string", "enum": ["C", "F", "Celsius"]},
    "exact": {"type": "boolean"},
}
SCHEMA = {"type": "object", "properties": FIELDS, "required": ["city"]}


@pytest.mark.parametrize(
    ("begun", "order"),
    [
        ("", ["city", "days", "unit", "exact"]),
        ('{"days": 3, "ci', ["days", "city", "unit", "exact"]),
        ('{"un', ["unit", "city", "days", "exact"]),
    ],
)
def test_fields_come_in_the_order_in_which_they_were_begun(begun: str, order: list[str]) -> None:
    assert list(in_order(SCHEMA, begun)["properties"]) == order
    assert list(pinned(SCHEMA, begun)["properties"]) == order


@pytest.mark.parametrize(
    ("begun", "name", "field"),
    [
        ('{"days": 3,', "days", {"type": "integer", "const": 3}),
        ('{"city": "Ro', "city", {"description": "Where.", "type": "string", "pattern": "^Ro"}),
        ('{"city": "a.b\\u00', "city",
         {"description": "Where.", "type": "string", "pattern": "^a\\.b"}),
        ('{"city": "', "city", FIELDS["city"]),
        ('{"unit":"C', "unit", {"type": "string", "enum": ["C", "Celsius"]}),
        ('{"unit":"K', "unit", FIELDS["unit"]),
        ('{"exact": tr', "exact", {"type": "boolean", "const": True}),
        ('{"days": 3', "days", FIELDS["days"]),
    ],
)  # fmt: skip
def test_what_was_begun_has_to_stand(begun: str, name: str, field: Any) -> None:
    made = pinned(SCHEMA, begun)
    assert made["properties"][name] == field
    assert set(made["required"]) == {"city", name}


def test_a_key_in_part_is_the_only_field_that_it_can_be() -> None:
    assert pinned(SCHEMA, '{"e')["required"] == ["city", "exact"]
    assert pinned(SCHEMA, '{"')["required"] == ["city"]


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"properties": 3}])
def test_a_schema_without_fields_is_as_it_was(schema: dict[str, Any]) -> None:
    assert pinned(schema, '{"a": 1') == schema


def test_what_is_begun_of_a_member() -> None:
    assert begun_member(', "a') == ("a", None)
    assert begun_member(' "a" ') == ("a", "")
    assert begun_member(' "a": [1, ') == ("a", "[1, ")
    assert begun_member(" }") is None


@given(
    st.fixed_dictionaries(
        {"city": st.text(max_size=6), "days": st.integers(0, 99), "exact": st.booleans()}
    ),
    st.integers(0, 60),
    st.booleans(),
)
def test_what_is_pinned_lets_the_rest_of_the_same_through(
    said: dict[str, Any], at: int, ascii_only: bool
) -> None:
    begun = json.dumps(said, ensure_ascii=ascii_only)[:at]
    fields = pinned(SCHEMA, begun)["properties"]
    for name, value in said.items():
        if "const" in fields[name]:
            assert fields[name]["const"] == value
        if "pattern" in fields[name]:
            assert re.match(fields[name]["pattern"], value)
    assert completion(begun, json.dumps(said)) is not None


@pytest.mark.parametrize(
    "begun",
    [
        r'{"days": 3, "city": "half \ud83d", "un',
        r'{"days": 3, "city": "half \ud83d letter',
    ],
)
def test_what_cannot_be_sent_holds_nothing(begun: str) -> None:
    schema = pinned(SCHEMA, begun)
    assert schema["properties"]["days"] == {"type": "integer", "const": 3}
    assert schema["properties"]["city"] == FIELDS["city"]
    assert msgspec.json.encode(schema)
