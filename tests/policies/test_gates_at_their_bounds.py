"""Gates one step before and one step behind their bounds, and every word that they choose from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homeport.policies.gates import AFTER_GATES, falls_to_a_prediction, first_veto, max_cost
from homeport.policies.model import Ask, Budget, BudgetScope, BudgetWindow, Candidate, Policy
from homeport.policies.situation import situation_of
from support.deciding import ask, candidate, cloud, rate, window


def said(one: Candidate, wanted: Ask, budget: Budget | None = None) -> str:
    """What speaks against it; empty where nothing does."""
    situation = situation_of(wanted, [one], budget or Budget(), Policy(), ())
    veto = first_veto(one, situation)
    return veto[1] if veto else ""


def test_who_keeps_to_a_schema_still_has_to_do_the_rest() -> None:
    shaped = candidate(capabilities=("json_schema",))
    assert said(shaped, ask(needs=("json",))) == ""
    assert said(shaped, ask(needs=("tools",))) == "It cannot call tools."


@pytest.mark.parametrize(
    ("urgency", "free_ms", "waits"),
    [("interactive", 10_000, True), ("interactive", 10_001, False),
     ("batch", 60_000, True), ("batch", 60_001, False)],
)  # fmt: skip
def test_patience_has_an_end(urgency: Any, free_ms: int, waits: bool) -> None:
    assert (said(candidate(rate=rate(free_ms)), ask(urgency=urgency)) == "") is waits


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limit": 1}, "It may be asked once a minute, as long as its provider does not say;"),
        ({"limit": 2}, "It may be asked 2 times a minute,"),
        ({"period_s": 1, "source": "config"}, "It may be asked 20 times a second by your config;"),
        ({"period_s": 3600}, "It may be asked 20 times an hour,"),
        ({"period_s": 86_400, "source": "provider"}, "20 times a day, says its provider;"),
        ({"period_s": 7}, "It may be asked 20 times in 7.0 s,"),
    ],
)
def test_a_rate_is_told_in_words(changes: dict[str, Any], words: str) -> None:
    assert words in said(candidate(rate=rate(12_000, **changes)), ask())


def test_one_prompt_waits_and_two_wait() -> None:
    assert said(candidate(queued=1, queue_bound=1), ask()).startswith("1 prompt waits for it")
    assert said(candidate(queued=2, queue_bound=2), ask()).startswith("2 prompts wait for it")


def test_a_price_is_known_where_both_of_its_sums_are() -> None:
    unknown = "Its price is unknown, so that no budget could be kept."
    assert said(cloud(cost_nano=None), ask()) == unknown
    assert said(cloud(worst_cost_nano=None), ask()) == unknown


def test_tools_without_a_bound_matter_where_a_limit_is_kept() -> None:
    able, wanted = ("server_tools",), {"needs": ("server_tools",)}
    paid, free = cloud(capabilities=able), candidate(capabilities=able)
    assert said(paid, ask(**wanted)) == ""
    assert "What its own tools cost has no bound" in said(paid, ask(**wanted), window(10**12))
    assert "has no bound" in said(paid, ask(**wanted, max_cost_nano=10**12))
    assert said(free, ask(**wanted), window(10**12)) == ""


@pytest.mark.parametrize(
    ("scope", "name", "is_kept"),
    [("provider", "openai", True), ("provider", "anthropic", False), ("tag", "work", True)],
)
def test_tools_without_a_bound_matter_to_the_limits_they_count_in(
    scope: BudgetScope, name: str, is_kept: bool
) -> None:
    paid = cloud(capabilities=("server_tools",))
    (whole,) = window(10**12).windows
    limit = Budget(windows=(replace(whole, scope=scope, name=name),))
    assert ("has no bound" in said(paid, ask(needs=("server_tools",)), limit)) is is_kept


def test_the_last_millisecond_is_time() -> None:
    at_once = candidate(first_token_ms=0)
    assert said(at_once, ask(deadline_ms=1)) == ""
    assert said(at_once, ask(deadline_ms=0)) == "The time for this prompt is used up."


def test_only_a_prediction_speaks_against_what_may_be_late() -> None:
    late = candidate(first_token_ms=500)
    for one, left_ms, falls in (
        (late, 499, True), (late, 500, False), (late, 1, True), (late, 0, False),
        (candidate(first_token_ms=500, state="missing"), 499, False),
    ):  # fmt: skip
        situation = situation_of(ask(deadline_ms=left_ms), [one], Budget(), Policy(), ())
        assert falls_to_a_prediction(one, situation) is falls


def test_what_has_no_worst_case_is_within_any_cost() -> None:
    one = cloud(worst_cost_nano=None)
    assert max_cost(one, situation_of(ask(max_cost_nano=0), [one], Budget(), Policy(), ())) is None


@pytest.mark.parametrize(
    ("scope", "name", "words"),
    [
        ("all", "", "this day's budget has "),
        ("provider", "openai", "this day's budget for provider openai has "),
        ("provider", "anthropic", ""),
        ("model", "openai/gpt-5.5", "this day's budget for model openai/gpt-5.5 has "),
    ],
)
def test_a_budget_counts_what_it_is_for(scope: Any, name: str, words: str) -> None:
    spent = BudgetWindow(
        window="day", limit_nano=9, spent_nano=9, reserved_nano=0, resets_at_ms=0,
        scope=scope, name=name,
    )  # fmt: skip
    found = said(cloud(), ask(), Budget(windows=(spent,)))
    assert (words in found) if words else found == ""


def test_vetoes_of_the_whole_order_have_their_names() -> None:
    assert AFTER_GATES == ("attempts", "limit")
