"""What is worked out once for all candidates."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.policies.model import Budget, Policy, StrategyOptions
from homeport.policies.situation import situation_of
from support.deciding import ask, candidate, cloud, failure


def test_who_stays_home_and_why() -> None:
    fleet = [candidate()]
    for wanted, why in [
        (ask(privacy="private", mode="cloud-only"), "private"),
        (ask(mode="local-only"), "local-only"),
        (ask(requested_model="auto:local-only"), "local-only"),
        (ask(requested_model="local"), "local"),
        (ask(), ""),
    ]:
        assert situation_of(wanted, fleet, Budget(), Policy(), ()).stays_home == why


def test_context_counts_the_answer_once() -> None:
    begun = ask(input_tokens=1_000, output_tokens=300, answer_tokens=100)
    assert situation_of(begun, [], Budget(), Policy(), ()).context_needed == 1_300
    longer = ask(input_tokens=1_000, output_tokens=300, answer_tokens=500)
    assert situation_of(longer, [], Budget(), Policy(), ()).context_needed == 1_501


def test_of_texts_that_have_the_context_to_themselves_the_longest_has_to_fit() -> None:
    many = ask(input_tokens=1_000, longest_tokens=40, output_tokens=0)
    assert situation_of(many, [], Budget(), Policy(), ()).context_needed == 41


def test_the_failed_are_looked_up() -> None:
    one, other = candidate(total_ms=77), cloud()
    history = [failure("gone/m", "stall"), failure(one.card.id, "stall")]
    situation = situation_of(ask(), [one, other], Budget(), Policy(), history)
    assert dict(situation.failed) == {one.card.id: one.card}
    assert situation.failed_total_ms == 77


def test_a_pin_bounds_how_far_its_fallback_goes() -> None:
    fleet = [candidate("llamacpp/home"), cloud()]
    for name, farthest in [("llamacpp/home", 0), ("openai/gpt-5.5", 2), ("auto", 2)]:
        situation = situation_of(ask(requested_model=name), fleet, Budget(), Policy(), ())
        assert situation.farthest == farthest


@pytest.mark.parametrize("asked", ["cloud-only", "prefer-cloud", None])
def test_local_only_of_the_person_binds_every_program(asked: Any) -> None:
    situation = situation_of(ask(mode=asked), [], Budget(), Policy(mode="local-only"), ())
    assert (situation.mode, situation.stays_home) == ("local-only", "local-only")


FLEET = [candidate("llamacpp/small"), candidate("box/m", place="lan"), cloud("openai/gpt-5.5")]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, None),
        ({"judge": "gpt-5.5"}, None),
        ({"models": ("auto",)}, None),
        ({"models": ("small", "auto")}, None),
        ({"models": ("small",)}, {"llamacpp/small"}),
        ({"models": ("small",), "judge": "openai/gpt-5.5"}, {"llamacpp/small", "openai/gpt-5.5"}),
        ({"models": ("small",), "judge": "auto"}, None),
        ({"models": ("local",)}, {"llamacpp/small", "box/m"}),
        ({"models": ("cloud",)}, {"openai/gpt-5.5"}),
        ({"models": ("cloud", "box/m")}, {"openai/gpt-5.5", "box/m"}),
    ],
)
def test_who_was_named_to_be_among_those_asked(
    options: dict[str, Any], named: set[str] | None
) -> None:
    wanted = ask(options=StrategyOptions(**options))
    assert situation_of(wanted, FLEET, Budget(), Policy(), ()).named == named
