"""Pieces of a JSON object put together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.merging import merge


def merged(*pieces: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for piece in pieces:
        merge(whole, piece)
    return whole


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ([{"a": "x"}, {"a": "y"}], {"a": "xy"}),
        ([{"id": "x"}, {"id": "x"}], {"id": "x"}),
        ([{"a": 1}, {"a": 2}], {"a": 2}),
        ([{"a": 1}, {"a": None}], {"a": 1}),
        ([{"a": None}, {"a": "x"}], {"a": "x"}),
        ([{"a": {"b": "x"}}, {"a": {"b": "y", "c": 1}}], {"a": {"b": "xy", "c": 1}}),
        ([{"a": [1]}, {"a": [2]}], {"a": [1, 2]}),
        (
            [
                {"a": [{"index": 0, "t": "x"}]},
                {"a": [{"index": 1, "t": "z"}, {"index": 0, "t": "y"}]},
            ],
            {"a": [{"index": 0, "t": "xy"}, {"index": 1, "t": "z"}]},
        ),
        (
            [{"a": [{"index": 0, "type": "x"}]}, {"a": [{"index": 0, "type": "y"}]}],
            {"a": [{"index": 0, "type": "x"}, {"index": 0, "type": "y"}]},
        ),
        ([{"a": "x"}, {"a": [1]}], {"a": [1]}),
    ],
)  # fmt: skip
def test_pieces(pieces: list[dict[str, Any]], whole: dict[str, Any]) -> None:
    assert merged(*pieces) == whole


@given(st.lists(st.text(max_size=5), max_size=5))
def test_texts_follow_each_other(words: list[str]) -> None:
    assert merged(*({"a": word} for word in words)).get("a", "") == "".join(words)


def test_the_pieces_stay_as_they_are() -> None:
    piece: dict[str, Any] = {"a": {"b": ["x"]}}
    merged(piece, {"a": {"b": ["y"]}})
    assert piece == {"a": {"b": ["x"]}}
