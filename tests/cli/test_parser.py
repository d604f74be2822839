"""Faults in what was typed, said in one sentence."""

from __future__ import annotations

import pytest

from homeport.cli.parser import parse
from homeport.cli.verbs import BY_NAME


def fault(capsys: pytest.CaptureFixture[str], verb: str, *words: str) -> str:
    with pytest.raises(SystemExit) as caught:
        parse(BY_NAME[verb], list(words))
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_a_word_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert fault(capsys, "status", "now").endswith("See: homeport status --help\n")


def test_options_are_not_abbreviated(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean --private?" in fault(capsys, "ask", "x", "--privat")


def test_a_wrong_value_is_no_wrong_name(capsys: pytest.CaptureFixture[str]) -> None:
    said = fault(capsys, "ask", "x", "--deadline", "soon")
    assert said.endswith("write 30s, 500ms or 2m. See: homeport ask --help\n")


def test_an_option_without_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert "expected one argument" in fault(capsys, "ask", "x", "--model")


def test_a_value_with_an_equals_sign() -> None:
    assert parse(BY_NAME["ask"], ["x", "--model=local"]).model == "local"


def test_two_dashes_without_a_prompt_are_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(BY_NAME["why"], ["--", "7f3a"]).id == "7f3a"
