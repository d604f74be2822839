"""What a person says becomes an outcome; of an edit only how much was kept."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.wire import AttemptView, FeedbackRequest
from homeport.daemon.learning.feedback import goodness, judged_outcome, similarity
from homeport.daemon.storage.decision_record import DecisionRecord
from homeport.policies.errors import BadRequest
from support.decisions import a_record

words = st.text("ab \n", max_size=40)


def answered(*models: str, **fields: Any) -> DecisionRecord:
    record = a_record("01answered")
    attempts = tuple(AttemptView(m, "local", 0, outcome="done") for m in models)
    model = models[-1] if models else ""
    view = msgspec.structs.replace(record.view, model=model, attempts=attempts, **fields)
    return dataclasses.replace(record, view=view)


def order(verdict: Any = "up", **fields: Any) -> FeedbackRequest:
    return FeedbackRequest("01answered", verdict, **fields)


def test_a_thumb_is_about_the_model_that_answered() -> None:
    record = answered("llamacpp/small", raw_confidence=0.7, signals=(("least", 0.1),))
    outcome, card = judged_outcome(record, order("down"), 7)
    assert (outcome.source, outcome.good, outcome.at_ms) == ("thumb", 0.0, 7)
    assert (outcome.model, card.id, outcome.task) == (*["llamacpp/small"] * 2, record.ask.task)
    assert (outcome.raw, outcome.signals) == (0.7, (("least", 0.1),))


def test_one_of_several_answers_is_named_by_its_number() -> None:
    record = answered("llamacpp/small", "openai/large", raw_confidence=0.7)
    assert judged_outcome(record, order(), 7)[0].model == "openai/large"
    first, _ = judged_outcome(record, order(answer=0), 7)
    assert (first.model, first.raw, first.answer) == ("llamacpp/small", None, 0)
    with pytest.raises(BadRequest, match="There are 2 whole answers, counted from 0"):
        judged_outcome(record, order(answer=2), 7)


def test_the_answer_that_was_given_is_the_same_by_its_number_and_without() -> None:
    record = answered("llamacpp/small", "openai/large")
    given, _ = judged_outcome(record, order("up"), 7)
    named, _ = judged_outcome(record, order("down", answer=1), 8)
    assert given.replaces == named.replaces


def test_of_answers_side_by_side_none_is_meant_without_its_number() -> None:
    record = answered("llamacpp/small", "openai/large", strategy="compare")
    with pytest.raises(BadRequest, match=r"from 0 \(llamacpp/small, openai/large\)") as which:
        judged_outcome(record, order(), 7)
    assert which.value.param == "answer"
    assert judged_outcome(record, order(answer=0), 7)[0].model == "llamacpp/small"
    alone = answered("llamacpp/small", strategy="compare")
    assert judged_outcome(alone, order(), 7)[0].model == "llamacpp/small"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (answered(), "Nothing was answered whole"),
        (answered("gone/away"), "measurements of 01answered were not kept"),
    ],
)
def test_what_cannot_be_judged_is_said(record: DecisionRecord, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        judged_outcome(record, order(), 7)


def test_an_edit_says_how_much_was_kept() -> None:
    assert goodness(order("edit", similarity=0.8)) == 0.8
    assert goodness(order("edit", original="a b c", edited="a b c")) == 1.0
    assert judged_outcome(answered("llamacpp/small"), order("edit", similarity=0.4), 7)[
        0
    ].source == ("edit")
    for wrong in ({"similarity": 1.5}, {"original": "a"}, {}):
        with pytest.raises(BadRequest):
            goodness(order("edit", **wrong))


def test_similarity_by_hand() -> None:
    assert similarity("the cat sat", "the cat sat") == 1.0
    assert similarity("the cat sat", "a dog ran") == 0.0
    assert similarity("the cat sat", "the cat ran") == 0.5
    assert similarity("", "") == 1.0
    assert similarity("", "words") == 0.0


@given(words, words)
def test_similarity_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    found = similarity(one, other)
    assert 0.0 <= found <= 1.0
    assert found == similarity(other, one)
    assert similarity(one, one) == 1.0
