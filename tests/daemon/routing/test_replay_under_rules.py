"""Random asks under the shipped policies: logged, read back, decided again.

Two hundred of them; `HOMEPORT_PROVE=300` tries six thousand.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import get_args

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
from homeport.policies import decide, next_after
from homeport.policies.model import (
    Ask,
    AskedStrategy,
    Budget,
    Candidate,
    Pace,
    Policy,
    StrategyOptions,
    Weights,
)
from homeport.policies.rules.ready import rules_that_apply
from homeport.policies.rules.rule import Surroundings
from support.deciding import ASKS, BUDGETS, POLICIES, SURROUNDINGS, fleets, histories
from support.decisions import PartsInMemory

PROVE = 10 * int(os.environ.get("HOMEPORT_PROVE") or 0)
SHELF = Shelf(Path("/nowhere"))
TAGS = st.lists(st.sampled_from(["secret", "batch", "commit", "path:.env", "x"]), max_size=2)
SHARES = st.none() | st.floats(0, 1, exclude_max=True)
OPTIONS = st.just(StrategyOptions()) | st.builds(
    StrategyOptions,
    models=st.lists(st.sampled_from(["openai/m1", "llamacpp/m0", "m2"]), max_size=3).map(tuple),
    chain=st.sampled_from(["", "mixed", "local", "fast"]),
    size=st.none() | st.integers(2, 4),
    threshold=SHARES,
    method=st.sampled_from(["", "majority", "weighted", "judge"]),
)
PACES = st.builds(Pace, money=st.floats(0, 1e-6), call=st.floats(-3, 3))
WEIGHTS = st.none() | st.builds(
    Weights, budget=st.floats(0, 9), latency=st.floats(0, 9), quality=st.floats(0, 9)
)


@st.composite
def wanted(draw: st.DrawFn) -> Ask:
    """An ask with all that a caller and the daemon may put into it."""
    return replace(
        draw(ASKS),
        tags=tuple(draw(TAGS)),
        weights=draw(WEIGHTS),
        lot=draw(SHARES),
        strategy=draw(st.sampled_from(get_args(AskedStrategy))),
        options=draw(OPTIONS),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A shipped policy over any config, with or without exploring."""
    policy = SHELF.policy(draw(POLICIES), draw(st.sampled_from(SHELF.names())))
    return replace(policy, explore=draw(st.sampled_from([0.0, 0.2])))


@settings(deadline=None, max_examples=PROVE or 100, suppress_health_check=list(HealthCheck))
@given(st.tuples(wanted(), wanted()), fleets(), BUDGETS, PACES, SURROUNDINGS, policies(), st.data())
def test_what_was_logged_is_decided_again_bit_for_bit(
    asks: tuple[Ask, Ask],
    fleet: tuple[Candidate, ...],
    budget: Budget,
    pace: Pace,
    around: Surroundings,
    policy: Policy,
    data: st.DataObject,
) -> None:
    """Two asks of each fleet, before and after failures."""
    budget = replace(budget, pace=pace)
    history = data.draw(histories(fleet))
    for ask in asks:
        applying = replace(policy, rules=rules_that_apply(policy.rules, ask, budget, around))
        first = decide(ask, fleet, budget, applying, around)
        assert first == decide(ask, fleet, budget, policy, around)
        second = next_after(ask, fleet, budget, applying, history, around)
        steps = tuple(
            DecisionStep(
                at_ms=0, ask=ask, candidates=fleet, budget=budget, policy=applying,
                history=failed, decision=decision, around=around,
            )
            for failed, decision in (((), first), (history, second))
        )  # fmt: skip
        view = RequestView(id="x", at_ms=0, state="done", because="")
        record = DecisionRecord(view=view, ask=ask, steps=steps)
        parts = PartsInMemory()
        again = parts.read(packed_view(view), parts.packed(record))
        assert again == record
        assert replay(again) == "identical"
