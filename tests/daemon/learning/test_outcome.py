"""An outcome says what it may, within its bounds."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.learning.outcome import VERDICTS, WEIGHTS, sound
from support.outcomes import an_outcome


def test_numbers_are_brought_into_their_bounds() -> None:
    wild = an_outcome(good=7.0, weight=99.0, difficulty=500, raw=-1.0, signals=(("least", 2.0),))
    tame = sound(wild)
    assert tame is not None
    assert (tame.good, tame.weight, tame.difficulty, tame.raw) == (1.0, 4.0, 100, 0.0)
    assert tame.signals == (("least", 1.0),)
    unknown = sound(an_outcome(signals=(("horoscope", 1.0), ("doubt", float("nan")))))
    assert unknown is not None
    assert unknown.signals == ()
    assert sound(an_outcome(good=float("nan"))) is None
    assert sound(an_outcome(weight=0.0)) is None
    assert sound(an_outcome(weight=float("nan"))) is None


@pytest.mark.parametrize("source", WEIGHTS)
def test_each_source_has_its_weight(source: Any) -> None:
    assert 0 < an_outcome(source=source).weighs <= 1


@pytest.mark.parametrize("source", WEIGHTS)
def test_only_verdicts_of_a_person_are_replaced(source: Any) -> None:
    one, again = an_outcome(1, source=source), an_outcome(1, source=source, good=0.0)
    assert (one.replaces is not None) == (source in VERDICTS)
    assert one.replaces == again.replaces
    if source in VERDICTS:
        assert one.replaces != an_outcome(1, source=source, answer=1).replaces
