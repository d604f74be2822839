"""A belief that is carried on is the one that is made afresh, and it says what it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.fleet.abilities import Prior
from homeport.daemon.learning.abilities import (
    FADES_EVERY_MS,
    WORDS,
    Standing,
    ability_at,
    is_current,
    listed,
    standing_of,
    with_newest,
)
from homeport.daemon.learning.belief import DAY_MS
from homeport.daemon.learning.history import History
from homeport.daemon.learning.outcome import WEIGHTS, Outcome
from support.outcomes import an_outcome

PRIOR = Prior(50.0, 10.0, "its size and quantisation")


def outcome(number: int = 0, **fields: Any) -> Outcome:
    return an_outcome(number, **{"at_ms": number * FADES_EVERY_MS} | fields)


def taught(history: History, count: int) -> Standing:
    """A standing that took each outcome as it came."""
    standing = standing_of(PRIOR, history.moment())
    for number in range(count):
        one = outcome(number, good=number % 3 / 2, task=("code", "chat")[number % 2])
        history.add(one)
        with_newest(standing, one, history)
    return standing


def test_carried_on_or_made_afresh_is_the_same() -> None:
    history = History()
    standing = taught(history, 40)
    assert is_current(standing, PRIOR, history)
    afresh = standing_of(PRIOR, history.moment())
    for task in ("code", "chat", "writing"):
        mean, variance = standing.belief.ability(task)  # type: ignore[arg-type]
        again = afresh.belief.ability(task)  # type: ignore[arg-type]
        assert (mean, variance) == pytest.approx(again, abs=1e-9)


def test_what_is_missing_is_noticed() -> None:
    history = History()
    standing = taught(history, 2)
    before = standing.belief
    history.add(outcome(5, source="thumb"))
    assert not is_current(standing, PRIOR, history)
    history.add(outcome(6))
    with_newest(standing, outcome(6), history)  # the one before it is missing
    assert standing.belief is before
    assert not is_current(standing, Prior(60.0, 10.0, "your config"), history)
    assert not is_current(None, PRIOR, history)


def test_a_lookup_is_kept_until_something_new_is_known_or_the_day_is_over() -> None:
    history = History()
    standing = taught(history, 3)
    first = ability_at(standing, history, "code", DAY_MS)
    assert ability_at(standing, history, "code", DAY_MS + 5) is first
    later = ability_at(standing, history, "code", 30 * DAY_MS)
    assert later.variance > first.variance
    one = outcome(3)
    history.add(one)
    with_newest(standing, one, history)
    assert ability_at(standing, history, "code", 30 * DAY_MS).points > later.points


def test_it_says_what_it_rests_on() -> None:
    history = History()
    standing = standing_of(PRIOR, history.moment())
    assert ability_at(standing, history, "code", 0).source == "its size and quantisation"
    for number, source in enumerate(("thumb", "check", "check", "judge")):
        history.add(outcome(number, source=source))
    standing = standing_of(PRIOR, history.moment())
    said = "2 checks, 1 judgement and 1 thumb at code"
    assert ability_at(standing, history, "code", 0).source == said
    assert listed(["a"]) == "a"


def test_every_source_has_its_words() -> None:
    assert WORDS.keys() == WEIGHTS.keys()
