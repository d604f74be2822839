"""Whether it is worth looking at an answer before it is given."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homeport.policies import decide
from homeport.policies.looking import (
    checks_for,
    looked_at,
    money_share,
    successor_of,
    wait_share,
    worth_of_looking,
)
from homeport.policies.model import Budget, Policy, Scorecard
from homeport.policies.situation import Situation, situation_of
from support.deciding import ask, candidate, cloud

CHANCE = st.floats(0, 1)
NANO = st.integers(0, 10**9)


def both(quality: float, other: float, cost: int = 10**7, **changes: Any) -> tuple[Any, ...]:
    """Scorecards of a home and a cloud, and their situation."""
    fleet = (
        candidate(quality=quality, total_ms=changes.pop("total_ms", 2_000)),
        cloud(quality=other, cost_nano=cost, worst_cost_nano=cost),
    )
    wanted = ask(**{"strategy": "single", "checkable": "number", "streams": False, **changes})
    cards = {card.model: card for card in decide(wanted, fleet, Budget(), Policy()).order}
    situation = situation_of(wanted, fleet, Budget(), Policy(), ())
    return cards["llamacpp/small"], cards["openai/gpt-5.5"], situation


def worth(quality: float, other: float, cost: int = 10**7, **changes: Any) -> float:
    return worth_of_looking(*both(quality, other, cost, **changes))


@given(CHANCE, CHANCE, NANO, NANO)
def test_a_dearer_successor_is_never_worth_more(
    quality: float, other: float, one: int, more: int
) -> None:
    assert worth(quality, other, one + more) <= worth(quality, other, one)


@given(CHANCE, CHANCE, st.floats(0, 0.5))
def test_a_better_successor_is_never_worth_less(quality: float, other: float, by: float) -> None:
    assert worth(quality, min(1.0, other + by)) >= worth(quality, other)


@given(CHANCE, st.integers(100, 60_000), st.integers(0, 60_000))
def test_who_waits_longer_gains_less(quality: float, ms: int, more: int) -> None:
    # Where the first answer takes long already, a second one is felt less: only the
    # wait that looking adds counts, so it is compared at the same first answer.
    home, away, situation = both(quality, 0.9, total_ms=ms)
    slower = _slower(away, more)
    assert worth_of_looking(home, slower, situation) <= worth_of_looking(home, away, situation)


def _slower(card: Scorecard, more: int) -> Scorecard:
    from dataclasses import replace

    return replace(card, total_ms=card.total_ms + more)


def test_the_terms_are_what_they_say() -> None:
    home, away, situation = both(0.5, 0.9, 10_000_000)
    weights = situation.weights
    escalated = 0.5 * 0.8 + 0.5 * 0.2
    gain = 0.5 * 0.8 * 0.9 - 0.5 * 0.2 * 0.1
    later = home.total_ms * 2 + round(escalated * away.total_ms)
    expected = (
        weights.quality * gain
        - weights.budget * money_share(5_000_000)
        - weights.latency * (wait_share(later) - wait_share(home.total_ms))
    )
    assert abs(worth_of_looking(home, away, situation) - expected) < 1e-9


def test_where_only_the_shape_is_seen_less_is_expected() -> None:
    for quality in (0.1, 0.3, 0.5):
        assert worth(quality, 0.9, checkable="code") < worth(quality, 0.9)


def test_shares_saturate_as_those_of_a_scorecard() -> None:
    assert money_share(20_000_000) == wait_share(10_000) == 0.5
    assert money_share(0) == wait_share(0) == 0.0


def test_only_what_answers_here_is_looked_at_unasked() -> None:
    home, away, situation = both(0.5, 0.9, 1_000)
    assert looked_at(home, away, situation)
    assert not looked_at(away, home, situation)


def test_who_takes_over_is_better_and_worth_its_money() -> None:
    fleet = (
        candidate(quality=0.5),
        cloud("openai/mini", quality=0.85, cost_nano=1_000_000, worst_cost_nano=1),
        cloud("anthropic/dear", quality=0.9, cost_nano=500_000_000, worst_cost_nano=1),
        candidate("echo/toy", quality=0.99, demonstration=True),
    )
    wanted = ask()
    order = decide(wanted, fleet, Budget(), Policy()).order
    situation: Situation = situation_of(wanted, fleet, Budget(), Policy(), ())
    first = next(card for card in order if card.model == "llamacpp/small")
    best = next(card for card in order if card.model == "echo/toy")
    taken = successor_of(first, order, situation)
    assert taken is not None
    assert taken.model == "openai/mini"
    assert successor_of(best, order, situation) is None


def test_checks_fit_what_is_asked() -> None:
    assert checks_for("code", (), second="second-sample") == (
        *("refusal", "truncation", "code", "tests", "confidence"),
    )
    assert "schema" in checks_for("free", ("json_schema",), second=None)
    assert "second-model" in checks_for("choice", (), second="second-model")
    assert "second-sample" not in checks_for("number", (), second=None)
