"""Which judgements a calibration is made of, and when it is made anew."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.learning.calibration import (
    FEWEST_FRESH,
    LEAST,
    Calibration,
    Confidence,
    answered,
    calibration_of,
    is_due,
    tells,
    uncalibrated,
)
from homeport.daemon.learning.outcome import Outcome
from support.outcomes import an_outcome
from support.scripted import card


def outcome(**fields: Any) -> Outcome:
    return an_outcome(1, **{"at_ms": 0, "raw": 0.9} | fields)


def goods(*outcomes: Outcome) -> list[float]:
    return [answer.good for answer in answered(outcomes)]


def test_an_answer_counts_once_by_its_worst_check() -> None:
    assert goods(outcome(), outcome(good=0.0), outcome()) == [0.0]
    assert goods(outcome(), outcome(answer=1, good=0.0), outcome(decision="d2")) == [1.0, 0.0, 1.0]


def test_a_person_has_the_last_word() -> None:
    up, down = outcome(source="thumb"), outcome(source="edit", good=0.2)
    assert goods(outcome(good=0.0), up) == goods(up, outcome(good=0.0)) == [1.0]
    assert goods(up, down) == [0.2]


def test_questions_of_a_benchmark_are_many_answers() -> None:
    question = outcome(decision="", source="benchmark")
    assert goods(question, question) == [1.0, 1.0]


@pytest.mark.parametrize(
    "fields", [{"raw": None}, {"source": "retry"}, {"source": "agreement"}, {"weight": 0.2}]
)
def test_what_does_not_say_whether_it_was_right_does_not_count(fields: dict[str, Any]) -> None:
    assert not tells(outcome(**fields))
    assert goods(outcome(**fields)) == []


def test_a_fit_is_due_when_enough_is_new() -> None:
    assert not is_due(0, LEAST - 1)
    assert is_due(0, LEAST)
    assert is_due(LEAST - 1, 1)
    assert not is_due(LEAST, FEWEST_FRESH - 1)
    assert is_due(LEAST, FEWEST_FRESH)
    assert not is_due(200, 19)
    assert is_due(200, 20)


def test_all_right_is_no_certainty() -> None:
    found = calibration_of([outcome(decision=f"d{n}") for n in range(LEAST)])
    confidence = found.confidence("code", 0.9, {})
    assert confidence.value is not None
    assert 0.9 < confidence.value < 1.0
    assert found.confidence("chat", None, {}) == Confidence(None, n=LEAST)


def test_without_anything_learned_the_raw_confidence_stands() -> None:
    assert uncalibrated(card("a/b"), "code", 0.4, {}) == Confidence(0.4)
    assert (
        Calibration().confidence("code", 0.4, {}).note
        == f"not calibrated yet (0 of {LEAST} answers)"
    )
