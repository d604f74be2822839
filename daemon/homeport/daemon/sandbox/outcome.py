"""From what was seen of a run to what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.daemon.sandbox.limits import Ran
from homeport.policies.model import Verdict

_STOPPED = {
    "time": "It was stopped: it took too long.",
    "output": "It was stopped: it wrote too much.",
    "files": "It was stopped: its files grew too large.",
}
_UNTOLD = frozenset({"ModuleNotFoundError", "ImportError"})
"""It needs something that is not there: this says nothing about the program."""


def ran_of(report: Mapping[str, Any] | None, stopped: str, seconds: float) -> Ran:
    """1. stopped; 2. no report, so it ended itself; 3. what it reports."""
    if stopped:
        return Ran(passed=False, sentence=_STOPPED[stopped], seconds=seconds)
    if report is None:
        return Ran(passed=False, sentence="It ended before its tests did.", seconds=seconds)
    passed, sentence = _told(report["outcome"], str(report["detail"]), int(report["line"]))
    return Ran(passed=passed, sentence=sentence, seconds=seconds)


def _told(outcome: str, detail: str, line: int) -> tuple[bool | None, str]:
    at = f" (line {line})" if line else ""
    at_test = f" (line {line} of the tests)" if line else ""
    if outcome == "passed":
        return True, "It passes its tests."
    if outcome == "ran":
        return None, "It runs to its end; there were no tests."
    if outcome == "unconfined":
        return None, "It was not run: a protection could not be had."
    if detail in _UNTOLD:
        return None, "It was not tried: it needs a module that is not there."
    if detail == "MemoryError":
        return False, "It needs more memory than it may have."
    if outcome == "broken":
        return False, f"It does not run: {detail}{at}."
    if detail == "AssertionError":
        return False, f"A test fails{at_test}."
    return False, f"A test ends in an error: {detail}{at_test}."


def verdict_of(ran: Ran) -> Verdict:
    """As a check of an answer."""
    return Verdict(check="tests", passed=ran.passed, sentence=ran.sentence)
