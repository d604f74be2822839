"""What names stand for: chains are found among the models of today."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.chains import MOST_STEPS, chain, ladder
from homeport.policies.model import Scorecard


def card(model: str, quality: float, cost: int = 0, ms: int = 1_000, **fields: Any) -> Scorecard:
    values: dict[str, Any] = {
        "place": "cloud" if cost else "local",
        "utility": quality,
        "worst_cost_nano": cost,
        "terms": (),
        "note": "",
        **fields,
    }
    return Scorecard(model=model, quality=quality, cost_nano=cost, total_ms=ms, **values)


TODAY = (
    card("llamacpp/a", 0.5, ms=3_000),
    card("ollama/b", 0.4, ms=900),
    card("anthropic/small", 0.7, 2_000, ms=700),
    card("anthropic/large", 0.95, 30_000, ms=4_000),
    card("openai/small", 0.65, 1_000, ms=500),
    card("openai/large", 0.93, 20_000, ms=3_000),
    card("openrouter/anthropic/medium", 0.8, 9_000, ms=2_000),
    card("echo/toy", 0.99, terms=(("demonstration", -0.25),)),
)


def ids(name: str, cards: tuple[Scorecard, ...] = TODAY) -> list[str]:
    return [step.model for step in chain(name, cards)]


def test_mixed_is_home_then_the_middle_then_the_best() -> None:
    first, second, third = ids("mixed")
    assert first == "llamacpp/a"
    assert second in ("anthropic/small", "openrouter/anthropic/medium")
    assert third == "anthropic/large"


def test_without_a_home_mixed_is_the_cloud_and_without_a_cloud_it_is_home() -> None:
    assert ids("mixed", TODAY[2:6])[-1] == "anthropic/large"
    assert ids("mixed", TODAY[:2]) == ["llamacpp/a"]


def test_a_maker_is_found_by_itself_and_behind_another_server() -> None:
    assert ids("anthropic") == ["anthropic/small", "openrouter/anthropic/medium", "anthropic/large"]
    assert ids("openai") == ["openai/small", "openai/large"]
    assert ids("anthropic", TODAY[:2]) == []


def test_fast_goes_from_the_quickest_to_the_best() -> None:
    assert ids("fast")[0] == "openai/small"
    assert ids("fast")[-1] == "anthropic/large"


def test_local_stays_at_home() -> None:
    assert ids("local") == ["ollama/b", "llamacpp/a"]


def test_a_demonstration_is_a_step_only_where_there_is_nothing_else() -> None:
    assert ids("local", TODAY[-1:]) == ["echo/toy"]


CARDS = st.lists(
    st.builds(card, st.uuids().map(str), st.floats(0, 1), st.integers(0, 9), st.integers(1, 99)),
    max_size=8,
    unique_by=lambda one: one.model,
)


@given(CARDS, st.integers(1, 4))
def test_each_step_of_a_ladder_takes_more_and_promises_more(
    cards: list[Scorecard], most: int
) -> None:
    steps = ladder(cards, lambda one: one.cost_nano, most)
    assert len(steps) <= most
    for one, other in pairwise(steps):
        assert one.quality < other.quality
        assert one.cost_nano < other.cost_nano
    if cards:
        assert steps[-1].quality == max(one.quality for one in cards)


@pytest.mark.parametrize("name", ["mixed", "anthropic", "openai", "fast", "local"])
@given(cards=CARDS)
def test_a_chain_is_short_and_of_the_models_there_are(name: str, cards: list[Scorecard]) -> None:
    steps = chain(name, cards)
    assert len(steps) <= MOST_STEPS
    assert len(set(steps)) == len(steps)
    assert {*steps} <= {*cards}
