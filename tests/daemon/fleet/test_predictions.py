"""Predictions: what a prompt takes of a model, warm and cold, in line and alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.openai.responses_write import LEAST_OUTPUT
from homeport.daemon.fleet.predictions import (
    FEWEST_OUTPUT,
    Times,
    expected_nano,
    times_of,
    waiting_ms,
    warm_tokens,
    worst_nano,
)
from homeport.daemon.fleet.speeds import Speed
from homeport.policies.model import Ask, Budget, Candidate, ModelCard, Policy
from homeport.policies.scorecard import score
from homeport.policies.situation import situation_of
from support.caching import price
from support.deciding import ask, cloud
from support.scripted import card

AWAY = card("openai/gpt-5.5", place="cloud")
HOME = card("llamacpp/small")
SPEED = Speed(50.0, 1_000.0, 300.0, 2_000.0, seen=True, prefill_seen=True)
LONG = ask(input_tokens=20_000, output_tokens=500)


def held(tokens: int, model: str = AWAY.id) -> Ask:
    return replace(LONG, warm=((model, tokens),))


def times(wanted: Ask, model: ModelCard = AWAY, *, busy: int = 0) -> Times:
    warm = warm_tokens(model, wanted, "ready")
    return times_of(model, wanted, SPEED, warm=warm, busy=busy, load=False)


def test_the_least_that_a_server_can_be_bound_to_is_held() -> None:
    paid, bound = price(3.0, 0.3, 15.0), {"needs": ("tools",)}
    few = [worst_nano([paid], AWAY, replace(LONG, **bound), reply, 0) for reply in (1, 16, 17)]
    assert few[0] == few[1] == few[2] - 15_000
    assert FEWEST_OUTPUT == LEAST_OUTPUT
    vectors = replace(LONG, needs=("embeddings",))
    assert worst_nano([paid], AWAY, vectors, 1, 0) < worst_nano([paid], AWAY, vectors, 2, 0)


def test_what_is_warm_is_not_read_again() -> None:
    assert times(LONG) == (0, 0, 20_300, 30_300)
    assert times(held(15_000)) == (0, 0, 5_300, 15_300)


def test_a_cache_holds_no_more_than_the_prompt_and_nothing_of_another_model() -> None:
    assert warm_tokens(AWAY, held(99_999), "ready") == 20_000
    assert warm_tokens(AWAY, held(99, "openai/other"), "ready") == 0
    assert warm_tokens(HOME, held(99, HOME.id), "ready") == 99
    assert warm_tokens(HOME, held(99, HOME.id), "loadable") == 0, "it was unloaded"


def test_what_is_warm_costs_what_reading_a_cache_costs() -> None:
    paid = price(3.0, 0.3, 15.0)
    assert expected_nano(paid, LONG, 0) == 67_500_000
    assert expected_nano(paid, LONG, 15_000) == 27_000_000
    marked = replace(LONG, caches=True)
    assert expected_nano(paid, marked, 0) == 82_500_000, "what is marked is written, at a surcharge"
    assert expected_nano(paid, marked, 15_000) == 30_750_000


@given(st.integers(0, 30_000), st.booleans(), st.floats(0.01, 1), st.integers(0, 5))
def test_a_warm_model_never_scores_worse_than_the_same_model_cold(
    tokens: int, caches: bool, discount: float, busy: int
) -> None:
    paid = price(3.0, 3.0 * discount, 15.0)
    cold, warm = (replace(held(n), caches=caches, input_tokens_bound=80_000) for n in (0, tokens))

    def scored(wanted: Ask) -> tuple[float, int]:
        kept = warm_tokens(AWAY, wanted, "ready")
        _, _, first_token_ms, total_ms = times(wanted, busy=busy)
        worst = worst_nano([paid], AWAY, wanted, 8_192, 0)
        candidate: Candidate = cloud(
            cost_nano=expected_nano(paid, wanted, kept),
            worst_cost_nano=worst,
            first_token_ms=first_token_ms,
            total_ms=total_ms,
            warm_tokens=kept,
        )
        situation = situation_of(wanted, [candidate], Budget(), Policy(mode="balanced"), ())
        return score(candidate, situation).utility, worst

    assert scored(warm)[0] >= scored(cold)[0]
    assert scored(warm)[1] == scored(cold)[1], "the worst case counts on no cache"


@pytest.mark.parametrize(
    ("model", "busy", "answers_ahead"),
    [
        ("llamacpp/a", 0, 0.0),
        ("llamacpp/a", 2, 2.0),
        ("ollama/a", 1, 1.0),
        ("lmstudio/a", 3, 0.0),
        ("lmstudio/a", 4, 0.25),
        ("lmstudio/a", 7, 1.0),
    ],
)
def test_the_line_at_an_engine_at_home(model: str, busy: int, answers_ahead: float) -> None:
    assert waiting_ms(card(model), busy, 10_000) == 10_000 * answers_ahead
    assert waiting_ms(card(model, place="lan"), busy, 10_000) == 10_000 * answers_ahead
    assert waiting_ms(card(model, place="cloud"), busy, 10_000) == 0
