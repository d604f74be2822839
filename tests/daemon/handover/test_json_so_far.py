"""JSON that is not whole yet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.handover.json_so_far import DEEPEST, JsonSoFar, completion, extension

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


@pytest.mark.parametrize(
    ("begun", "whole", "rest"),
    [
        ('{"days": 3, "ci', '{"city":"Rome","days":3}', 'ty": "Rome"}'),
        ('{"days": 3, "city": "Ro', '{"city":"Rome","days":1}', 'me"}'),
        ('{"days": 3 ', '{"city":"Rome","days":1}', ', "city": "Rome"}'),
        ('{"city":"Ro', '{"city":"Paris","days":3}', None),
        ('{"city":"Ro', "[1]", None),
        ('{"city":"Ro', '{"city":', None),
        ('{"a":{"b":1,"c', '{"a":{"b":2,"c":3}}', None),
        ('{"a" 1, "b', '{"b":2}', None),
        ("{", '{"b":2}', '"b":2}'),
    ],
)
def test_whole_members_stand_and_the_others_come_from_the_new_call(
    begun: str, whole: str, rest: str | None
) -> None:
    assert completion(begun, whole) == rest


OBJECTS = st.dictionaries(st.text('abé"\\', max_size=3), VALUES, max_size=4)


@settings(max_examples=80, deadline=None)
@given(OBJECTS, OBJECTS, st.data())
def test_a_completed_object_has_the_members_of_both(
    said: dict[str, Any], made: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(said)
    begun = text[: data.draw(st.integers(0, len(text)))]
    rest = completion(begun, json.dumps(made))
    if rest is not None:
        whole = json.loads(begun + rest)
        assert whole.items() >= {n: v for n, v in made.items() if n not in said}.items()
        assert all(whole[name] in (said.get(name), made.get(name)) for name in whole)
