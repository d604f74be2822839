"""Properties of every decision, over generated situations, and the chain as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies import GATES, decide, is_loopback, is_trusted, next_after
from homeport.policies.gates import AFTER_GATES
from homeport.policies.model import (
    Ask,
    Budget,
    Candidate,
    Decision,
    Failure,
    ModelCard,
    Policy,
)
from support.deciding import CALM, ask, candidate, cloud, failure, situations, window

Situation = tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...]]
GATE_NAMES = {name for name, _ in GATES} | set(AFTER_GATES)


def by_id(fleet: tuple[Candidate, ...]) -> dict[str, Candidate]:
    return {one.card.id: one for one in fleet}


def stays(card: ModelCard, policy: Policy) -> bool:
    at_home = card.place == "local" and is_loopback(card.host)
    return at_home or (card.place != "cloud" and is_trusted(card.host, policy.trusted_hosts))


@CALM
@given(situations())
def test_every_candidate_ends_in_exactly_one_place(given_: Situation) -> None:
    decision = next_after(*given_)
    ended = [card.model for card in decision.order] + [veto.model for veto in decision.vetoes]
    assert sorted(ended) == sorted(by_id(given_[1]))


@CALM
@given(situations())
def test_every_veto_is_a_sentence_of_a_known_gate(given_: Situation) -> None:
    decision = next_after(*given_)
    for veto in decision.vetoes:
        assert veto.gate in GATE_NAMES
        assert veto.reason[0].isupper() or veto.reason.split()[0] in decision_names(given_)
        assert veto.reason.endswith(".")
    assert decision.because
    assert all(card.note.endswith(".") for card in decision.order)


def decision_names(given_: Situation) -> set[str]:
    """Names that a sentence may begin with."""
    return {one.card.provider for one in given_[1]} | {"openai/m1", "llamacpp/m0", "openai"}


@CALM
@given(situations())
def test_what_is_private_or_local_only_stays_home(given_: Situation) -> None:
    wanted, fleet, _, policy, _ = given_
    decision = next_after(*given_)
    if wanted.privacy == "private" or decision.mode == "local-only":
        models = by_id(fleet)
        assert all(stays(models[card.model].card, policy) for card in decision.order)


@CALM
@given(situations(), st.sampled_from(["cloud", "gpt-5.5", "openai/m1", "auto:cloud-only", "auto"]))
def test_no_wish_opens_the_door_for_a_private_prompt(given_: Situation, wish: str) -> None:
    wanted, fleet, budget, policy, history = given_
    private = replace(wanted, privacy="private", requested_model=wish, mode=None)
    decision = next_after(private, fleet, budget, policy, history)
    models = by_id(fleet)
    assert all(stays(models[card.model].card, policy) for card in decision.order)


@CALM
@given(situations())
def test_worst_costs_fit_every_window_and_the_askers_limit(given_: Situation) -> None:
    wanted, fleet, budget, _, _ = given_
    for card in next_after(*given_).order:
        assert card.worst_cost_nano == by_id(fleet)[card.model].worst_cost_nano
        for one in budget.windows:
            assert card.worst_cost_nano <= one.left_nano or card.worst_cost_nano == 0
        if wanted.max_cost_nano is not None:
            assert card.worst_cost_nano <= wanted.max_cost_nano


@CALM
@given(situations(), st.randoms())
def test_the_order_of_the_candidates_does_not_matter(given_: Situation, random: Any) -> None:
    wanted, fleet, budget, policy, history = given_
    shuffled = list(fleet)
    random.shuffle(shuffled)
    assert next_after(*given_) == next_after(wanted, tuple(shuffled), budget, policy, history)


@CALM
@given(situations())
def test_the_utility_is_the_sum_of_its_terms_and_sorts_the_order(given_: Situation) -> None:
    order = next_after(*given_).order
    for card in order:
        assert abs(card.utility - sum(part for _, part in card.terms)) < 1e-8
    ranks = [(-card.utility, card.model) for card in order]
    assert ranks == sorted(ranks)


@CALM
@given(situations())
def test_a_round_trip_through_json_decides_identically(given_: Situation) -> None:
    logged = msgspec.json.encode(given_)
    decision = next_after(*given_)
    assert next_after(*msgspec.json.decode(logged, type=Situation)) == decision
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


@CALM
@given(situations())
def test_next_after_admits_nothing_that_decide_would_not(given_: Situation) -> None:
    wanted, fleet, budget, policy, history = given_
    after = next_after(*given_)
    first = decide(wanted, fleet, budget, policy)
    if policy.at_limit == "local":
        assert {card.model for card in after.order} <= {card.model for card in first.order}
    failed = [one.model for one in history]
    for card in after.order:
        assert failed.count(card.model) <= 1
    if len(history) >= policy.max_attempts:
        assert not after.order


@CALM
@given(situations())
def test_following_the_orders_always_ends(given_: Situation) -> None:
    wanted, fleet, budget, policy, _ = given_
    history: list[Failure] = []
    while order := next_after(wanted, fleet, budget, policy, history).order:
        history.append(failure(order[0].model, "worker_died"))
    assert len(history) <= policy.max_attempts


def test_a_tie_is_broken_by_the_id() -> None:
    fleet = [candidate("b/x"), candidate("a/x"), candidate("c/x")]
    order = decide(ask(), fleet, Budget(), Policy()).order
    assert [card.model for card in order] == ["a/x", "b/x", "c/x"]


def test_nothing_known_is_an_answer_too() -> None:
    decision = decide(ask(), [], Budget(), Policy())
    assert decision.order == decision.vetoes == ()
    assert "homeport models add" in decision.because


def test_the_decision_names_its_mode_strategy_and_engine() -> None:
    decision = decide(ask(mode="prefer-cloud"), [candidate()], Budget(), Policy())
    assert (decision.mode, decision.strategy) == ("prefer-cloud", "single")
    assert decision.engine_version


def test_at_a_limit_the_policy_goes_on_at_home_or_refuses() -> None:
    weak, paid = candidate(quality=0.1), cloud()
    home = decide(ask(), [weak, paid], window(1_000), Policy())
    assert [card.model for card in home.order] == ["llamacpp/small"]
    assert home.because == "over budget: goes on at home"
    refused = decide(ask(), [weak, paid], window(1_000), Policy(at_limit="refuse"))
    assert refused.order == ()
    assert {veto.model: veto.gate for veto in refused.vetoes} == {
        "llamacpp/small": "limit",
        "openai/gpt-5.5": "budget",
    }
    assert "homeport budget" in refused.because


def test_a_limit_does_not_matter_where_home_would_answer_anyhow() -> None:
    good = candidate(quality=0.9)
    decision = decide(ask(), [good, cloud()], window(1_000), Policy(at_limit="refuse"))
    assert [card.model for card in decision.order] == ["llamacpp/small"]


def test_at_a_limit_it_is_the_best_over_budget_that_counts() -> None:
    """A dear model that would not have answered anyhow is no reason either way."""
    home = candidate(quality=0.3)
    best, poor = cloud("a/best", quality=1.0), cloud("b/poor", quality=0.0)
    policy = Policy(mode="balanced", at_limit="refuse")
    assert decide(ask(), [home, best, poor], window(1_000), policy).order == ()
    assert decide(ask(), [home, poor], window(1_000), policy).order != ()


def test_at_a_limit_without_a_home_there_is_nothing_to_compare() -> None:
    decision = decide(ask(), [cloud()], window(1_000), Policy(at_limit="refuse"))
    assert [veto.gate for veto in decision.vetoes] == ["budget"]


def test_vetoes_are_told_by_the_name_of_their_model() -> None:
    fleet = [cloud("c/x"), cloud("a/x"), cloud("b/x")]
    decision = decide(ask(privacy="private"), fleet, Budget(), Policy())
    assert [veto.model for veto in decision.vetoes] == ["a/x", "b/x", "c/x"]


def test_when_all_tries_are_used_up_every_model_says_so() -> None:
    history = [failure("a/x", "stall"), failure("b/x", "stall")]
    decision = next_after(ask(), [candidate("c/x")], Budget(), Policy(max_attempts=2), history)
    (veto,) = decision.vetoes
    assert (veto.gate, veto.reason) == ("attempts", "All 2 tries for one prompt are used up.")
