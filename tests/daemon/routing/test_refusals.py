"""Decisions and failures without an answer become the one error that fits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homeport.client.units import day_and_clock
from homeport.daemon.routing.refusals import gave_up, refusal
from homeport.policies.gates import AFTER_GATES, GATES
from homeport.policies.model import (
    ENGINE_VERSION,
    Budget,
    BudgetWindow,
    Decision,
    Failure,
    FailureKind,
    Veto,
)
from support.deciding import cloud


def decision(*gates: str, because: str = "nothing may answer") -> Decision:
    vetoes = tuple(Veto(model=f"p/{n}", gate=g, reason="no.") for n, g in enumerate(gates))
    return Decision(
        engine_version=ENGINE_VERSION,
        strategy="single",
        mode="balanced",
        order=(),
        vetoes=vetoes,
        because=because,
    )


@pytest.mark.parametrize(
    ("gates", "code", "status"),
    [
        ((), "no_model", 503),
        (("budget",), "over_budget", 429),
        (("budget", "privacy"), "over_budget", 429),
        (("max_cost", "key"), "over_budget", 429),
        (("privacy",), "refused", 403),
        (("privacy", "context"), "refused", 403),
        (("context", "context"), "context_length_exceeded", 400),
        (("memory", "link"), "nothing_ready", 503),
        (("capability",), "refused", 403),
    ],
)
def test_the_gates_say_whose_move_it_is(gates: tuple[str, ...], code: str, status: int) -> None:
    error = refusal(decision(*gates))
    assert (error.code, error.status) == (code, status)
    assert len(error.vetoes) == len(gates)


def test_models_for_another_purpose_count_for_none() -> None:
    assert refusal(decision("purpose")).code == "no_model"
    assert refusal(decision("purpose", "context")).code == "context_length_exceeded"


def limit(window: Any, left: int, resets_at_ms: int, **whose: Any) -> BudgetWindow:
    return BudgetWindow(
        window=window,
        limit_nano=left,
        spent_nano=0,
        reserved_nano=0,
        resets_at_ms=resets_at_ms,
        **whose,
    )


LATER_MS = 1_795_262_400_000


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        ((limit("day", 10**7, LATER_MS),), " The day's budget has $0.01 left until {}."),
        (
            (limit("day", 0, 1), limit("week", 0, LATER_MS, scope="client", name="editor")),
            " The week's budget for client editor has $0 left until {}.",
        ),
        ((limit("day", 10**10, LATER_MS),), ""),
        ((limit("day", 0, LATER_MS), limit("session", 0, 0)), ""),
        ((limit("day", 0, LATER_MS, scope="provider", name="sky"),), ""),
        ((), ""),
    ],
)
def test_over_a_budget_it_is_said_until_when(windows: tuple[BudgetWindow, ...], said: str) -> None:
    dear = replace(cloud("p/0"), worst_cost_nano=5 * 10**8)
    dearer = replace(cloud("p/1"), worst_cost_nano=9 * 10**8)
    error = refusal(decision("budget", "budget"), [dear, dearer], Budget(windows=windows))
    assert error.sentence == "Nothing may answer." + said.format(day_and_clock(LATER_MS))


@pytest.mark.parametrize("gate", [*(name for name, _ in GATES if name != "purpose"), *AFTER_GATES])
def test_every_gate_has_an_error(gate: str) -> None:
    error = refusal(decision(gate, because="the reason"))
    assert error.sentence == "The reason."


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("reset", "nothing_answered", 502),
        ("stall", "nothing_answered", 504),
        ("deadline", "nothing_answered", 504),
        ("context_overflow", "context_length_exceeded", 400),
    ],
)
def test_the_last_failure_gives_the_status(kind: FailureKind, code: str, status: int) -> None:
    history = [
        Failure(model="p/a", kind="overloaded", sentence="It was busy."),
        Failure(model="p/b", kind=kind, sentence="It broke.", retry_after_ms=1500),
    ]
    error = gave_up(history, decision("tried"))
    assert (error.code, error.status) == (code, status)
    assert error.sentence == "Tried p/a (It was busy), then p/b (It broke)."
    if code == "nothing_answered":
        assert error.retry_after_s == 2
