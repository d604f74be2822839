"""Gemini's list of models as cards."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.gemini.models import card_of, rows_of
from homeport.policies.model import ModelCard
from support.gemini_server import EMBEDDING_ROW, GEMINI_ROW


def card(name: str, **fields: Any) -> ModelCard | None:
    return card_of(GEMINI_ROW | {"name": f"models/{name}"} | fields, "gemini", "h:443", "cloud")


def test_a_model_that_chats() -> None:
    found = card("gemini-2.5-flash")
    assert found is not None
    assert found.id == "gemini/gemini-2.5-flash"
    assert (found.context, found.max_output) == (1048576, 65536)
    assert found.price_ref == "google/gemini-2.5-flash"
    assert {"tools", "images", "audio", "json_schema", "thinking"} <= set(found.capabilities)


def test_a_model_that_makes_embeddings_does_nothing_else() -> None:
    found = card_of(EMBEDDING_ROW, "gemini", "h:443", "cloud")
    assert found is not None
    assert found.capabilities == ("embeddings",)
    assert found.max_output is None
    assert not found.continues


@pytest.mark.parametrize(
    ("name", "continues"),
    [
        ("gemini-2.5-pro", True),
        ("gemini-3-flash-preview", True),
        ("gemini-3.1-pro-preview", True),
        ("gemini-3.5-flash-lite", False),
        ("gemini-3.6-flash", False),
        ("gemini-flash-latest", False),
    ],
)
def test_which_go_on_from_a_prefix(name: str, continues: bool) -> None:
    found = card(name)
    assert found is not None
    assert found.continues is continues


@pytest.mark.parametrize(
    "name",
    ["gemini-2.5-flash-preview-tts", "gemini-2.5-flash-image", "gemini-2.0-flash-live-001", "aqa"],
)
def test_what_is_not_for_chatting_is_left_out(name: str) -> None:
    assert card(name) is None


def test_what_generates_nothing_is_left_out() -> None:
    assert card("gemini-9", supportedGenerationMethods=["predict"]) is None
    assert card("gemini-9", supportedGenerationMethods=None) is None


def test_gemma_calls_no_tools() -> None:
    found = card("gemma-3-27b-it", thinking=False, inputTokenLimit=0)
    assert found is not None
    assert found.capabilities == ("images",)
    assert found.context is None


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        ({"models": [GEMINI_ROW]}, 1),
        ({}, 0),
        ({"models": "x"}, None),
        ({"models": [{}]}, None),
        ({"data": []}, None),
        ([], None),
    ],
)
def test_pages(answer: Any, count: int | None) -> None:
    rows = rows_of(answer)
    assert (None if rows is None else len(rows)) == count
