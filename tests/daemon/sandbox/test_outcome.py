"""From what was seen to what is said."""

from __future__ import annotations

import pytest

from homeport.daemon.sandbox.outcome import ran_of, verdict_of


@pytest.mark.parametrize("stopped", ["time", "output", "files"])
def test_a_bound_comes_before_any_report(stopped: str) -> None:
    ran = ran_of({"outcome": "passed", "detail": "", "line": 0}, stopped, 1.5)
    assert (ran.passed, ran.seconds) == (False, 1.5)
    assert ran.sentence.startswith("It was stopped: ")


def test_a_protection_that_is_missing_says_nothing_about_the_program() -> None:
    ran = ran_of({"outcome": "unconfined", "detail": "", "line": 0}, "", 0.1)
    assert ran.passed is None


def test_it_is_a_check_of_an_answer() -> None:
    verdict = verdict_of(ran_of({"outcome": "passed", "detail": "", "line": 0}, "", 0.1))
    assert (verdict.check, verdict.passed) == ("tests", True)
    assert verdict.sentence == "It passes its tests."
