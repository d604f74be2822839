"""What a model's listing and its name tell of how to write to it."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.anthropic.models import cards, next_page, rows_of, traits_of, version_of


def card(row: dict[str, Any], place: Any = "cloud") -> Any:
    return cards(
        [row], provider="anthropic", prices="anthropic", origin="https://api.x:443", place=place
    )[0]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("claude-sonnet-4-5-20250929", (4, 5)),
        ("claude-opus-4-20250514", (4, 0)),
        ("claude-3-5-haiku-latest", (3, 5)),
        ("claude-haiku-4.5", (4, 5)),
        ("claude-opus-5", (5, 0)),
        ("claude-sonnet-5-5", (5, 5)),
        ("claude-mythos-preview", (99, 0)),
    ],
)
def test_the_version_is_in_the_name(name: str, version: tuple[int, int]) -> None:
    assert version_of(name) == version


@pytest.mark.parametrize(
    ("name", "able"),
    [
        ("claude-3-5-sonnet-latest", {"prefill", "tunable", "can_rest"}),
        ("claude-opus-4-1", {"prefill", "tunable", "can_rest", "budgets"}),
        ("claude-sonnet-4-5", {"prefill", "tunable", "can_rest", "budgets", "structured"}),
        ("claude-opus-4-6", {"tunable", "can_rest", "budgets", "structured", "adaptive"}),
        ("claude-opus-4-8", {"can_rest", "structured", "adaptive", "system_turns"}),
        ("claude-fable-5", {"structured", "adaptive", "system_turns"}),
        ("claude-mythos-preview", {"structured", "adaptive", "system_turns"}),
    ],
)
def test_families_differ(name: str, able: set[str]) -> None:
    traits = traits_of(name)
    names = ("prefill", "tunable", "can_rest", "budgets", "structured", "adaptive", "system_turns")
    assert {trait for trait in names if getattr(traits, trait)} == able


def test_the_listing_counts_more_than_the_name() -> None:
    types = {"enabled": {"supported": True}, "adaptive": {"supported": False}}
    abilities = {
        "thinking": {"supported": True, "types": types},
        "structured_outputs": {"supported": False},
        "image_input": {"supported": False},
        "effort": {"supported": True, "low": {"supported": True}, "high": {"supported": True}},
    }
    row = {
        "id": "claude-opus-9", "capabilities": abilities,
        "max_input_tokens": 500_000, "max_tokens": 99_000,
    }  # fmt: skip
    traits = traits_of("claude-opus-9", row)
    assert (traits.budgets, traits.adaptive, traits.structured) == (True, False, False)
    assert traits.efforts == ("low", "high")
    assert (card(row).context, card(row).max_output) == (500_000, 99_000)
    assert "images" not in card(row).capabilities


def test_a_card_without_a_word_from_the_listing() -> None:
    made = card({"id": "claude-sonnet-4-5-20250929"})
    assert made.id == "anthropic/claude-sonnet-4-5-20250929"
    assert made.price_ref == made.id
    assert (made.context, made.max_output, made.continues) == (200_000, 64_000, True)
    assert {"tools", "images", "documents", "thinking", "json_schema"} <= set(made.capabilities)
    assert card({"id": "claude-opus-4-8"}).continues is False
    assert card({"id": "claude-3-opus-20240229"}).max_output == 4_096
    assert card({"id": "claude-3-5-haiku-latest"}, place="local").price_ref == ""


def test_a_retired_model_is_not_offered() -> None:
    row = {"id": "claude-2.1", "lifecycle": "retired"}
    assert cards([row], provider="a", prices="a", origin="http://h:1", place="local") == []


@pytest.mark.parametrize("answer", [None, [], {}, {"data": None}, {"data": [1]}, {"data": [{}]}])
def test_what_is_no_page(answer: Any) -> None:
    assert rows_of(answer) is None


def test_pages() -> None:
    assert next_page({"has_more": True, "last_id": "b"}) == "b"
    assert next_page({"has_more": False, "last_id": "b"}) == ""
    assert next_page({"has_more": True, "last_id": None}) == ""
