"""Which strategy a prompt is answered by, as a property and in the cases that pin it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies import decide, next_after
from homeport.policies.model import (
    Ask,
    AskedStrategy,
    Budget,
    Candidate,
    Checkable,
    Decision,
    Failure,
    Method,
    Policy,
    StrategyOptions,
    Weights,
)
from homeport.policies.rules.rule import Orders, Rule
from support.deciding import CALM, ask, candidate, cloud, failure, situations, window

Situation = tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...]]
NAMES = st.sampled_from(["llamacpp/m0", "m1", "openai/m2", "local", "cloud", "nothing", "gpt-5.5"])
OPTIONS = st.builds(
    StrategyOptions,
    models=st.just(()) | st.lists(NAMES, max_size=4, unique=True).map(tuple),
    chain=st.sampled_from(["", "mixed", "anthropic", "openai", "fast", "local"]),
    size=st.none() | st.integers(1, 8),
    threshold=st.none() | st.floats(0, 1),
    method=st.sampled_from(["", *get_args(Method)]),
    judge=st.just("") | NAMES,
)


@st.composite
def asked(draw: st.DrawFn) -> Situation:
    """Any situation, under any strategy that may be asked for."""
    wanted, *rest = draw(situations())
    wanted = replace(
        wanted,
        strategy=draw(st.sampled_from(get_args(AskedStrategy))),
        options=draw(OPTIONS),
        checkable=draw(st.sampled_from(get_args(Checkable))),
    )
    return (wanted, *rest)  # type: ignore[return-value]


@CALM
@given(asked())
def test_all_that_is_planned_may_answer_and_comes_first(given_: Situation) -> None:
    decision = next_after(*given_)
    plan, order = decision.plan, [card.model for card in decision.order]
    assert {*plan.models, plan.judge} - {""} <= set(order)
    first = list(dict.fromkeys(plan.models))
    assert order[: len(first)] == first
    if plan.models:
        assert plan.why.endswith(".")
    else:
        assert decision.strategy == "single"


@CALM
@given(asked())
def test_every_candidate_is_still_placed_once(given_: Situation) -> None:
    decision = next_after(*given_)
    placed = [card.model for card in decision.order] + [veto.model for veto in decision.vetoes]
    assert sorted(placed) == sorted(one.card.id for one in given_[1])


@CALM
@given(asked(), st.randoms())
def test_a_plan_does_not_depend_on_the_order_of_the_candidates(
    given_: Situation, random: Any
) -> None:
    wanted, fleet, *rest = given_
    shuffled = list(fleet)
    random.shuffle(shuffled)
    assert next_after(*given_) == next_after(wanted, tuple(shuffled), *rest)


@CALM
@given(asked())
def test_a_plan_replays_from_its_log(given_: Situation) -> None:
    decision = next_after(*given_)
    again = next_after(*msgspec.json.decode(msgspec.json.encode(given_), type=Situation))
    assert again == decision
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


@CALM
@given(asked())
def test_what_runs_at_once_fits_every_limit_together(given_: Situation) -> None:
    wanted, fleet, budget, *_ = given_
    decision = next_after(*given_)
    if decision.strategy not in ("ensemble", "compare", "race"):
        return
    worst = {one.card.id: one.worst_cost_nano or 0 for one in fleet}
    total = sum(worst[model] for model in decision.plan.models)
    limits = [wanted.max_cost_nano, budget.left_nano]
    assert total == 0 or all(total <= limit for limit in limits if limit is not None)


@CALM
@given(asked())
def test_who_is_not_asked_is_never_planned(given_: Situation) -> None:
    wanted, *rest = given_
    if wanted.options.models and not {"local", "cloud"} & {*wanted.options.models}:
        decision = next_after(*given_)
        names = {*wanted.options.models, wanted.options.judge}
        assert all(
            card.model in names or card.model.partition("/")[2] in names for card in decision.order
        )
    assert next_after(replace(wanted, strategy="single"), *rest).plan.models == ()


# What fits where nobody says anything

SUM: dict[str, Any] = {"checkable": "number", "streams": False, "strategy": "auto"}
TOY = candidate("echo/a", demonstration=True, quality=0.2)
PAIR = (candidate(quality=0.5), cloud(quality=0.9, cost_nano=1_000_000))


def decided(*fleet: Candidate, **changes: Any) -> Decision:
    return decide(ask(**{**SUM, **changes}), fleet or PAIR, Budget(), Policy())


def test_a_checkable_answer_is_looked_at() -> None:
    decision = decided()
    assert decision.strategy == "verify"
    assert decision.plan.models == ("llamacpp/small", "openai/gpt-5.5")
    assert decision.plan.thresholds == (0.6, 0.0)
    assert decision.plan.checks == (
        *("refusal", "truncation", "arithmetic", "second-sample", "confidence"),
    )
    assert "50%" in decision.plan.why


@pytest.mark.parametrize("checkable", ["choice", "label", "code", "json"])
def test_so_is_any_other_kind_that_can_be_checked(checkable: str) -> None:
    assert decided(checkable=checkable).strategy == "verify"


@pytest.mark.parametrize(
    ("fleet", "changes"),
    [
        (PAIR, {"checkable": "free"}),
        (PAIR, {"streams": True}),
        (PAIR, {"privacy": "private"}),
        (PAIR, {"requested_model": "llamacpp/small"}),
        (PAIR, {"requested_model": "small"}),
        (PAIR, {"needs": ("tools",)}),
        (PAIR, {"max_cost_nano": 1}),
        (PAIR, {"deadline_ms": 5_000}),
        (PAIR, {"strategy": "single"}),
        (PAIR, {"mode": "local-only"}),
        ((candidate(),), {}),
        ((TOY,), {}),
        ((TOY, candidate("echo/b", demonstration=True, quality=0.9)), {}),
        ((candidate(quality=0.5), cloud(quality=0.6)), {}),
        ((candidate(quality=0.95), cloud(quality=1.0, cost_nano=0)), {}),
        ((candidate(quality=0.5), cloud(cost_nano=2 * 10**9, worst_cost_nano=3 * 10**9)), {}),
        (PAIR, {"weights": Weights(budget=0.0, latency=0.9, quality=0.1)}),
    ],
    ids=[
        *("free", "streams", "private", "pinned", "preferred", "tools", "no-money", "no-time"),
        *("single", "local-only", "alone", "demonstration", "demonstrations"),
        *("not-better", "surely-right", "dear", "hurry"),
    ],
)
def test_it_is_not_looked_at_where_that_is_not_worth_it(
    fleet: tuple[Candidate, ...], changes: dict[str, Any]
) -> None:
    assert decided(*fleet, **changes).strategy == "single"


def test_after_a_failure_one_model_goes_on() -> None:
    fleet = (*PAIR, candidate("llamacpp/other"))
    history = (failure("llamacpp/small", "out_of_memory"),)
    for strategy in ("auto", "verify", "ensemble", "race"):
        again = next_after(ask(**{**SUM, "strategy": strategy}), fleet, Budget(), Policy(), history)
        assert again.strategy == "single"


def test_a_rule_asks_for_a_strategy_and_the_caller_comes_before_it() -> None:
    policy = Policy(rules=(Rule(name="look", then=Orders(strategy="race")),))
    ruled = decide(ask(strategy="auto"), PAIR, Budget(), policy)
    own = decide(ask(strategy="single"), PAIR, Budget(), policy)
    assert (ruled.strategy, own.strategy) == ("race", "single")


@pytest.mark.parametrize("strategy", [s for s in get_args(AskedStrategy) if s != "auto"])
def test_a_rule_has_nobody_else_answer_for_a_model_asked_for_by_its_exact_name(
    strategy: str,
) -> None:
    fleet = (candidate("llamacpp/small"), candidate("ollama/other"), cloud("openai/best"))
    policy = Policy(rules=(Rule(name="all", then=Orders(strategy=strategy)),))
    wanted = ask(strategy="auto", requested_model="openai/best", checkable="number")
    decision = decide(wanted, fleet, Budget(), policy)
    assert (decision.strategy, decision.order[0].model) == ("single", "openai/best")


def test_tools_are_called_by_one_model_and_the_plan_says_so() -> None:
    able = tuple(replace(one, card=replace(one.card, capabilities=("tools",))) for one in PAIR)
    for strategy in ("verify", "ensemble", "compare"):
        decision = decided(*able, strategy=strategy, needs=("tools",))
        assert decision.strategy == "single"
        assert strategy in decision.plan.why
    assert decided(*able, strategy="race", needs=("tools",)).strategy == "race"


def test_where_some_alone_are_asked_they_come_as_they_are_named() -> None:
    names = ("openai/gpt-5.5", "llamacpp/small")
    decision = decided(strategy="single", only=names)
    assert tuple(card.model for card in decision.order) == names
    assert decide(ask(only=names[:1]), PAIR, Budget(), Policy()).vetoes[0].gate == "requested"


def test_a_budget_that_holds_one_is_a_plan_for_one() -> None:
    fleet = (cloud(), cloud("anthropic/best"))
    decision = decide(ask(strategy="race"), fleet, window(60_000_000), Policy())
    assert decision.strategy == "single"
    assert decision.plan.why.startswith("Only one model may answer")


def test_among_demonstrations_the_better_one_takes_over_where_it_is_asked_for() -> None:
    other = candidate("cloudy/b", place="cloud", demonstration=True, quality=0.3)
    assert decided(TOY, other, strategy="verify").plan.models == ("echo/a", "cloudy/b")


@pytest.mark.parametrize(
    ("strategy", "because"),
    [
        ("verify", "looked at before it is given"),
        ("cheapest", "the cheapest that is good enough"),
        ("fallback", "a chain of 2: the first that is sure"),
        ("ensemble", "3 answers: what most of them say"),
        ("compare", "2 side by side"),
        ("race", "2 race: the first to answer"),
    ],
)
def test_the_feed_says_how_it_is_answered(strategy: str, because: str) -> None:
    assert decided(strategy=strategy).because == because


def test_where_only_some_are_asked_the_feed_says_no_more() -> None:
    assert decided(strategy="single", only=("llamacpp/small",)).because == "asked for this answer"
