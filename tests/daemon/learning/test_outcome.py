"""An outcome says what it may, within its bounds."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.learning.outcome import VERDICTS, WEIGHTS, Outcome, sound


def outcome(number: int = 0, **fields: Any) -> Outcome:
    base: dict[str, Any] = {
        "at_ms": 1000 + number,
        "decision": f"d{number}",
        "model": "scripted/a",
        "task": "code",
        "difficulty": 40,
        "source": "check",
        "good": 1.0,
    }
    return Outcome(**base | fields)


def test_numbers_are_brought_into_their_bounds() -> None:
    wild = outcome(good=7.0, weight=99.0, difficulty=500, raw=-1.0, signals=(("least", 2.0),))
    tame = sound(wild)
    assert tame is not None
    assert (tame.good, tame.weight, tame.difficulty, tame.raw) == (1.0, 4.0, 100, 0.0)
    assert tame.signals == (("least", 1.0),)
    unknown = sound(outcome(signals=(("horoscope", 1.0), ("doubt", float("nan")))))
    assert unknown is not None
    assert unknown.signals == ()
    assert sound(outcome(good=float("nan"))) is None
    assert sound(outcome(weight=0.0)) is None
    assert sound(outcome(weight=float("nan"))) is None


@pytest.mark.parametrize("source", WEIGHTS)
def test_each_source_has_its_weight(source: Any) -> None:
    assert 0 < outcome(source=source).weighs <= 1


@pytest.mark.parametrize("source", WEIGHTS)
def test_only_verdicts_of_a_person_are_replaced(source: Any) -> None:
    one, again = outcome(1, source=source), outcome(1, source=source, good=0.0)
    assert (one.replaces is not None) == (source in VERDICTS)
    assert one.replaces == again.replaces
    if source in VERDICTS:
        assert one.replaces != outcome(1, source=source, answer=1).replaces
