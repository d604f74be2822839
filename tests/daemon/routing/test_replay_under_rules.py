"""A thousand random asks under the shipped policies: logged, read back, decided again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.client.wire import RequestView
from homeport.daemon.shelf.shelf import Shelf
from homeport.daemon.storage.decision_record import (
    DecisionRecord,
    DecisionStep,
    packed_view,
    replay,
)
from homeport.policies import decide
from homeport.policies.model import Ask, Budget, Candidate, Policy
from homeport.policies.rules.ready import rules_that_apply
from homeport.policies.rules.rule import Surroundings
from support.deciding import ASKS, BUDGETS, SURROUNDINGS, fleets
from support.decisions import PartsInMemory

SHELF = Shelf(Path("/nowhere"))
TAGS = st.lists(st.sampled_from(["secret", "batch", "commit", "path:.env", "x"]), max_size=2)


@settings(deadline=None, max_examples=1000, suppress_health_check=list(HealthCheck))
@given(ASKS, TAGS, fleets(), BUDGETS, SURROUNDINGS, st.sampled_from(SHELF.names()))
def test_what_was_logged_is_decided_again_bit_for_bit(
    wanted: Ask,
    tags: list[str],
    fleet: tuple[Candidate, ...],
    budget: Budget,
    around: Surroundings,
    name: str,
) -> None:
    wanted = replace(wanted, tags=tuple(tags))
    policy = SHELF.policy(Policy(), name)
    applying = replace(policy, rules=rules_that_apply(policy.rules, wanted, budget, around))
    decision = decide(wanted, fleet, budget, applying, around)
    assert decision == decide(wanted, fleet, budget, policy, around)
    step = DecisionStep(
        at_ms=0, ask=wanted, candidates=fleet, budget=budget, policy=applying, history=(),
        decision=decision, around=around,
    )  # fmt: skip
    view = RequestView(id="x", at_ms=0, state="done", because="")
    record = DecisionRecord(view=view, ask=wanted, steps=(step,))
    parts = PartsInMemory()
    assert replay(parts.read(packed_view(view), parts.packed(record))) == "identical"
