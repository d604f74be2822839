"""The sentence of the feed, for each way a decision can go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from homeport.policies.decide import decide, next_after
from homeport.policies.model import Budget, Candidate, Policy
from homeport.policies.rules.rule import Orders, Rule
from support.deciding import CALM, ask, candidate, cloud, failure, situations, window

HOME = candidate(quality=0.9)
WEAK = candidate(quality=0.1)
LAN = candidate("box/m", place="lan", host="nas:8080")
TRUSTING = Policy(trusted_hosts=("nas",))


def because(fleet: list[Candidate], policy: Policy | None = None, **ask_: Any) -> str:
    return decide(ask(**ask_), fleet, Budget(), policy or Policy()).because


@pytest.mark.parametrize(
    ("fleet", "wanted", "sentence"),
    [
        ([HOME], {}, "fits here"),
        ([HOME, cloud()], {}, "fits here, good enough"),
        (
            [candidate(quality=0.3), cloud(quality=0.3)],
            {},
            "the trip would gain too little",
        ),
        ([HOME, cloud(link="offline")], {}, "offline: cloud unreachable"),
        ([HOME, cloud(link="offline-by-choice")], {}, "offline by choice: stays here"),
        ([HOME, cloud(key="absent")], {}, "no cloud key: stays here"),
        ([HOME, cloud(breaker="open")], {}, "cloud is failing: stays here"),
        ([HOME, cloud(worst_cost_nano=None)], {}, "cloud price unknown: stays here"),
        ([HOME, cloud()], {"max_cost_nano": 1}, "cloud is over the cost limit: stays here"),
        ([HOME, cloud()], {"privacy": "private"}, "private: stays here"),
        ([HOME, cloud()], {"mode": "local-only"}, "local-only: stays here"),
        ([HOME, cloud()], {"requested_model": "local"}, "local: stays here"),
        ([HOME, cloud()], {"requested_model": "cloud"}, "the cloud was asked for"),
        ([HOME, cloud()], {"mode": "cloud-only"}, "the cloud was asked for"),
        ([HOME, cloud()], {"requested_model": "gpt-5.5"}, "asked for by name"),
        (
            [WEAK, cloud()],
            {},
            "worth the trip: quality 0.90, 0.10 here, about $0.01",
        ),
        (
            [candidate(quality=0.9, total_ms=500_000), cloud()],
            {"mode": "prefer-cloud"},
            "worth the trip: faster than here, about $0.01",
        ),
        (
            [candidate(quality=0.9), cloud(total_ms=9_000)],
            {"mode": "prefer-cloud"},
            "worth the trip: the mode prefers the cloud, about $0.01",
        ),
        (
            [candidate(quality=0.9, reliability=0.0), cloud()],
            {"mode": "balanced"},
            "worth the trip: more to be relied on than here, about $0.01",
        ),
        ([cloud()], {}, "no model is here: goes to the cloud"),
        (
            [candidate(context=8_000), cloud()],
            {"input_tokens": 60_000},
            "needs 60,100 tokens of context; 8,000 fit here",
        ),
        ([candidate(state="failing"), cloud()], {}, "no model is ready here"),
        (
            [HOME, cloud(link="offline")],
            {"requested_model": "gpt-5.5"},
            "gpt-5.5 was asked for, but it is in the cloud and this machine is offline",
        ),
        (
            [HOME],
            {"requested_model": "gpt-5.5"},
            "gpt-5.5 is not offered here: answered by the best permitted",
        ),
        (
            [candidate(demonstration=True)],
            {},
            "fits here (demonstration model)",
        ),
    ],
)
def test_sentences(fleet: list[Candidate], wanted: dict[str, Any], sentence: str) -> None:
    assert because(fleet, **wanted) == sentence


def test_a_rule_that_prefers_the_cloud_is_the_reason() -> None:
    policy = Policy(mode="balanced", rules=(Rule(name="out", then=Orders(prefer=("cloud",))),))
    said = because([candidate(quality=0.9), cloud(cost_nano=1_000_000)], policy)
    assert said == "worth the trip: a rule prefers it, about $0.001"


def test_a_trusted_host_is_named() -> None:
    sentence = because([LAN], TRUSTING, privacy="private")
    assert sentence == "private: goes no farther than nas:8080, which you trust"


def test_over_budget_goes_on_at_home() -> None:
    decision = decide(ask(), [HOME, cloud()], window(1), Policy())
    assert decision.because == "over budget: goes on at home"


def test_where_nothing_may_answer_the_closest_is_named() -> None:
    fleet = [cloud(), candidate(state="missing")]
    sentence = because(fleet, privacy="private")
    assert sentence == (
        "private: nothing may answer; closest was llamacpp/small: "
        "It is not there any more; `homeport models` lists all."
    )


def test_after_a_failure_it_says_what_failed_and_who_goes_on() -> None:
    fleet = [HOME, cloud()]
    lost = [failure("openai/gpt-5.5", "link_lost")]
    decision = next_after(ask(), fleet, Budget(), Policy(), lost)
    assert decision.because == "openai/gpt-5.5 was cut off: llamacpp/small answers"
    going_on = [candidate(continues=True), cloud()]
    decision = next_after(ask(answer_tokens=9), going_on, Budget(), Policy(), lost)
    assert decision.because == "openai/gpt-5.5 was cut off: llamacpp/small goes on"
    died = [failure("llamacpp/small", "worker_died")]
    decision = next_after(ask(), [HOME], Budget(), Policy(), died)
    assert decision.because == "llamacpp/small died: it is tried once more"


def test_giving_up_is_explained() -> None:
    stalled = [failure("llamacpp/small", "stall")]
    decision = next_after(ask(), [HOME], Budget(), Policy(), stalled)
    assert decision.because == (
        "gave up after 1 try; closest was llamacpp/small: "
        "It was tried for this prompt and went quiet."
    )


@CALM
@given(situations())
def test_a_row_of_the_feed_stays_short(given_: Any) -> None:
    decision = next_after(*given_)
    assert "\n" not in decision.because
    assert len(decision.because) <= (140 if decision.order else 240)
