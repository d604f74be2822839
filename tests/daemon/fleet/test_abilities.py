"""Abilities: larger is abler, coarser is weaker, harder asks get worse answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.fleet.abilities import ability, predicted_quality
from homeport.policies.model import Ask, ModelCard


def card(parameters: int | None = None, quantisation: str = "", **fields: str) -> ModelCard:
    base = {"id": "p/m", "provider": "p", "name": "m", "place": "local"} | fields
    return ModelCard(parameters=parameters, quantisation=quantisation, **base)  # type: ignore[arg-type]


def ask(difficulty: int) -> Ask:
    return Ask(
        task="chat",
        difficulty=difficulty,
        level="basic",
        checkable="free",
        language="en",
        urgency="interactive",
        input_tokens=10,
        input_tokens_bound=40,
        output_tokens=100,
        max_tokens=None,
        needs=(),
        privacy="normal",
        streams=False,
        requested_model="auto",
        mode=None,
        strategy="single",
        max_cost_nano=None,
        deadline_ms=60_000,
        session="",
        client="",
        tags=(),
    )


@given(st.integers(10**7, 10**12), st.integers(10**7, 10**12))
def test_more_parameters_never_mean_less_ability(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert ability(card(small))[0] <= ability(card(large))[0]


def test_coarse_quantisation_costs_ability() -> None:
    assert ability(card(8 * 10**9, "Q2_K"))[0] < ability(card(8 * 10**9, "Q8_0"))[0]


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_harder_ask_never_gets_a_better_answer(one: int, other: int) -> None:
    easy, hard = sorted((one, other))
    model = card(10**9)
    assert predicted_quality(model, ask(hard))[0] <= predicted_quality(model, ask(easy))[0]


@pytest.mark.parametrize(
    ("name", "other"),
    [("gpt-5.5", "gpt-5-mini"), ("claude-opus-5", "claude-haiku-5"), ("claude-sonnet-5", "x-1b")],
)
def test_known_families_stand_where_people_expect_them(name: str, other: str) -> None:
    stronger, weaker = card(name=name, place="cloud"), card(name=other, place="cloud")
    assert ability(stronger)[0] > ability(weaker)[0]


def test_where_nothing_is_known_it_is_said_to_be_a_guess() -> None:
    assert "guess" in ability(card())[1]
    assert "guess" in ability(card(name="abc", place="cloud"))[1]
