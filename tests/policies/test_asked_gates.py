"""A gate that is not asked would not have objected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.asked_gates import (
    OF_ITS_STANDING,
    ONLY_SOMETIMES,
    asked_gates,
    is_sound,
)
from homeport.policies.gates import GATES, first_veto
from homeport.policies.model import Ask, Budget, Candidate, Failure, Policy
from homeport.policies.situation import situation_of
from support.deciding import CALM, ask, candidate, rate, situations, window

Situation = tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...]]
NAMES = [name for name, _ in GATES]


@CALM
@given(situations())
def test_the_veto_is_that_of_all_gates(given_: Situation) -> None:
    situation = situation_of(*given_)
    gates = asked_gates(situation)
    for one in given_[1]:
        assert gates.veto(one, situation) == first_veto(one, situation)


@CALM
@given(situations(), st.sampled_from(("ok", "unknown")))
def test_a_sound_candidate_passes_what_looks_at_how_it_stands(given_: Situation, link: Any) -> None:
    situation = situation_of(*given_)
    standing = [row for row in GATES if row[0] in OF_ITS_STANDING]
    for one in given_[1]:
        sound = replace(
            one, state="ready", link=link, breaker="closed", key="valid", rate=None,
            queue_bound=None, cost_nano=5, worst_cost_nano=5,
        )  # fmt: skip
        assert is_sound(sound)
        assert first_veto(sound, situation, standing) is None


def test_few_gates_are_asked_of_a_plain_prompt() -> None:
    plain = asked_gates(situation_of(ask(), [candidate()], Budget(), Policy(), ()))
    assert [name for name, _ in plain.of_the_sound] == ["purpose", "context", "deadline"]
    assert [name for name, _ in plain.of_all] == [n for n in NAMES if n not in ONLY_SOMETIMES]


def test_a_limit_is_asked_about_where_there_is_one() -> None:
    wanted = ask(max_cost_nano=7, needs=("tools",))
    limited = asked_gates(situation_of(wanted, [candidate()], window(5), Policy(), ()))
    asked = [name for name, _ in limited.of_the_sound]
    assert asked == ["purpose", "context", "capability", "deadline", "max_cost", "budget"]


def test_whoever_does_not_stand_well_is_not_sound() -> None:
    assert is_sound(candidate())
    for fields in (
        {"state": "loadable"},
        {"link": "offline"},
        {"breaker": "half-open"},
        {"key": "refused"},
        {"rate": rate(9)},
        {"queue_bound": 3},
        {"cost_nano": None},
        {"worst_cost_nano": None},
    ):
        assert not is_sound(candidate(**fields)), fields


def test_the_tables_name_gates() -> None:
    assert set(ONLY_SOMETIMES) | OF_ITS_STANDING <= set(NAMES)
    assert not OF_ITS_STANDING & set(ONLY_SOMETIMES)
