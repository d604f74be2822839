"""Faults in what was typed, said in one sentence."""

from __future__ import annotations

import pytest

from homeport.cli.parser import parse
from homeport.cli.refusal import WrongUse
from homeport.cli.verbs import BY_NAME


def fault(verb: str, *words: str) -> str:
    with pytest.raises(WrongUse) as caught:
        parse(BY_NAME[verb], list(words))
    return caught.value.sentence


def test_a_word_too_many() -> None:
    assert fault("status", "now").endswith("See: homeport status --help")


def test_options_are_not_abbreviated() -> None:
    assert "Did you mean --private?" in fault("ask", "x", "--privat")


def test_a_wrong_value_is_no_wrong_name() -> None:
    said = fault("ask", "x", "--deadline", "soon")
    assert said.endswith("write 30s, 500ms or 2m. See: homeport ask --help")


def test_an_option_without_its_value() -> None:
    assert "expected one argument" in fault("ask", "x", "--model")


def test_a_value_with_an_equals_sign() -> None:
    assert parse(BY_NAME["ask"], ["x", "--model=local"]).model == "local"


def test_two_dashes_without_a_prompt_are_as_ever() -> None:
    assert parse(BY_NAME["why"], ["--", "7f3a"]).id == "7f3a"
