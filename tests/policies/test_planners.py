"""A plan for each strategy that somebody may ask for."""

from __future__ import annotations

from typing import Any

from homeport.policies import decide, next_after
from homeport.policies.model import Budget, Candidate, Decision, Plan, Policy, StrategyOptions
from support.deciding import ask, candidate, cloud, failure

SMALL = candidate("llamacpp/small", quality=0.5)
OTHER = candidate("ollama/other", quality=0.55, total_ms=4_000)
TOY = candidate("echo/toy", quality=0.9, demonstration=True)
CHEAP = cloud("openai/mini", quality=0.7, cost_nano=1_000_000, worst_cost_nano=5_000_000)
BEST = cloud("anthropic/best", quality=0.95, cost_nano=40_000_000, worst_cost_nano=200_000_000)
ALL = (SMALL, OTHER, TOY, CHEAP, BEST)


def decided(strategy: str, *fleet: Candidate, free: bool = True, **options: Any) -> Decision:
    limit = options.pop("max_cost_nano", None)
    wanted = ask(
        strategy=strategy,
        options=StrategyOptions(**options),
        checkable="free" if free else "number",
        max_cost_nano=limit,
    )
    return decide(wanted, fleet or ALL, Budget(), Policy())


def planned(strategy: str, *fleet: Candidate, **options: Any) -> Plan:
    decision = decided(strategy, *fleet, **options)
    assert decision.strategy == strategy
    return decision.plan


# cheapest


def test_the_cheapest_that_is_good_enough_comes_first() -> None:
    decision = decided("cheapest")
    assert decision.plan.models == ("openai/mini", "anthropic/best")
    assert decision.order[0].model == "openai/mini"
    assert {card.model for card in decision.order} == {one.card.id for one in ALL}
    assert "the cheapest of 2" in decision.plan.why


def test_a_lower_threshold_lets_what_is_free_answer() -> None:
    plan = planned("cheapest", threshold=0.5)
    assert {*plan.models[:2]} == {"llamacpp/small", "ollama/other"}


def test_where_none_is_good_enough_the_order_stays() -> None:
    usual = decided("single").order
    decision = decided("cheapest", threshold=1.0)
    assert decision.order == usual
    assert decision.plan.why.startswith("None is predicted")


def test_a_model_that_is_asked_for_by_name_comes_before_a_cheaper_one() -> None:
    for name in ("anthropic/best", "best"):
        decision = decide(ask(strategy="cheapest", requested_model=name), ALL, Budget(), Policy())
        assert decision.order[0].model == "anthropic/best"
        assert decision.because == "asked for by name"
        assert "cheapest" not in decision.plan.why


def test_a_model_that_is_asked_for_by_its_exact_name_need_not_be_good_enough() -> None:
    wanted = ask(strategy="cheapest", requested_model="llamacpp/small")
    better = candidate("ollama/better", quality=0.9)
    decision = decide(wanted, (SMALL, better), Budget(), Policy())
    assert [card.model for card in decision.order] == ["llamacpp/small", "ollama/better"]


def test_after_a_failure_what_suits_it_is_not_called_the_cheapest() -> None:
    near = cloud("openai/near", quality=0.9, cost_nano=1, worst_cost_nano=5)
    far = cloud("maker/far", quality=0.9, host="far.example", cost_nano=9, worst_cost_nano=9)
    failed = cloud("openai/failed", quality=0.9)
    history = (failure("openai/failed", "overloaded"),)
    wanted = ask(strategy="cheapest")
    decision = next_after(wanted, (near, far, failed), Budget(), Policy(), history)
    assert decision.order[0].model == "maker/far"
    assert decision.because.endswith("is overloaded: maker/far answers")
    assert "suits the last failure" in decision.plan.why


# verify


def test_home_answers_and_the_best_for_its_money_takes_over() -> None:
    plan = planned("verify", free=False)
    assert plan.models[0] in ("llamacpp/small", "ollama/other")
    assert plan.models[1] in ("openai/mini", "anthropic/best")
    assert "second-sample" in plan.checks


def test_named_models_are_who_answers_and_who_takes_over() -> None:
    plan = planned("verify", models=("mini", "anthropic/best"), threshold=0.9)
    assert plan.models == ("openai/mini", "anthropic/best")
    assert plan.thresholds == (0.9, 0.0)


def test_a_judge_is_the_second_model() -> None:
    plan = planned("verify", free=False, judge="other")
    first = plan.models[0]
    assert (plan.judge, "second-model" in plan.checks) == (
        ("ollama/other", True) if first != "ollama/other" else ("", False)
    )


def test_without_anybody_better_the_checks_are_made_all_the_same() -> None:
    plan = planned("verify", SMALL)
    assert plan.models == ("llamacpp/small",)
    assert "nothing better may take over" in plan.why


# fallback


def test_named_steps_keep_their_order_and_the_last_takes_all() -> None:
    plan = planned("fallback", models=("anthropic/best", "local", "mini"))
    assert plan.models[0] == "anthropic/best"
    assert plan.models[2] == "openai/mini"
    assert plan.thresholds == (0.6, 0.6, 0.0)


def test_a_step_that_may_not_answer_is_left_out_with_its_reason() -> None:
    plan = planned("fallback", SMALL, cloud("openai/mini", key="absent"), models=("small", "mini"))
    assert plan.models == ("llamacpp/small",)
    assert "There is no key for openai" in plan.why
    assert "is left out." in plan.why


def test_a_chain_without_models_is_answered_as_usual() -> None:
    decision = decided("fallback", SMALL, chain="anthropic")
    assert decision.strategy == "single"
    assert "`anthropic`" in decision.plan.why


# ensemble


def test_members_are_three_and_checkable_answers_are_counted() -> None:
    plan = planned("ensemble", free=False)
    assert len(plan.models) == 3
    assert plan.method == "majority"
    assert "echo/toy" not in plan.models


def test_free_text_is_weighed() -> None:
    assert planned("ensemble").method == "weighted"


def test_too_few_models_are_asked_more_than_once() -> None:
    plan = planned("ensemble", SMALL, size=3)
    assert plan.models == ("llamacpp/small",) * 3
    assert plan.why.startswith("3 answers of llamacpp/small;")


def test_the_best_judges_unless_another_is_named() -> None:
    assert planned("ensemble", method="judge").judge == "anthropic/best"
    assert planned("ensemble", method="judge", judge="mini").judge == "openai/mini"


def test_members_that_are_too_dear_beside_the_others_are_left_out() -> None:
    plan = planned("ensemble", size=4, max_cost_nano=200_000_000)
    assert "anthropic/best" not in plan.models or "openai/mini" not in plan.models
    assert "would go over the limit" in plan.why


# compare and race


def test_two_to_four_are_compared() -> None:
    assert len(planned("compare", size=1).models) == 2
    assert len(planned("compare", size=8).models) == 4
    assert len(planned("compare").models) == 3
    assert planned("compare", models=("mini", "small")).models == ("openai/mini", "llamacpp/small")


def test_one_model_cannot_be_compared() -> None:
    decision = decided("compare", SMALL)
    assert decision.strategy == "single"
    assert decision.plan.why.startswith("Fewer than two")


def test_the_first_races_against_the_quickest_other() -> None:
    quick = candidate("ollama/quick", quality=0.1, total_ms=300)
    plan = planned("race", *ALL, quick)
    assert plan.models[1] == "ollama/quick"
    assert len(plan.models) == 2


def test_who_is_one_too_many_is_named() -> None:
    fleet = (*ALL[:2], *ALL[3:], candidate("ollama/fifth"))
    plan = planned("compare", *fleet, models=("small", "other", "mini", "best", "fifth"))
    assert len(plan.models) == 4
    assert plan.why.endswith("4 answer at once at most: not ollama/fifth.")
