"""Breakers of models, and of the servers that they are on."""

from __future__ import annotations

import pytest

from homeport.daemon.fleet.breakers import Breakers
from homeport.policies.model import BreakerState, Failure, FailureKind, ModelCard
from support.scripted import card

SKY = {"place": "cloud", "host": "api.example.com:443"}
A, B, ELSEWHERE = card("sky/a", **SKY), card("sky/b", **SKY), card("other/a", **SKY)
HOME, HOME_B = card("llamacpp/a", host=""), card("llamacpp/b", host="")


def breakers() -> Breakers:
    return Breakers(lambda: 1_000_000)


def fail(made: Breakers, model: ModelCard, kind: FailureKind, *, was_heard: bool = True) -> None:
    made.begin(model.id, model)
    failure = Failure(model=model.id, kind=kind, sentence="It broke.")
    made.fail(failure, model, was_heard=was_heard)
    made.release(model.id, model)


def state(made: Breakers, model: ModelCard) -> BreakerState:
    breaker = made.of(model)
    return "closed" if breaker is None else breaker.state


@pytest.mark.parametrize(
    ("kind", "was_heard", "mine", "siblings"),
    [
        ("connect_timeout", True, "open", "open"),
        ("first_token_timeout", False, "open", "open"),
        ("first_token_timeout", True, "open", "closed"),
        ("stall", True, "open", "closed"),
        ("reset", True, "closed", "closed"),
        ("overloaded", True, "closed", "closed"),
    ],
)
def test_what_hangs_costs_its_share_once(
    kind: FailureKind, was_heard: bool, mine: BreakerState, siblings: BreakerState
) -> None:
    made = breakers()
    fail(made, A, kind, was_heard=was_heard)
    assert (state(made, A), state(made, B)) == (mine, siblings)
    assert state(made, ELSEWHERE) == "closed"


def test_a_server_that_refuses_is_left_alone_for_all_its_models() -> None:
    made = breakers()
    fail(made, A, "refused")
    fail(made, B, "refused")
    assert (state(made, A), state(made, B)) == ("closed", "closed")
    fail(made, A, "refused")
    assert (state(made, A), state(made, B)) == ("open", "open")
    made.succeed(B.id, B)
    assert state(made, B) == "closed"
    made.succeed(A.id, A)
    assert repr(made) == "Breakers(0 not closed)"


def test_the_embedded_engine_is_no_server() -> None:
    made = breakers()
    for _ in range(3):
        fail(made, HOME, "first_token_timeout", was_heard=False)
    assert (state(made, HOME), state(made, HOME_B)) == ("open", "closed")


def test_an_answer_of_any_model_shows_that_its_server_is_there() -> None:
    made = breakers()
    fail(made, A, "connect_timeout")
    fail(made, B, "overloaded")
    assert state(made, B) == "open"
    made.succeed(B.id, B)
    assert (state(made, B), state(made, A)) == ("closed", "open")
    made.succeed(A.id, None)
    assert state(made, A) == "closed"


def test_a_lost_link_takes_the_blame_for_what_could_not_be_connected_to() -> None:
    made = breakers()
    fail(made, A, "connect_timeout")
    fail(made, ELSEWHERE, "stall")
    made.forgive([A, B, ELSEWHERE, HOME])
    assert [state(made, model) for model in (A, B, ELSEWHERE)] == ["closed", "closed", "open"]
