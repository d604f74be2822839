"""One logged prompt under another policy: the same each time, and nothing private goes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.wire import AttemptView, RequestView
from homeport.daemon.replaying.redeciding import Compared, LeftOut, Other, Redeciding, Seen
from homeport.daemon.storage.decision_record import DecisionRecord, DecisionStep
from homeport.policies import decide
from homeport.policies.model import Ask, Budget, Candidate, Policy
from homeport.policies.rules.rule import Condition, Orders, Rule
from support.deciding import ASKS, BUDGETS, CALM, POLICIES, ask, candidate, cloud, fleets, rule_sets

HOME, AWAY = candidate(quality=0.6), cloud(cost_nano=3_000_000)
OUT = Other(name="out", mode="prefer-cloud", weights=None, rules=())
STAY = Other(name="stay", mode="prefer-local", weights=None, rules=())


def logged(
    *fleet: Candidate,
    policy: Policy | None = None,
    view: dict[str, Any] | None = None,
    budget: Budget | None = None,
    named: str = "",
    **changes: Any,
) -> DecisionRecord:
    """A prompt that was decided on, and answered by the first in the order."""
    wanted, policy = ask(policy=named, **changes), policy or Policy()
    fleet = fleet or (HOME, AWAY)
    decision = decide(wanted, fleet, budget or Budget(), policy)
    step = DecisionStep(
        at_ms=1, ask=wanted, candidates=fleet, budget=budget or Budget(), policy=policy,
        history=(), decision=decision,
    )  # fmt: skip
    first = decision.order[0] if decision.order else None
    attempts = (
        (AttemptView(first.model, first.place, 1, outcome="done"),) if first is not None else ()
    )
    told: dict[str, Any] = {"cost_nano": 5, "total_ms": 900, "attempts": attempts, **(view or {})}
    row = RequestView(id="a", at_ms=1, state="done", because="", **told)
    return DecisionRecord(view=row, ask=wanted, steps=(step,))


def compared(record: DecisionRecord, other: Other = OUT, **labels: float) -> Compared:
    good = {("a", model): value for model, value in labels.items()}
    found = Redeciding(other, good).compared(record)
    assert isinstance(found, Compared)
    return found


def test_the_other_policy_chooses_among_the_same_models() -> None:
    one = compared(logged())
    assert (one.usual.model, one.other.model) == (HOME.card.id, AWAY.card.id)
    assert (one.other.place, one.other.cost_nano) == ("cloud", 3_000_000)
    assert (one.chance, one.had_chance, one.may_leave) == (1.0, False, True)
    assert compared(logged(), STAY).had_chance


def test_what_came_of_it_is_known_of_the_choice_that_was_made() -> None:
    found = Redeciding(STAY, {("a", HOME.card.id): 0.75}).compared(logged())
    assert isinstance(found, Compared)
    assert found.seen == Seen(cost_nano=5, total_ms=900, good=0.75)
    two = (AttemptView("x/y", "local", 1), AttemptView(HOME.card.id, "local", 2))
    assert compared(logged(view={"attempts": two})).seen == Seen()


def test_a_lot_that_was_drawn_leaves_its_chance_and_what_is_usual() -> None:
    close = candidate("b/close", quality=0.55)
    record = logged(HOME, close, policy=Policy(explore=0.1), lot=0.05)
    one = compared(record, STAY)
    assert (one.made.model, one.usual.model, one.other.model) == (
        "b/close", HOME.card.id, HOME.card.id,
    )  # fmt: skip
    assert (one.chance, one.had_chance) == (0.1, True)


def test_what_a_rule_kept_home_and_the_other_policy_lets_out_is_seen() -> None:
    private = Rule(name="mine", when=Condition(), then=Orders(private=True))
    one = compared(logged(policy=Policy(rules=(private,))))
    assert one.kept_home
    assert one.other.place == "cloud"
    assert not one.private


def test_who_named_a_policy_keeps_it() -> None:
    one = compared(logged(named="frugal"))
    assert one.other == one.usual


def test_nobody_may_be_the_choice_of_either() -> None:
    refuse = Other(name="no", mode="balanced", weights=None,
                   rules=(Rule(name="r", then=Orders(refuse="No.")),))  # fmt: skip
    assert compared(logged(), refuse).other.model == ""
    assert compared(logged(state_of("missing")), STAY).usual.model == ""


def state_of(state: Any) -> Candidate:
    return replace(HOME, state=state)


def test_what_cannot_be_compared_says_why() -> None:
    record = logged()
    redeciding = Redeciding(OUT, {})
    assert redeciding.compared(replace(record, steps=())) is LeftOut.NOT_LOGGED
    vectors = logged(candidate(capabilities=("embeddings",)), needs=("embeddings",))
    assert redeciding.compared(vectors) is LeftOut.VECTORS
    (step,) = record.steps
    order = (replace(step.decision.order[0], quality=0.1), *step.decision.order[1:])
    changed = replace(step, decision=replace(step.decision, order=order))
    assert redeciding.compared(replace(record, steps=(changed,))) is LeftOut.OTHER_ENGINE


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_share_of_the_cloud_is_kept_by_the_other_policy_itself(share: float) -> None:
    redeciding = Redeciding(replace(STAY, cloud_share=share), {})
    out = 0
    for _ in range(200):
        one = redeciding.compared(logged())
        assert isinstance(one, Compared)
        out += one.other.place == "cloud"
    assert out / 200 == pytest.approx(share, abs=0.03)


@CALM
@given(ASKS, fleets(), BUDGETS, POLICIES, rule_sets(), st.sampled_from(["balanced", "cloud-only"]))
def test_deciding_again_gives_the_same_again_and_lets_nothing_private_out(
    wanted: Ask, fleet: tuple[Candidate, ...], budget: Budget, policy: Policy,
    rules: tuple[Rule, ...], mode: Any,
) -> None:  # fmt: skip
    decision = decide(wanted, fleet, budget, policy)
    step = DecisionStep(
        at_ms=1, ask=wanted, candidates=fleet, budget=budget, policy=policy, history=(),
        decision=decision,
    )  # fmt: skip
    row = RequestView(id="a", at_ms=1, state="done", because="")
    record = DecisionRecord(view=row, ask=wanted, steps=(step,))
    other = Other(name="other", mode=mode, weights=None, rules=rules)
    first, second = (Redeciding(other, {}).compared(record) for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    if isinstance(first, Compared) and first.private:
        assert not first.may_leave
