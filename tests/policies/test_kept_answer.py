"""Whether a kept answer still holds: time, policy, price, weights, and who may answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies import decide
from homeport.policies.gates import GATES
from homeport.policies.kept_answer import LASTING, SKEW_MS, KeptAnswer, objection
from homeport.policies.model import Ask, Budget, Candidate, Policy
from support.asks import ask, model_card

KEPT = KeptAnswer(
    of="abc",
    model="sky/a",
    version="1",
    policy="p",
    price="q",
    kept_ms=1_000_000,
    ttl_ms=60_000,
    now_ms=1_030_000,
    version_now="1",
    policy_now="p",
    price_now="q",
)


def candidate(model: str = "sky/a", quality: float = 0.7, **fields: Any) -> Candidate:
    card = model_card(model, place="cloud" if model.startswith("sky") else "local")
    costs = {"cost_nano": 1000, "worst_cost_nano": 2000}
    return Candidate(card=card, state="ready", quality=quality, **(costs | fields))


def said(
    kept: KeptAnswer = KEPT,
    asked: Ask | None = None,
    candidates: tuple[Candidate, ...] = (candidate(),),
    policy: Policy = Policy(mode="balanced"),  # noqa: B008 - a value that never changes
) -> str:
    """Why it is not given, with `!` where it dies; empty where it is."""
    values = (asked or ask(), candidates, Budget(), policy)
    found = objection(kept, *values, decide(*values))
    return "" if found is None else f"{'!' if found.dies else ''}{found.sentence}"


def test_it_is_given_where_nothing_has_changed() -> None:
    assert said() == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"now_ms": KEPT.kept_ms + KEPT.ttl_ms},
        {"now_ms": KEPT.kept_ms - SKEW_MS - 1},
        {"policy_now": "another"},
        {"version_now": "2"},
        {"price_now": "another"},
        {"price_now": ""},
    ],
)
def test_it_dies(changes: dict[str, Any]) -> None:
    assert said(replace(KEPT, **changes)).startswith("!")


@given(st.integers(-(2**41), 2**41))
def test_it_is_given_within_its_time_alone(now_ms: int) -> None:
    fresh = -SKEW_MS <= now_ms - KEPT.kept_ms < KEPT.ttl_ms
    assert (said(replace(KEPT, now_ms=now_ms)) == "") is fresh


@pytest.mark.parametrize(
    "fields",
    [
        {"link": "offline"},
        {"link": "offline-by-choice"},
        {"key": "refused"},
        {"state": "failing"},
        {"breaker": "open"},
        {"worst_cost_nano": 10**15, "cost_nano": 10**15},
        {"first_token_ms": 10**9},
    ],
)
def test_what_it_would_take_to_answer_does_not_count(fields: dict[str, Any]) -> None:
    base = {"state": "ready"} | fields
    card = candidate().card
    costs = {"cost_nano": 1000, "worst_cost_nano": 2000}
    one = Candidate(card=card, quality=0.7, **(costs | base))
    assert said(asked=ask(max_cost_nano=5), candidates=(one,)) == ""


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (ask(privacy="private"), "private"),
        (ask(mode="local-only"), "local-only"),
        (ask(requested_model="local"), "at home"),
        (ask(needs=("images",)), "read images"),
        (ask(held_by=("anthropic",)), "Anthropic"),
    ],
)
def test_who_may_not_answer_may_not_have_answered(asked: Ask, why: str) -> None:
    found = said(asked=asked)
    assert why in found
    assert not found.startswith("!")


def test_a_model_that_is_not_offered_gives_nothing() -> None:
    assert "not offered" in said(candidates=(candidate("sky/b"),))


def test_what_is_private_stays_so() -> None:
    home = (candidate("home/a", cost_nano=0, worst_cost_nano=0),)
    kept = replace(KEPT, model="home/a", private=True)
    assert "private" in said(kept, candidates=home)
    assert said(kept, ask(privacy="private"), home) == ""


def test_a_better_model_that_would_be_asked_is_asked() -> None:
    better = candidate("sky/b", quality=0.95)
    assert "better" in said(candidates=(candidate(), better))
    assert said(candidates=(candidate(), replace(better, link="offline"))) == ""
    assert said(candidates=(candidate(), replace(better, quality=0.8))) == ""


def test_the_model_that_was_named_is_asked() -> None:
    named = candidate("sky/b", quality=0.7)
    pinned = ask(requested_model="sky/b")
    assert "asked for" in said(asked=pinned, candidates=(candidate(), named))
    assert said(asked=pinned, candidates=(candidate(), replace(named, link="offline"))) == ""


def test_every_lasting_gate_is_a_gate() -> None:
    assert set(LASTING) <= {name for name, _ in GATES}
