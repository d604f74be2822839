"""Answers that were cut off."""

from __future__ import annotations

import pytest

from homeport.analysis.checks.truncation import cut_of, is_plain

PROSE = "The committee met on Monday and discussed the budget of the coming year at length. " * 2


@pytest.mark.parametrize(
    ("answer", "finish", "cut"),
    [
        ("All of it.", "length", "length"),
        ("All of it.", "max_tokens", "length"),
        ("", "stop", "empty"),
        ("  \n", "", "empty"),
        ("Look:\n```python\nx = 1\n", "stop", "fence"),
        ('{"a": [1, 2', "stop", "bracket"),
        ("```js\nfunction f() {\n```", "stop", "bracket"),
        (PROSE + "Then it decided to raise the fee for all of the", "stop", "sentence"),
        (PROSE + "Then it decided to raise the fee for most members, but,", "", "sentence"),
        (PROSE, "stop", None),
        ("42", "stop", None),
        ("positive", "", None),
        ("Look:\n```python\nx = 1\n```", "stop", None),
        ('{"a": "]"}', "stop", None),
        (PROSE + "\n\n- apples\n- pears", "stop", None),
        (PROSE + "\u8fd9\u662f\u4e00\u4e2a\u7b54\u6848\u3002", "stop", None),
    ],
)
def test_a_cut(answer: str, finish: str, cut: str | None) -> None:
    assert cut_of(answer, finish) == cut


def test_an_open_sentence_is_no_proof_against_the_model() -> None:
    assert not is_plain("sentence", "stop")
    assert is_plain("sentence", "")
    assert is_plain("fence", "stop")
