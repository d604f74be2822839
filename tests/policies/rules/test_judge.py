"""Rules over a prompt: which apply, who wins, and what they can never do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies import decide, is_loopback, is_trusted, next_after
from homeport.policies.model import Ask, Budget, Candidate, Failure, Policy, Weights
from homeport.policies.rules.facts import FACTS, facts_of
from homeport.policies.rules.judge import (
    binding,
    governed,
    holds,
    merged,
    set_by,
)
from homeport.policies.rules.ready import rules_that_apply, ruling_of
from homeport.policies.rules.rule import (
    NOWHERE,
    THINGS,
    Condition,
    Orders,
    Rule,
    Surroundings,
    Trait,
)
from support.deciding import (
    CALM,
    SURROUNDINGS,
    ask,
    candidate,
    cloud,
    rule_sets,
    situations,
    window,
)

Situation = tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...]]


def facts(around: Surroundings = NOWHERE, budget: Budget | None = None, **changes: Any) -> Any:
    return facts_of(ask(**changes), budget or Budget(), around)


def where(fact: str, *words: str, **ends: float) -> Condition:
    return Condition(traits=(Trait(fact=fact, words=words, **ends),))


def rule(name: str, when: Condition | None = None, say: str = "", **orders: Any) -> Rule:
    return Rule(name=name, when=when or Condition(), then=Orders(**orders), say=say)


def decided(rules: tuple[Rule, ...], *fleet: Candidate, **changes: Any) -> Any:
    return decide(ask(**changes), fleet, Budget(), Policy(rules=rules))


# Conditions


def test_every_fact_has_a_value_for_every_prompt() -> None:
    assert list(facts()) == list(FACTS)


HOLD: list[tuple[Condition, dict[str, Any], bool]] = [
    (Condition(), {}, True),
    (where("task", "question"), {}, True),
    (where("task", "code", "chat"), {}, False),
    (where("difficulty", low=20.0, high=20.0), {}, True),
    (where("difficulty", low=21.0), {}, False),
    (where("difficulty", high=19.0), {}, False),
    (where("tag", "work*"), {"tags": ("home", "Workshop")}, True),
    (where("tag", "*"), {"tags": ()}, False),
    (where("needs", "tools", "images"), {"needs": ("images", "tools")}, True),
    (where("needs", "tools", "images"), {"needs": ("tools",)}, False),
    (where("path", "src/secret/*"), {"tags": ("path:src/secret/a.py",)}, True),
    (where("path", "src/*"), {"tags": ("src/a.py",)}, False),
    (where("model", "auto"), {"requested_model": ""}, True),
    (where("model", "gpt-*"), {"requested_model": "gpt-5.5"}, True),
    (where("stream", "no"), {"streams": False}, True),
    (where("session", "?*"), {"session": ""}, False),
    (where("budget_left", high=0.3), {}, False),
    (where("hour", low=0.0), {}, False),
]


@pytest.mark.parametrize(("condition", "changes", "met"), HOLD)
def test_what_a_condition_asks_for(
    condition: Condition, changes: dict[str, Any], met: bool
) -> None:
    assert holds(condition, facts(**changes)) is met


@pytest.mark.parametrize(
    ("hour", "met"), [(21, False), (22, True), (23, True), (0, True), (6, True), (7, False)]
)
def test_hours_go_round(hour: int, met: bool) -> None:
    night = where("hour", low=22.0, high=6.0)
    assert holds(night, facts(Surroundings(hour=hour))) is met


def test_the_share_of_the_budget_that_is_left_is_the_least_of_its_windows() -> None:
    day = replace(window(100).windows[0], spent_nano=75)
    budget = Budget(windows=(*window(100, "month").windows, day))
    assert facts(budget=budget)["budget_left"] == 0.25
    assert facts(budget=window(0))["budget_left"] == 0.0


@given(st.booleans(), st.booleans(), st.booleans())
def test_any_all_and_not_mean_what_they_say(a: bool, b: bool, c: bool) -> None:
    yes, no = where("task", "question"), where("task", "chat")
    one, two, three = (yes if met else no for met in (a, b, c))
    condition = Condition(every=(one,), some=(one, two), none=(three,))
    assert holds(condition, facts()) is (a and (a or b) and not c)


def test_all_alone_any_alone_and_not_alone_are_asked_too() -> None:
    yes, no = where("task", "question"), where("task", "chat")
    for part, met in ((yes, True), (no, False)):
        assert holds(Condition(every=(part,)), facts()) is met
        assert holds(Condition(every=(yes, part)), facts()) is met
        assert holds(Condition(some=(part,)), facts()) is met
        assert holds(Condition(some=(no, part)), facts()) is met
        assert holds(Condition(none=(part,)), facts()) is not met
        assert holds(Condition(none=(no, part)), facts()) is not met
        assert holds(Condition(every=(yes,), none=(part,)), facts()) is not met
        assert holds(Condition(every=(part,), some=(yes,)), facts()) is met


# Who wins


@given(rule_sets())
def test_the_first_rule_to_set_a_thing_wins(rules: tuple[Rule, ...]) -> None:
    ruling = merged(rules)
    for thing in THINGS:
        first = next((one for one in rules if thing in set_by(one.then)), None)
        assert ruling.author(thing).rule == (first.name if first else "")
        assert getattr(ruling.orders, thing) == getattr((first or Rule(name="")).then, thing)


@CALM
@given(situations(), rule_sets(), SURROUNDINGS)
def test_rules_that_do_not_apply_change_nothing(
    given_: Situation, rules: tuple[Rule, ...], around: Surroundings
) -> None:
    wanted, fleet, budget, policy, history = given_
    kept = rules_that_apply(rules, wanted, budget, around)
    whole = next_after(wanted, fleet, budget, replace(policy, rules=rules), history, around)
    assert whole == next_after(wanted, fleet, budget, replace(policy, rules=kept), history, around)


@CALM
@given(situations(), rule_sets(), SURROUNDINGS)
def test_under_every_set_of_rules_each_candidate_has_one_place(
    given_: Situation, rules: tuple[Rule, ...], around: Surroundings
) -> None:
    wanted, fleet, budget, policy, history = given_
    decision = next_after(wanted, fleet, budget, replace(policy, rules=rules), history, around)
    ended = [card.model for card in decision.order] + [veto.model for veto in decision.vetoes]
    assert sorted(ended) == sorted(one.card.id for one in fleet)
    assert all(veto.reason.endswith(".") for veto in decision.vetoes)


@CALM
@given(situations(), rule_sets(), SURROUNDINGS)
def test_no_set_of_rules_lets_a_private_prompt_out(
    given_: Situation, rules: tuple[Rule, ...], around: Surroundings
) -> None:
    wanted, fleet, budget, policy, history = given_
    policy = replace(policy, rules=rules)
    decision = next_after(wanted, fleet, budget, policy, history, around)
    private = wanted.privacy == "private" or decision.ruling.orders.private
    if not private and policy.mode != "local-only":
        return
    cards = {one.card.id: one.card for one in fleet}
    for score in decision.order:
        card = cards[score.model]
        at_home = card.place == "local" and is_loopback(card.host)
        assert at_home or (card.place != "cloud" and is_trusted(card.host, policy.trusted_hosts))


@CALM
@given(situations(), rule_sets(), rule_sets(), SURROUNDINGS)
def test_no_policy_that_a_program_names_opens_what_the_person_closed(
    given_: Situation, own: tuple[Rule, ...], named: tuple[Rule, ...], around: Surroundings
) -> None:
    wanted, _, budget, _, _ = given_
    mine = ruling_of(own, wanted, budget, around).orders
    both = ruling_of((*named, *binding(own)), wanted, budget, around).orders
    assert both.private or not (mine.private or mine.mode == "local-only")
    assert both.refuse or not mine.refuse


@CALM
@given(situations(), rule_sets(), SURROUNDINGS)
def test_a_logged_decision_under_rules_gives_the_same_again(
    given_: Situation, rules: tuple[Rule, ...], around: Surroundings
) -> None:
    wanted, fleet, budget, policy, history = given_
    policy = replace(policy, rules=rules_that_apply(rules, wanted, budget, around))
    decision = next_after(wanted, fleet, budget, policy, history, around)
    stored = msgspec.json.encode((wanted, fleet, budget, policy, history, around))
    kinds = tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...], Surroundings]
    again = next_after(*msgspec.json.decode(stored, type=kinds))
    assert msgspec.json.encode(again) == msgspec.json.encode(decision)


# What each order does


KEPT_OUT: list[tuple[dict[str, Any], str]] = [
    ({"places": ("local", "lan")}, "The rule `mine` admits local and lan only: it is dear."),
    ({"allow": ("llamacpp/*",)}, "The rule `mine` admits llamacpp/* only: it is dear."),
    ({"deny": ("openai/*",)}, "The rule `mine` keeps it out: it is dear."),
    ({"deny": ("cloud",)}, "The rule `mine` keeps it out: it is dear."),
    (
        {"dearest_nano": 1_000_000},
        "The rule `mine` spends $0.001 at most on this, and it would cost about $0.01: it is dear.",
    ),
    ({"refuse": "Not at work"}, "The rule `mine` refuses: Not at work."),
]


@pytest.mark.parametrize(("orders", "sentence"), KEPT_OUT)
def test_what_a_rule_keeps_out(orders: dict[str, Any], sentence: str) -> None:
    decision = decided((rule("mine", say="it is dear", **orders),), cloud())
    (veto,) = decision.vetoes
    assert (veto.gate, veto.reason) == ("rule", sentence)


def test_a_refusal_says_its_sentence_before_all_else() -> None:
    decision = decided((rule("mine", refuse="Not at work."),), candidate(), cloud())
    assert decision.order == ()
    assert decision.because == "the rule `mine` refuses: Not at work."


def test_a_preferred_model_is_worth_more_and_not_everything() -> None:
    (card,) = decided((rule("mine", prefer=("llamacpp/*",)),), candidate()).order
    assert ("rule", 0.15) in card.terms


def test_limits_are_the_lesser_of_two() -> None:
    ruling = merged((rule("mine", max_cost_nano=5, deadline_ms=70),))
    assert governed(ask(max_cost_nano=3), ruling).max_cost_nano == 3
    assert governed(ask(max_cost_nano=9), ruling).max_cost_nano == 5
    assert governed(ask(), ruling).max_cost_nano == 5
    assert governed(ask(deadline_ms=60), ruling).deadline_ms == 60
    assert governed(ask(deadline_ms=80), ruling).deadline_ms == 70


def test_the_caller_is_heard_before_a_rule_about_weights_and_mode() -> None:
    ruling = merged((rule("mine", weights=(1.0, 0.0, 0.0), mode="prefer-cloud"),))
    own = Weights(budget=0.0, latency=0.0, quality=1.0)
    assert governed(ask(weights=own), ruling).weights == own
    assert governed(ask(), ruling).weights == Weights(budget=1.0, latency=0.0, quality=0.0)
    rules = (rule("mine", mode="prefer-cloud"),)
    assert decided(rules, candidate()).mode == "prefer-cloud"
    assert decided(rules, candidate(), mode="balanced").mode == "balanced"


def test_a_rule_of_local_only_binds_the_caller() -> None:
    rules = (rule("mine", mode="local-only"),)
    decision = decided(rules, cloud(), mode="cloud-only")
    assert (decision.mode, decision.order) == ("local-only", ())


@pytest.mark.parametrize("asked", [None, "balanced", "cloud-only"])
def test_the_ask_under_a_rule_of_local_only_is_of_that_mode(asked: Any) -> None:
    ruling = merged((rule("mine", mode="local-only"),))
    assert governed(ask(mode=asked), ruling).mode == "local-only"
    other = merged((rule("mine", mode="balanced"),))
    assert governed(ask(mode=asked), other).mode == asked


def test_what_binds_under_any_policy_is_privacy_and_refusals() -> None:
    rules = (
        rule("home", mode="local-only"),
        rule("private", private=True, places=("lan",)),
        rule("no", refuse="Not at work."),
        rule("mode", mode="balanced", deny=("cloud",)),
    )
    bound = {one.name: one.then for one in binding(rules)}
    assert bound == {
        "home": Orders(private=True),
        "private": Orders(private=True),
        "no": Orders(refuse="Not at work."),
    }


def test_without_rules_nothing_is_said() -> None:
    assert decided((), candidate()).ruling.by == ()


def test_a_fact_of_a_few_words_is_named_by_one_of_them_and_by_no_pattern() -> None:
    assert FACTS["task"].words
    assert holds(where("task", "code"), facts(task="code"))
    assert not holds(where("task", "co*"), facts(task="code"))


def test_a_word_is_itself_whatever_capitals_or_marks_it_has() -> None:
    assert holds(where("tag", "[x]"), facts(tags=("[x]",)))
    assert holds(where("tag", "WORK*"), facts(tags=("workshop",)))


def test_one_hour_is_no_day() -> None:
    at_five = where("hour", low=5.0, high=5.0)
    assert holds(at_five, facts(Surroundings(hour=5)))
    assert not holds(at_five, facts(Surroundings(hour=6)))


def test_a_limit_of_the_caller_stays_where_a_rule_sets_none() -> None:
    ruling = merged([rule("mine", private=True)])
    assert governed(ask(max_cost_nano=5), ruling).max_cost_nano == 5
    assert governed(ask(), merged([rule("mine", max_cost_nano=7)])).max_cost_nano == 7
