"""Decisions and failures without an answer become the one error that fits."""

from __future__ import annotations

import pytest

from homeport.daemon.routing.refusals import gave_up, refusal
from homeport.policies.gates import AFTER_GATES, GATES
from homeport.policies.model import ENGINE_VERSION, Decision, Failure, FailureKind, Veto


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
