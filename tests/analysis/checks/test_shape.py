"""JSON in an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.shape import canonical_json, document_of


@pytest.mark.parametrize(
    ("answer", "value", "is_alone"),
    [
        ('{"a": 1}', {"a": 1}, True),
        (" [1]\n", [1], True),
        ('"text"', "text", True),
        ('```json\n{"a": 1}\n```', {"a": 1}, False),
        ('Here it is: {"a": [1, {}]} as asked.', {"a": [1, {}]}, False),
        ("Set {x} and then [1, 2]", [1, 2], False),
    ],
)
def test_a_document_is_found(answer: str, value: object, is_alone: bool) -> None:
    found = document_of(answer)
    assert found is not None
    assert (found.value, found.is_alone) == (value, is_alone)


@pytest.mark.parametrize(
    "answer",
    ["", "no", '{"a": NaN}', '{"a": 1, "a": 2}', '{"a": 1', "[" * 100_000, "[" + "9" * 5_000 + "]"],
)
def test_what_is_no_json(answer: str) -> None:
    assert document_of(answer) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(JSON)
def test_layout_and_order_do_not_matter(value: object) -> None:
    loose = json.dumps(value, indent=3)
    tight = json.dumps(value, sort_keys=True, separators=(",", ":"))
    assert canonical_json(loose) == canonical_json(tight) is not None
