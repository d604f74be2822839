"""JSON as weak models write it: what is clear is read, what is not is refused."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.mending.loose_json import (
    MAX_CHARACTERS,
    NotJSON,
    first_value,
    loads,
    strict,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip

MENDED: list[tuple[str, Any]] = [
    ('{"a": 1,}', {"a": 1}),
    ("[1, 2,, 3,]", [1, 2, 3]),
    ("{'a': 'it is \"so\"'}", {"a": 'it is "so"'}),
    ("{a: 1, b-c: 2}", {"a": 1, "b-c": 2}),
    ('{"a": True, "b": None, "c": False}', {"a": True, "b": None, "c": False}),
    ('{"a": [1, {"b": 2', {"a": [1, {"b": 2}]}),
    ('{"a": 1]', {"a": 1}),
    ('{"a": "two\nlines\ttab"}', {"a": "two\nlines\ttab"}),
    ('{"a": 1 /* one */, // more\n "b": 2}', {"a": 1, "b": 2}),
    ("{\u201ca\u201d: \u2018b\u2019}", {"a": "b"}),
    (r'{"path": "C:\Users\x", "p": "\d+"}', {"path": r"C:\Users\x", "p": r"\d+"}),
    (r'{"a": "\u00e9\ud83d\ude00", }', {"a": "é😀"}),
    (r"{'a': '\ud83d'}", {"a": "\ufffd"}),
    (r'{"a": "\ud83d", "b": "\ud83d\ude00"}', {"a": "\ufffd", "b": "😀"}),
    (r"{'a': 'it\'s'}", {"a": "it's"}),
    ("{a: +1_000, b: .5, c: -2e3}", {"a": 1000, "b": 0.5, "c": -2000.0}),
    ('{"a" = 1 "b": 2}', {"a": 1, "b": 2}),
]
REFUSED = [
    "", "{", '{"a', '{"a": "b', '{"a": b}', '{"a": NaN, "b"}', "{'a': 1e999}", "no", '{"a" 1}',
    '{"a": 1e999}', '{1: 2}', '{"a": 1} and more', "[" * 500, "'a", '{"a": Infinity}',
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), MENDED)
def test_what_is_clear_is_read(text: str, value: Any) -> None:
    assert loads(text) == value


@pytest.mark.parametrize("text", [text for text in REFUSED if text != "{"])
def test_what_is_not_clear_is_refused(text: str) -> None:
    with pytest.raises(NotJSON):
        loads(text)


@given(value=VALUES)
def test_json_is_what_it_is(value: Any) -> None:
    assert loads(json.dumps(value)) == value
    assert first_value(json.dumps(value) + " x") == (value, " x")


@given(text=st.text(alphabet="ab'\"\\ \n\té", max_size=8), number=st.integers())
def test_python_is_read_too(text: str, number: int) -> None:
    value = {"a": [text, None, True], text: number}
    assert loads(repr(value)) == value


@given(text=st.text(alphabet="{}[]\"':,ab1 \\\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(NotJSON):
        json.dumps(loads(text))


def test_bounds() -> None:
    with pytest.raises(NotJSON, match="too long"):
        loads(" " * (MAX_CHARACTERS + 1))
    with pytest.raises(NotJSON, match="deeply"):
        loads("[" * 101 + "'a'")


@pytest.mark.parametrize(
    "text", ["{'a': 1}", "[1] 2", r'["\ud83d"]', "[1e999]", "[NaN]", "[" * 9999]
)
def test_what_is_not_json_by_the_letter(text: str) -> None:
    with pytest.raises(NotJSON):
        strict(text)
    assert strict(r' {"a": ["\ud83d\ude00"]} ') == {"a": ["😀"]}
