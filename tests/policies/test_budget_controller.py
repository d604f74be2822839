"""The price of money keeps spending to its pace, whatever prompts come."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.policies.budget_controller import (
    CALL,
    MOST_DEBT,
    WINDOW,
    BudgetController,
    Offer,
)

WORTH = st.floats(-1, 1, allow_nan=False)


def run(controller: BudgetController, offers: Iterable[Offer]) -> tuple[int, BudgetController]:
    """What was spent, and the controller after it."""
    spent = 0
    for offer in offers:
        cost = offer.cost if controller.admits(offer) else 0
        controller, spent = controller.after(offer, cost), spent + cost
    return spent, controller


def calls(worths: Iterable[float]) -> list[Offer]:
    return [Offer(worth, CALL) for worth in worths]


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5, 0.9])
def test_a_share_is_held_through_a_shift(share: float) -> None:
    chance = Random(1)
    dull = calls(chance.gauss(0.05, 0.1) for _ in range(600))
    worthy = calls(chance.gauss(0.7, 0.1) for _ in range(600))
    spent, controller = run(BudgetController(round(share * CALL)), dull)
    assert spent / CALL / 600 == pytest.approx(share, abs=0.03)
    _, controller = run(controller, worthy[:200])
    spent, _ = run(controller, worthy[200:])
    assert spent / CALL / 400 == pytest.approx(share, abs=0.03)


def test_what_is_worth_more_goes_first() -> None:
    chance = Random(2)
    offers = calls(chance.random() for _ in range(500))
    _, controller = run(BudgetController(CALL // 5), offers)
    assert controller.admits(Offer(1.0, CALL))
    assert not controller.admits(Offer(0.1, CALL))
    assert controller.price * CALL == pytest.approx(0.8, abs=0.1)


def test_cheaper_is_better_for_the_same_worth() -> None:
    chance = Random(3)
    offers = [Offer(chance.random(), chance.randrange(1_000, 9_000)) for _ in range(500)]
    spent, controller = run(BudgetController(1_000), offers)
    assert spent / 500 == pytest.approx(1_000, rel=0.1)
    assert controller.admits(Offer(0.5, 500))
    assert not controller.admits(Offer(0.5, 50_000))


def test_equal_offers_are_shared_out() -> None:
    spent, _ = run(BudgetController(CALL // 4), calls([0.3] * 400))
    assert spent / CALL == pytest.approx(100, abs=8)


def test_no_allowance_buys_nothing() -> None:
    assert run(BudgetController(0), calls([1.0] * 50))[0] == 0


def test_a_quiet_week_buys_no_flood() -> None:
    saved, cap = BudgetController(1_000), MOST_DEBT * 1_000
    for _ in range(1_000):
        saved = saved.after(Offer(0.0, 10_000), 0)
    assert saved.debt == -cap


def test_it_remembers_a_window() -> None:
    _, controller = run(BudgetController(CALL), calls([0.5] * (WINDOW + 10)))
    assert len(controller.recent) == WINDOW
    assert repr(controller) == f"BudgetController({CALL} each, debt 0, {WINDOW} seen)"


@settings(deadline=None, max_examples=30)
@given(st.lists(WORTH, min_size=60, max_size=200), st.floats(0.05, 0.95))
def test_no_stream_overspends_by_much(worths: list[float], share: float) -> None:
    allowance = round(share * CALL)
    spent, _ = run(BudgetController(allowance), calls(chain(worths, worths)))
    assert spent <= allowance * 2 * len(worths) + 45 * CALL


@settings(deadline=None, max_examples=30)
@given(st.lists(WORTH, max_size=60))
def test_the_same_offers_give_the_same_controller(worths: list[float]) -> None:
    start = BudgetController(CALL // 3)
    assert run(start, calls(worths)) == run(start, calls(worths))
