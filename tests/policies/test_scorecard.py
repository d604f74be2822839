"""The terms of a scorecard, and what each mode makes of the same fleet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.decide import decide
from homeport.policies.model import Ask, Budget, Candidate, Policy, Scorecard, Weights
from homeport.policies.rules.rule import Orders, Rule
from homeport.policies.scorecard import (
    DEMONSTRATION,
    LATE,
    MOST_PACE,
    PROBED,
    REQUESTED,
    UNRELIABLE,
    UNSUITED,
    score,
)
from homeport.policies.situation import situation_of
from support.deciding import ask, candidate, candidates, cloud, failure

BUSY = Weights(budget=0, latency=1, quality=0)
THRIFTY = Weights(budget=1, latency=0, quality=0)


def scored(one: Candidate, wanted: Ask | None = None, policy: Policy | None = None) -> Scorecard:
    wanted, policy = wanted or ask(), policy or Policy()
    return score(one, situation_of(wanted, [one], Budget(), policy, ()))


def term(card: Scorecard, name: str) -> float:
    return dict(card.terms).get(name, 0.0)


def test_quality_counts_by_its_weight_and_is_kept_between_0_and_1() -> None:
    policy = Policy(weights=Weights(budget=1, latency=1, quality=2))
    assert term(scored(candidate(quality=0.5), policy=policy), "quality") == 0.25
    assert scored(candidate(quality=7.0)).quality == 1.0
    assert scored(candidate(quality=-1.0)).quality == 0.0
    assert scored(candidate(quality=float("nan"))).quality == 0.0


def test_money_saturates() -> None:
    policy = Policy(weights=THRIFTY)
    costs = [0, 10**6, 10**7, 10**8, 10**9]
    parts = [term(scored(cloud(cost_nano=cost), policy=policy), "money") for cost in costs]
    assert parts[0] == 0.0
    assert parts == sorted(parts, reverse=True)
    assert parts[-1] > -1.0


def test_waiting_is_for_the_first_token_on_a_stream_and_patient_in_a_batch() -> None:
    policy = Policy(weights=BUSY)
    one = candidate(first_token_ms=100, total_ms=20_000)
    stream = term(scored(one, ask(streams=True), policy), "waiting")
    whole = term(scored(one, ask(streams=False), policy), "waiting")
    batch = term(scored(one, ask(streams=False, urgency="batch"), policy), "waiting")
    assert whole < stream < 0
    assert whole < batch < 0


def test_a_weak_answer_from_home_is_worth_less_of_the_preference() -> None:
    good, weak = candidate(quality=0.9), candidate(quality=0.25)
    assert term(scored(good), "place") == 0.3
    assert term(scored(weak), "place") == 0.15
    assert term(scored(good, policy=Policy(mode="cloud-only")), "place") == 0.0


def test_demonstration_probe_and_lateness_cost() -> None:
    assert term(scored(candidate(demonstration=True)), "demonstration") == DEMONSTRATION
    assert term(scored(candidate(breaker="half-open")), "reliability") == PROBED
    flaky = candidate(breaker="half-open", reliability=0.5)
    assert term(scored(flaky), "reliability") == PROBED + UNRELIABLE / 2
    assert term(scored(candidate(total_ms=9_000), ask(deadline_ms=5_000)), "deadline") == LATE


def test_what_breaks_lately_is_worth_less_in_proportion() -> None:
    shares = [1.0, 0.8, 0.5, 0.0, float("nan")]
    parts = [term(scored(candidate(reliability=share)), "reliability") for share in shares]
    assert parts == [0.0, -0.06, -0.15, UNRELIABLE, UNRELIABLE]
    steady, flaky = candidate("a/steady", quality=0.7), candidate("b/flaky", quality=0.72)
    pair = [replace(flaky, reliability=0.8), steady]
    assert decide(ask(), [flaky, steady], Budget(), Policy()).order[0].model == "b/flaky"
    assert decide(ask(), pair, Budget(), Policy()).order[0].model == "a/steady"


@given(candidates(0), st.floats(0, 1))
def test_who_breaks_less_never_scores_less(one: Candidate, share: float) -> None:
    flaky, steady = (replace(one, reliability=each) for each in (share * one.reliability, 1.0))
    assert scored(steady).utility >= scored(flaky).utility


def test_what_was_asked_for_by_name_outweighs_all_but_a_failure() -> None:
    worst = Weights(budget=1, latency=0, quality=0)
    bad = candidate("a/bad", quality=0, total_ms=900_000, demonstration=True, breaker="half-open")
    good = candidate("b/good", quality=1, total_ms=1)
    order = decide(
        ask(requested_model="bad", deadline_ms=1_000), [bad, good], Budget(), Policy(weights=worst)
    ).order
    assert [card.model for card in order] == ["a/bad", "b/good"]
    assert term(order[0], "requested") == REQUESTED


def test_who_does_not_suit_the_failure_comes_after_who_does() -> None:
    slow = candidate("a/slow", quality=1.0, total_ms=90_000)
    fast = candidate("b/fast", quality=0.1, total_ms=10)
    stuck = candidate("c/stuck", total_ms=50_000)
    history = [failure("c/stuck", "stall")]
    situation = situation_of(ask(), [slow, fast, stuck], Budget(), Policy(), history)
    assert term(score(slow, situation), "successor") == UNSUITED
    assert term(score(fast, situation), "successor") == 0.0
    assert score(fast, situation).utility > score(slow, situation).utility


@pytest.mark.parametrize(
    ("one", "wanted", "note"),
    [
        (candidate(), ask(), "Good enough, free."),
        (candidate(quality=0.1), ask(), "Weak at this, free."),
        (cloud(), ask(), "Good enough, about $0.01."),
        (candidate(load_ms=2_100), ask(), "Good enough, free, after 2.1 s of loading."),
        (
            cloud(warm_tokens=12_400),
            ask(),
            "Good enough, about $0.01; its prompt cache holds 12,400 tokens of this conversation.",
        ),
        (
            candidate(demonstration=True),
            ask(),
            "A demonstration model, too small to be relied on.",
        ),
        (candidate(breaker="half-open"), ask(), "It failed lately, and is tried again."),
        (
            candidate(total_ms=9_000),
            ask(deadline_ms=5_000),
            "May not be done in time: it would take 9.0 s.",
        ),
    ],
)
def test_notes(one: Candidate, wanted: Ask, note: str) -> None:
    assert scored(one, wanted).note == note


HOME, AWAY = candidate(quality=0.6, total_ms=8_000), cloud(cost_nano=3_000_000)


@pytest.mark.parametrize(
    ("mode", "first"),
    [
        ("local-only", "llamacpp/small"),
        ("prefer-local", "llamacpp/small"),
        ("balanced", "openai/gpt-5.5"),
        ("prefer-cloud", "openai/gpt-5.5"),
        ("cloud-only", "openai/gpt-5.5"),
    ],
)
def test_modes_choose_differently(mode: str, first: str) -> None:
    wanted = ask(mode=mode)
    assert decide(wanted, [HOME, AWAY], Budget(), Policy()).order[0].model == first


def test_prefer_local_leaves_home_where_home_is_hopeless() -> None:
    fleet = [candidate(quality=0.15), cloud(quality=0.85, cost_nano=3_000_000)]
    assert decide(ask(), fleet, Budget(), Policy()).order[0].place == "cloud"


# The numbers of the README, as they are written there


EVEN = Policy(mode="cloud-only", weights=Weights(budget=1, latency=1, quality=2))


@pytest.mark.parametrize(
    ("one", "wanted", "name", "value"),
    [
        (cloud(quality=0.8), ask(), "quality", 0.4),
        (cloud(cost_nano=20_000_000), ask(), "money", -0.125),
        (cloud(cost_nano=60_000_000), ask(), "money", -0.1875),
        (cloud(cost_nano=0), ask(), "money", 0.0),
        (cloud(cost_nano=1_000_000), ask(), "money", -0.0119),
        (cloud(total_ms=10_000), ask(streams=False), "waiting", -0.125),
        (cloud(total_ms=40_000), ask(streams=False, urgency="batch"), "waiting", -0.125),
        (cloud(total_ms=19_000, first_token_ms=1_000), ask(), "waiting", -0.125),
        (
            cloud(total_ms=17_000, first_token_ms=1_000, wait_ms=1_000, load_ms=1_000),
            ask(), "waiting", -0.125,
        ),
        (cloud(total_ms=10_000, first_token_ms=90_000), ask(), "waiting", -0.125),
        (cloud(total_ms=-5), ask(), "waiting", 0.0),
        (cloud(demonstration=True), ask(), "demonstration", -0.25),
        (cloud(breaker="half-open"), ask(), "reliability", -0.1),
        (cloud(reliability=0.0), ask(), "reliability", -0.3),
        (cloud(reliability=0.5, breaker="half-open"), ask(), "reliability", -0.25),
        (cloud(total_ms=5_001), ask(deadline_ms=5_000), "deadline", -0.3),
        (cloud(total_ms=5_000), ask(deadline_ms=5_000), "deadline", 0.0),
        (cloud(), ask(requested_model="gpt-5.5"), "requested", 4.0),
    ],
)  # fmt: skip
def test_each_term_is_what_the_readme_says(
    one: Candidate, wanted: Ask, name: str, value: float
) -> None:
    assert term(scored(one, wanted, EVEN), name) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("late", "value"), [("b/other", -10.0), ("a/failed", -20.0)])
def test_each_step_behind_the_others_costs_ten(late: str, value: float) -> None:
    fleet = [candidate("a/failed", host="h:1"), candidate("b/other", host="h:1", total_ms=9_000)]
    history = [failure("a/failed", "truncated")]
    if late == "b/other":
        history = [failure("a/failed", "overloaded")]
    situation = situation_of(ask(), fleet, Budget(), Policy(), history)
    (one,) = [one for one in fleet if one.card.id == late]
    assert term(score(one, situation), "successor") == value


def test_a_card_says_what_its_candidate_costs_and_takes() -> None:
    card = scored(cloud(cost_nano=7, worst_cost_nano=9, total_ms=11))
    assert (card.cost_nano, card.worst_cost_nano, card.total_ms) == (7, 9, 11)
    unknown = scored(cloud(cost_nano=None, worst_cost_nano=None))
    assert (unknown.cost_nano, unknown.worst_cost_nano) == (0, 0)


def test_half_of_good_enough_is_worth_half_the_preference() -> None:
    places = [term(scored(candidate(quality=q)), "place") for q in (0.0, 0.25, 0.5, 0.75)]
    assert places == [0.0, 0.15, 0.3, 0.3]


def test_where_quality_is_just_enough_it_is_good_enough() -> None:
    assert scored(candidate(quality=0.5)).note == "Good enough, free."
    assert scored(candidate(quality=0.49)).note == "Weak at this, free."
    kept = scored(candidate(warm_tokens=1_200)).note
    assert kept == "Good enough, free; its prompt cache holds 1,200 tokens of this conversation."
    assert scored(candidate(warm_tokens=1)).note.endswith("holds 1 tokens of this conversation.")


def test_a_utility_is_its_terms_and_nothing_more() -> None:
    card = scored(cloud(), ask(requested_model="gpt-5.5"))
    assert card.utility == pytest.approx(sum(part for _, part in card.terms), abs=1e-9)
    assert MOST_PACE == REQUESTED == 4.0


def test_terms_are_kept_to_four_digits() -> None:
    card = scored(candidate(quality=0.123456), policy=Policy(mode="prefer-local"))
    assert term(card, "quality") == 0.0617
    assert term(card, "place") == 0.0741


def test_a_rule_prefers_those_that_it_means_and_no_others() -> None:
    rules = (Rule(name="mine", then=Orders(prefer=("llamacpp/*",))),)
    fleet = [candidate("llamacpp/a"), candidate("ollama/b")]
    cards = decide(ask(), fleet, Budget(), Policy(rules=rules)).order
    assert {card.model: term(card, "rule") for card in cards} == {
        "llamacpp/a": 0.15,
        "ollama/b": 0.0,
    }


@pytest.mark.parametrize(("cost", "weight"), [(0, 1.0), (10, 0.0), (-5, 1.0)])
def test_what_costs_or_counts_nothing_is_a_plain_nothing(cost: int, weight: float) -> None:
    policy = Policy(weights=Weights(budget=weight, latency=1, quality=1))
    assert repr(term(scored(cloud(cost_nano=cost), policy=policy), "money")) == "0.0"
