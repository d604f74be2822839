"""The weight of an answer: each of its terms, and when nothing can change it any more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.weighing import (
    Weighed,
    heaviest,
    is_settled,
    majority_is_settled,
    most_that_may_come,
)

SHARE = st.floats(0, 1)
ANSWERS = st.builds(
    Weighed,
    confidence=st.none() | SHARE,
    capability=SHARE,
    completeness=SHARE,
    consensus=SHARE,
)


@pytest.mark.parametrize(
    ("term", "worth"),
    [("confidence", 0.5), ("capability", 0.3), ("completeness", 0.2), ("consensus", 0.1)],
)
def test_each_term_has_its_worth(term: str, worth: float) -> None:
    nothing = Weighed(confidence=0.0, capability=0.0, completeness=0.0)
    assert nothing.weight == 0.0
    assert replace(nothing, **{term: 1.0}).weight == worth


def test_what_is_not_calibrated_counts_as_its_model_was_predicted() -> None:
    known = Weighed(confidence=0.6, capability=0.6, completeness=1.0)
    assert replace(known, confidence=None).weight == known.weight


@given(ANSWERS)
def test_nothing_weighs_more_than_was_possible(answer: Weighed) -> None:
    assert answer.weight <= most_that_may_come(answer.capability) + 1e-6


@given(st.lists(ANSWERS, min_size=1, max_size=5))
def test_the_heaviest_is_the_first_of_the_heaviest(answers: list[Weighed]) -> None:
    weights = [answer.weight for answer in answers]
    assert heaviest(answers) == weights.index(max(weights))


@given(st.lists(ANSWERS, min_size=1, max_size=4), st.lists(ANSWERS, max_size=3), st.data())
def test_what_is_settled_cannot_be_changed_by_what_comes(
    answers: list[Weighed], rest: list[Weighed], data: st.DataObject
) -> None:
    if not is_settled(answers, [late.capability for late in rest]):
        return
    first = heaviest(answers)
    bonuses = data.draw(st.lists(SHARE, min_size=len(answers), max_size=len(answers)))
    later = [
        replace(answer, consensus=bonus) for answer, bonus in zip(answers, bonuses, strict=True)
    ]
    assert heaviest([*later, *rest]) == first


def test_a_sure_and_complete_answer_is_settled_against_a_weak_model() -> None:
    sure = Weighed(confidence=1.0, capability=0.9, completeness=1.0)
    assert is_settled([sure], [0.0])
    assert not is_settled([sure], [0.9])
    assert not is_settled([], [])


@given(
    st.lists(st.integers(1, 4), max_size=4).map(lambda counts: sorted(counts, reverse=True)),
    st.integers(0, 4),
    st.data(),
)
def test_a_settled_majority_keeps_its_lead(
    counts: list[int], to_come: int, data: st.DataObject
) -> None:
    if not counts or not majority_is_settled(counts, to_come):
        return
    groups = [*counts, 0]
    for _ in range(to_come):
        groups[data.draw(st.integers(0, len(groups) - 1))] += 1
    assert groups[0] == max(groups)


def test_a_majority_is_settled_when_all_are_there_or_the_rest_is_too_few() -> None:
    assert majority_is_settled([2], 1)
    assert not majority_is_settled([1], 1)
    assert not majority_is_settled([2, 1], 1)
    assert majority_is_settled([1, 1], 0)
    assert not majority_is_settled([], 1)
