"""What holds of every decision when one of its inputs changes, and what cannot hold.

Each law that needs a condition has beside it the case that breaks it without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from homeport.policies import decide, next_after
from homeport.policies.hosts import is_loopback, is_trusted
from homeport.policies.model import (
    Ask,
    Budget,
    BudgetWindow,
    Candidate,
    Decision,
    Failure,
    ModelCard,
    Pace,
    Policy,
    Scorecard,
    Weights,
)
from support.deciding import (
    ASKS,
    BUDGETS,
    CALM,
    CAPABILITIES,
    POLICIES,
    ask,
    candidate,
    candidates,
    cloud,
    failure,
    fleets,
    situations,
    window,
)

Situation = tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...]]
PACES = st.builds(Pace, money=st.floats(0, 1e-6), call=st.floats(-3, 3))
LOTS = st.none() | st.floats(0, 1, exclude_max=True)


LAST = "The last one that is left"


def sure(decision: Decision) -> tuple[Scorecard, ...]:
    """Those of the order that every gate let through."""
    return tuple(card for card in decision.order if not card.note.startswith(LAST))


def admitted(decision: Decision) -> set[str]:
    return {card.model for card in sure(decision)}


def names(fleet: tuple[Candidate, ...]) -> list[str]:
    return sorted(one.card.id for one in fleet)


# -- with everything on: a pace, a lot


@CALM
@given(situations(), PACES, LOTS, st.floats(0, 0.2), st.randoms())
def test_a_pace_and_a_lot_leave_each_candidate_one_place_whatever_the_order_of_the_list(
    given_: Situation, pace: Pace, lot: float | None, explore: float, random: Any
) -> None:
    wanted, fleet, budget, policy, history = given_
    wanted, policy = replace(wanted, lot=lot), replace(policy, explore=explore)
    budget = replace(budget, pace=pace)
    decision = next_after(wanted, fleet, budget, policy, history)
    ended = [card.model for card in decision.order] + [veto.model for veto in decision.vetoes]
    assert sorted(ended) == names(fleet)
    shuffled = list(fleet)
    random.shuffle(shuffled)
    assert next_after(wanted, tuple(shuffled), budget, policy, history) == decision


@CALM
@given(situations(), PACES, LOTS)
def test_no_pace_and_no_lot_sends_a_private_prompt_out(
    given_: Situation, pace: Pace, lot: float | None
) -> None:
    wanted, fleet, budget, policy, history = given_
    wanted = replace(wanted, privacy="private", lot=lot)
    policy, budget = replace(policy, explore=0.2), replace(budget, pace=pace)
    decision = next_after(wanted, fleet, budget, policy, history)
    cards = {one.card.id: one.card for one in fleet}
    assert all(stays(cards[card.model], policy) for card in decision.order)
    assert decision.propensity == 1.0


def stays(card: ModelCard, policy: Policy) -> bool:
    at_home = card.place == "local" and is_loopback(card.host)
    return at_home or (card.place != "cloud" and is_trusted(card.host, policy.trusted_hosts))


@CALM
@given(situations(), PACES)
def test_a_pace_admits_nobody_and_keeps_nobody_out(given_: Situation, pace: Pace) -> None:
    wanted, fleet, budget, policy, history = given_
    assume(policy.at_limit == "local")
    paced = next_after(wanted, fleet, replace(budget, pace=pace), policy, history)
    assert admitted(paced) == admitted(next_after(*given_))


# -- a dominated candidate never wins


BETTER: dict[str, Callable[[Candidate, float], Any]] = {
    "quality": lambda one, by: one.quality + (1 - one.quality) * by,
    "cost_nano": lambda one, by: int((one.cost_nano or 0) * (1 - by)),
    "worst_cost_nano": lambda one, by: int((one.worst_cost_nano or 0) * (1 - by)),
    "wait_ms": lambda one, by: int(one.wait_ms * (1 - by)),
    "load_ms": lambda one, by: int(one.load_ms * (1 - by)),
    "first_token_ms": lambda one, by: int(one.first_token_ms * (1 - by)),
    "total_ms": lambda one, by: int(one.total_ms * (1 - by)),
    "breaker": lambda one, _: "closed",
}


@CALM
@given(
    candidates(0),
    st.sets(st.sampled_from(sorted(BETTER)), min_size=1),
    st.floats(0, 1),
    ASKS,
    BUDGETS,
    POLICIES,
    PACES,
)
def test_who_is_no_worse_in_anything_is_worth_no_less(
    one: Candidate, better: set[str], by: float, wanted: Ask, budget: Budget, policy: Policy,
    pace: Pace,
) -> None:  # fmt: skip
    """At equal utility the id decides: rounding makes equals of what hardly differs."""
    assume(one.cost_nano is not None)
    card = replace(one.card, id="other/z", name="z", provider=one.card.provider)
    other = replace(one, card=card, **{name: BETTER[name](one, by) for name in better})
    wanted = replace(wanted, requested_model="auto", needs=())
    policy = replace(policy, at_limit="local")
    found = decide(wanted, (one, other), replace(budget, pace=pace), policy)
    worth = {card.model: card.utility for card in sure(found)}
    if one.card.id in worth:
        assert worth["other/z"] >= worth[one.card.id]


def test_a_name_a_rule_or_a_failure_may_put_the_worse_one_first() -> None:
    """Domination is about measurements; who is asked for by name is not measured."""
    worse, better = candidate("a/worse", quality=0.2), candidate("b/better", quality=0.9)
    order = decide(ask(requested_model="a/worse"), [worse, better], Budget(), Policy()).order
    assert order[0].model == "a/worse"


# -- more money


@CALM
@given(situations(), st.integers(0, 2_000_000_000))
def test_more_budget_admits_no_fewer_and_its_best_is_worth_no_less(
    given_: Situation, more: int
) -> None:
    """Whatever the policy does at a limit: nothing that was answered is refused by more money."""
    wanted, fleet, budget, policy, history = given_
    windows = tuple(replace(w, limit_nano=w.limit_nano + more) for w in budget.windows)
    less = next_after(*given_)
    rich = next_after(wanted, fleet, Budget(windows=windows), policy, history)
    assert admitted(less) <= admitted(rich)
    if admitted(less):
        assert rich.order[0].utility >= less.order[0].utility
    both = [card for card in rich.order if card.model in admitted(less)]
    assert both == list(sure(less))


@CALM
@given(fleets(), ASKS, BUDGETS, st.integers(0, 2_000_000_000))
def test_more_budget_never_makes_quality_worse_where_quality_alone_counts(
    fleet: tuple[Candidate, ...], wanted: Ask, budget: Budget, more: int
) -> None:
    plain = tuple(
        replace(one, breaker="closed", total_ms=0, quality=round(one.quality, 2),
                card=replace(one.card, demonstration=False))
        for one in fleet
    )  # fmt: skip
    wanted = replace(wanted, requested_model="cloud", weights=Weights(budget=0, latency=0))
    less = decide(wanted, plain, budget, Policy(mode="cloud-only"))
    windows = tuple(replace(w, limit_nano=w.limit_nano + more) for w in budget.windows)
    rich = decide(wanted, plain, Budget(windows=windows), Policy(mode="cloud-only"))
    if admitted(less):
        assert rich.order[0].quality >= less.order[0].quality


def test_more_budget_may_buy_speed_instead_of_quality() -> None:
    """Where waiting counts too, the better answer may be the slower one: utility rises, and
    quality falls."""
    slow = candidate("a/slow", quality=0.9, total_ms=60_000)
    quick = cloud("b/quick", quality=0.8, total_ms=500, cost_nano=1, worst_cost_nano=1_000)
    hasty = Policy(mode="balanced", weights=Weights(budget=0, latency=1, quality=1))
    poor = decide(ask(), [slow, quick], window(0), hasty)
    rich = decide(ask(), [slow, quick], window(1_000), hasty)
    assert poor.order[0].quality > rich.order[0].quality
    assert poor.order[0].utility < rich.order[0].utility


# -- a stricter input never admits more


def _less_left(budget: Budget) -> Budget:
    return Budget(windows=tuple(replace(w, limit_nano=w.limit_nano // 2) for w in budget.windows))


STRICTER: dict[str, Callable[[Situation], Situation]] = {
    "private": lambda s: (replace(s[0], privacy="private"), *s[1:]),
    "local-only": lambda s: (*s[:3], replace(s[3], mode="local-only"), s[4]),
    "half the cost": lambda s: (
        replace(s[0], max_cost_nano=(s[0].max_cost_nano or 10**9) // 2)
        if s[0].max_cost_nano is not None
        else replace(s[0], max_cost_nano=10**9),
        *s[1:],
    ),
    "half the time": lambda s: (replace(s[0], deadline_ms=s[0].deadline_ms // 2), *s[1:]),
    "twice the input": lambda s: (replace(s[0], input_tokens=2 * s[0].input_tokens), *s[1:]),
    "a longer answer": lambda s: (replace(s[0], output_tokens=2 * s[0].output_tokens), *s[1:]),
    "an answer that began": lambda s: (
        replace(s[0], answer_tokens=s[0].answer_tokens + 50), *s[1:]
    ),
    "half the budget": lambda s: (*s[:2], _less_left(s[2]), *s[3:]),
    "a further window": lambda s: (
        *s[:2],
        Budget(windows=(*s[2].windows, BudgetWindow(
            window="day", limit_nano=1000, spent_nano=0, reserved_nano=0, resets_at_ms=0
        ))),
        *s[3:],
    ),
    "nobody is trusted": lambda s: (*s[:3], replace(s[3], trusted_hosts=()), s[4]),
    "one try less": lambda s: (
        *s[:3], replace(s[3], max_attempts=max(0, s[3].max_attempts - 1)), s[4]
    ),
}  # fmt: skip


@settings(CALM, max_examples=150)
@given(situations(), st.sampled_from(sorted(STRICTER)))
def test_a_stricter_input_never_admits_more(given_: Situation, stricter: str) -> None:
    """Where the policy goes on at home at a limit; `test_to_refuse_...` says why only there.

    A mode of `cloud-only` is not less strict than `local-only`: it admits others. An answer that
    has begun does not queue for its rest, so nobody queues here.
    """
    wanted, fleet, budget, policy, history = given_
    fleet = tuple(replace(one, queue_bound=None) for one in fleet)
    policy = replace(policy, at_limit="local")
    wanted, policy = _without_cloud_only(wanted, policy)
    before = (wanted, fleet, budget, policy, history)
    assert admitted(next_after(*STRICTER[stricter](before))) <= admitted(next_after(*before))


def _without_cloud_only(wanted: Ask, policy: Policy) -> tuple[Ask, Policy]:
    if wanted.mode == "cloud-only":
        wanted = replace(wanted, mode="balanced")
    if wanted.requested_model == "auto:cloud-only":
        wanted = replace(wanted, requested_model="auto")
    return wanted, replace(policy, mode="balanced" if policy.mode == "cloud-only" else policy.mode)


@CALM
@given(situations(), CAPABILITIES)
def test_more_needs_never_admit_more(given_: Situation, more: tuple[Any, ...]) -> None:
    """But for vectors: needing them asks for another kind of model."""
    wanted, fleet, budget, policy, history = given_
    assume({"embeddings", "pooling"}.isdisjoint((*wanted.needs, *more)))
    policy = replace(policy, at_limit="local")
    demanding = replace(wanted, needs=tuple(sorted({*wanted.needs, *more})))
    before = admitted(next_after(wanted, fleet, budget, policy, history))
    assert admitted(next_after(demanding, fleet, budget, policy, history)) <= before


@CALM
@given(situations(), st.sampled_from(["stall", "reset", "rejected", "budget", "worker_died"]))
def test_a_further_failure_never_admits_more(given_: Situation, kind: Any) -> None:
    wanted, fleet, budget, policy, history = given_
    policy = replace(policy, at_limit="local")
    model = fleet[0].card.id if fleet else "openai/gone"
    before = admitted(next_after(wanted, fleet, budget, policy, history))
    later = next_after(wanted, fleet, budget, policy, (failure(model, kind), *history))
    assert admitted(later) <= before


def test_to_refuse_at_a_limit_is_for_what_the_budget_alone_keeps_away() -> None:
    """A caller's own limit that keeps the best away too takes the reason to refuse away."""
    weak, paid = candidate(quality=0.1), cloud()
    strict = Policy(at_limit="refuse")
    assert decide(ask(), [weak, paid], window(1_000), strict).order == ()
    own = decide(ask(max_cost_nano=1_000), [weak, paid], window(1_000), strict)
    assert admitted(own) == {"llamacpp/small"}


# -- a prediction never keeps the last one away


@settings(CALM, max_examples=150)
@given(situations(), st.integers(1, 10_000))
def test_where_time_is_left_no_prediction_leaves_nobody(given_: Situation, left_ms: int) -> None:
    wanted, fleet, budget, policy, history = given_
    wanted, policy = replace(wanted, deadline_ms=left_ms), replace(policy, at_limit="local")
    decision = next_after(wanted, fleet, budget, policy, history)
    patient = next_after(replace(wanted, deadline_ms=10**9), fleet, budget, policy, history)
    assert bool(decision.order) == bool(patient.order)
    if not admitted(decision):
        assert len(decision.order) <= 1
        assert {card.model for card in decision.order} <= admitted(patient)
    assert next_after(wanted, fleet, budget, policy, history) == decision


def test_the_best_of_the_late_ones_stays_and_says_so() -> None:
    slow = candidate("a/slow", wait_ms=70_000, total_ms=80_000, quality=0.6)
    slower = candidate("b/slower", wait_ms=90_000, total_ms=99_000, quality=0.6)
    decision = decide(ask(deadline_ms=20_000), [slower, slow], Budget(), Policy())
    assert [card.model for card in decision.order] == ["a/slow"]
    assert decision.order[0].note == f"{LAST}: it may start too late, in 70 s."
    assert decision.because == "fits here; it may start too late"
    assert [(veto.model, veto.gate) for veto in decision.vetoes] == [("b/slower", "deadline")]
    assert admitted(decide(ask(deadline_ms=20_000), [slow, candidate()], Budget(), Policy())) == {
        "llamacpp/small"
    }


def test_what_else_keeps_a_late_one_away_counts() -> None:
    dear = cloud(wait_ms=70_000, total_ms=80_000)
    decision = decide(ask(deadline_ms=20_000), [dear], window(1_000), Policy())
    assert [veto.gate for veto in decision.vetoes] == ["deadline"]
    assert not decide(ask(deadline_ms=0), [candidate()], Budget(), Policy()).order


# -- weights


@st.composite
def alike(draw: st.DrawFn) -> tuple[Candidate, ...]:
    """Candidates that differ in quality, money and time alone, by steps that rounding keeps."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 20), st.integers(0, 40), st.integers(0, 60)),
            min_size=2,
            max_size=5,
        )
    )
    return tuple(
        cloud(f"c/m{number}", quality=good / 20, cost_nano=cost * 10**6, worst_cost_nano=0,
              first_token_ms=0, total_ms=slow * 1_000)
        for number, (good, cost, slow) in enumerate(rows)
    )  # fmt: skip


@CALM
@given(alike(), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.integers(1, 9))
def test_a_bigger_weight_of_quality_never_picks_a_worse_quality(
    fleet: tuple[Candidate, ...], quality: int, money: int, time: int, more: int
) -> None:
    """Among candidates that differ in nothing but quality, money and time."""
    picked = [
        decide(
            ask(streams=False, weights=Weights(budget=money, latency=time, quality=weight)),
            fleet,
            Budget(),
            Policy(),
        ).order[0]
        for weight in (quality, quality + more, quality + 3 * more)
    ]
    assert all(after.quality >= before.quality - 0.002 for before, after in pairwise(picked))


def test_a_bigger_weight_of_quality_may_bring_a_worse_one_home() -> None:
    """The preference for home is not weighed: the less time counts beside quality, the more
    that preference does."""
    near = candidate("a/near", quality=0.8, total_ms=60_000)
    far = cloud("b/far", quality=0.82, total_ms=500, cost_nano=0)
    little = Weights(budget=0, latency=1, quality=0.3)
    much = Weights(budget=0, latency=1, quality=9)
    hasty = decide(ask(weights=little), [near, far], Budget(), Policy())
    careful = decide(ask(weights=much), [near, far], Budget(), Policy())
    assert (hasty.order[0].model, careful.order[0].model) == ("b/far", "a/near")


# -- others


@CALM
@given(fleets(), ASKS, BUDGETS, POLICIES)
def test_who_is_not_first_can_go_without_changing_the_rest(
    fleet: tuple[Candidate, ...], wanted: Ask, budget: Budget, policy: Policy
) -> None:
    """Without a pinned model, which says how far its fallback may go, and without a refusal
    for the sake of a limit."""
    wanted = replace(wanted, requested_model="auto")
    policy = replace(policy, at_limit="local")
    whole = decide(wanted, fleet, budget, policy)
    for gone in fleet:
        left = tuple(one for one in fleet if one is not gone)
        fewer = decide(wanted, left, budget, policy)
        assert sure(fewer) == tuple(c for c in sure(whole) if c.model != gone.card.id)
