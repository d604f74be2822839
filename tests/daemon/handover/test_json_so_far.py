"""JSON that is not whole yet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.handover.json_so_far import DEEPEST, JsonSoFar, extension

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
STYLES = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 1]),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
    }
)


@settings(max_examples=80, deadline=None)
@given(VALUES, STYLES, st.data())
def test_what_is_json_can_be_read_up_to_any_letter(
    value: Any, style: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value, **style)
    at = data.draw(st.integers(0, len(text)))
    shape = JsonSoFar()
    assert shape.feed(text[:at]) == at
    assert shape.feed(text[at:]) == len(text) - at
    assert shape.is_whole


@settings(max_examples=80, deadline=None)
@given(VALUES, st.data())
def test_it_says_whole_where_a_reader_of_json_does(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    other = data.draw(st.text(st.sampled_from('{}[],:"0truefalsenu-.e1 \\'), max_size=6))
    at = data.draw(st.integers(0, len(text)))
    mixed = text[:at] + other + text[at:]
    shape = JsonSoFar()
    whole = shape.feed(mixed) == len(mixed) and shape.is_whole
    assert whole == is_json(mixed)


def is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        return False
    return True


def test_it_is_not_nested_for_ever() -> None:
    assert JsonSoFar().feed("[" * 10 * DEEPEST) == DEEPEST


@settings(max_examples=80, deadline=None)
@given(VALUES, STYLES, STYLES, st.data())
def test_a_begun_text_is_completed_to_the_same_value(
    value: Any, style: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    begun, whole = json.dumps(value, **style), json.dumps(value, **other)
    begun = begun[: data.draw(st.integers(0, len(begun)))]
    rest = extension(begun, whole)
    in_escape = "\\" in begun[-12:]
    assert rest is not None or in_escape
    if rest is not None:
        assert json.loads(begun + rest) == value


@settings(max_examples=80, deadline=None)
@given(VALUES, VALUES, st.data())
def test_what_is_completed_never_says_anything_else(
    value: Any, other: Any, data: st.DataObject
) -> None:
    begun = json.dumps(value)
    begun = begun[: data.draw(st.integers(0, len(begun)))]
    rest = extension(begun, json.dumps(other))
    assert rest is None or json.loads(begun + rest) == other


@pytest.mark.parametrize(
    ("begun", "whole", "rest"),
    [
        ('{"city": "Ro', '{"city":"Rome"}', 'me"}'),
        ('{"city": "Ro', '{"city":"Paris"}', None),
        ('{"a":1', '{ "a" : 12 }', "2 }"),
        ('{"a":"\\u00e', '{"a":"é"}', None),
        ('{"a":"\\u00e9', '{"a":"é!"}', '!"}'),
        ('{"a":"\\ud83d', '{"a":"😀"}', None),
        ('{"a":1}', '{"a":1}', ""),
        ('{"a":1}', '{"a":1,"b":2}', None),
        ('{"b', '{"a":1,"b":2}', None),
        ("", "{}", "{}"),
        ("", '{"a":', None),
        ("{", "[" * 100_000, None),
    ],
)
def test_calls_that_began(begun: str, whole: str, rest: str | None) -> None:
    assert extension(begun, whole) == rest
