"""From the wire's result to the one that programs get."""

from __future__ import annotations

import pytest

from homeport.client.result import Result, facts_of
from homeport.client.wire import AnswerView
from support.views import ask_result, attempt


def test_the_facts_of_an_answer() -> None:
    result = Result(**facts_of(ask_result(cost=0.25)))
    assert result.text == str(result) == "Because of Rayleigh scattering."
    assert (result.model, result.place) == ("llamacpp/smollm2-135m", "local")
    assert (result.cost, result.certain) == (0.25, True)
    assert (result.latency, result.first_token, result.confidence) == (0.8, 0.2, 0.81)
    assert (result.input_tokens, result.output_tokens) == (12, 19)
    assert (result.decision, result.because) == ("7f3a9c", "only model here")
    assert repr(result) == "Result(7f3a9c: llamacpp/smollm2-135m, 31 letters)"


def test_every_model_is_named_once_in_the_order_they_were_asked() -> None:
    tried = (attempt(model="a/x"), attempt(model="b/y"), attempt(model="a/x"))
    said = ask_result(attempts=tried, ensemble_models=("b/y", "c/z"), model_used="d/w")
    assert Result(**facts_of(said)).models == ("a/x", "b/y", "c/z", "d/w")


def test_feedback_counts_the_answers_that_came_whole() -> None:
    tried = (attempt(model="a/x", outcome="reset"), attempt(model="b/y"), attempt(model="c/z"))
    given = tuple(AnswerView(name, "local", "", ok=True) for name in ("a/x", "b/y", "c/z"))
    result = Result(**facts_of(ask_result(attempts=tried, answers=given)))
    assert [result.whole_answer(n) for n in (None, 1, 2)] == [None, 0, 1]
    with pytest.raises(ValueError, match="a/x"):
        result.whole_answer(0)


def test_what_an_older_daemon_leaves_out_is_unknown() -> None:
    result = Result(**facts_of(ask_result(metadata={}, cost=None, confidence=None)))
    assert (result.first_token, result.cost, result.because) == (None, None, "")
    assert result.certain
