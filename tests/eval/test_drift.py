"""Holding a share of cloud calls on a stream."""

from __future__ import annotations

from pathlib import Path

from homeport.eval import drift
from homeport.eval.bench import Bench
from homeport.eval.data import read
from homeport.policies.budget_controller import CALL, BudgetController


def test_a_run_tells_who_was_sent() -> None:
    sent, controller = drift.run([0.1, 0.9] * 100, BudgetController(CALL // 2))
    assert abs(sum(sent) - 100) <= 5
    assert sum(sent[1::2]) > sum(sent[::2])
    assert controller.debt == sum(sent) * CALL - 200 * (CALL // 2)


def test_errors_are_in_points(small: Path) -> None:
    found = drift.measured(Bench(read(small)))
    assert 0 <= found.in_domain <= 100
    assert 0 <= found.shifted <= 100
