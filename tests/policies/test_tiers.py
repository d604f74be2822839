"""Three tiers for each kind of task."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.model import FailureKind, Task
from homeport.policies.tiers import SAY_NOTHING_OF_ABILITY, TIERS, tier_of, tiers_lost
from support.deciding import candidate

TASKS = st.sampled_from(get_args(Task))
KINDS = st.sampled_from(get_args(FailureKind))
CHANCE = st.floats(0, 1)


def test_every_task_has_three_tiers_and_hard_ones_ask_for_more() -> None:
    assert set(TIERS) == set(get_args(Task))
    for task in TIERS:
        assert {tier_of(task, quality / 100) for quality in range(101)} == {0, 1, 2}
    assert tier_of("chat", 0.7) > tier_of("code", 0.7)


@given(TASKS, st.lists(CHANCE, min_size=2))
def test_a_better_model_is_of_no_lower_tier(task: Task, qualities: list[float]) -> None:
    tiers = [tier_of(task, quality) for quality in sorted(qualities)]
    assert all(lower <= higher for lower, higher in pairwise(tiers))


@given(TASKS, CHANCE, CHANCE, KINDS)
def test_only_who_is_below_the_one_that_failed_loses_a_tier(
    task: Task, failed: float, quality: float, kind: FailureKind
) -> None:
    lost = tiers_lost(task, candidate(quality=failed), quality, kind)
    assert 0 <= lost <= 2
    assert lost == 0 or (quality < failed and kind in SAY_NOTHING_OF_ABILITY)
    assert tiers_lost(task, None, quality, kind) == 0
