"""Signs in a worked answer that it is wrong, without knowing the right one.

Its sums are reckoned again; whether it ends in a result, and whether it used
the numbers that it was given, is seen from the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBER = r"-?\$?\d[\d,]*(?:\.\d+)?"
_SUM = re.compile(
    rf"(?<![\d.,])({_NUMBER})\s*([-+*/x\u00d7\u00f7])\s*({_NUMBER})\s*=\s*\$?\s*(?:<<[^>]*>>)?({_NUMBER})"
)
_MARKED = re.compile(r"<<([\d+*/().\s-]+)=(-?[\d.]+)>>")
_PLAIN_SUM = re.compile(rf"^\s*({_NUMBER})\s*([-+*/])\s*({_NUMBER})\s*$")
_WORD_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])")
_RESULT = re.compile(r"####|answer is|\\boxed|therefore|in total", re.IGNORECASE)
_SIGNS = ("+", "-", "*", "/", "x", "\u00d7", "\u00f7", "(", "%", "^")
_CLOSE = 0.006
"""Rounding that is let pass, as a share."""
MANY_STEPS = 10


class AnswerSigns(NamedTuple):
    """0 where all is well, 1 where nothing is."""

    wrong_sums: float
    """A sum in it does not come out."""
    no_result: float
    """It does not say what comes out."""
    odd_result: float
    """The result is negative, broken, or no number."""
    repeated: float
    """The result is one of the numbers of the question."""
    unused: float
    """Share of the question's numbers that the answer never uses."""
    steps: float
    """How long it had to reckon: a tenth for each step, at most 1."""

    @property
    def suspicion(self) -> float:
        """0 to 1: the signs together, each in proportion to how plainly it speaks of a fault."""
        plain = 0.3 * self.wrong_sums + 0.15 * self.no_result + 0.2 * self.odd_result
        return plain + 0.05 * self.repeated + 0.1 * self.unused + 0.2 * self.steps


def signs_of(question: str, answer: str, result: str) -> AnswerSigns:
    """Read from the question, the worked answer, and its result as it was taken out."""
    asked = {_value(number) for number in _WORD_NUMBER.findall(question)}
    used = {_value(number) for number in _WORD_NUMBER.findall(answer.replace("*", " * "))}
    value = _result(result)
    steps = max(answer.count("<<"), len(re.findall(r"=\s*\$?\d", answer)))
    return AnswerSigns(
        wrong_sums=float(_wrong_sums(answer)),
        no_result=float(_RESULT.search(answer) is None),
        odd_result=float(value is None or value < 0 or value != int(value)),
        repeated=float(value is not None and value in asked),
        unused=len(asked - used) / len(asked) if asked else 0.0,
        steps=min(1.0, steps / MANY_STEPS),
    )


def _wrong_sums(answer: str) -> bool:
    sums = [match.groups() for match in _SUM.finditer(answer) if _stands_alone(match)]
    for inside, said in _MARKED.findall(answer):
        parts = _PLAIN_SUM.match(inside)
        if parts is not None:
            sums.append((*parts.groups(), said))
    return any(not _comes_out(*parts) for parts in sums)


def _stands_alone(found: re.Match[str]) -> bool:
    """It is no part of a longer sum, in which another step may come first."""
    before = found.string[: found.start()].rstrip()
    return not before.endswith(_SIGNS)


def _comes_out(first: str, sign: str, second: str, said: str) -> bool:
    one, two, result = _value(first), _value(second), _value(said)
    if sign in "x*\u00d7":
        truth = one * two
    elif sign in "/\u00f7":
        truth = one / two if two else result
    else:
        truth = one + two if sign == "+" else one - two
    return abs(truth - result) <= _CLOSE * max(1.0, abs(truth))


def _value(number: str) -> float:
    return float(number.replace(",", "").replace("$", "") or 0)


def _result(result: str) -> float | None:
    try:
        return float(result.replace(",", ""))
    except ValueError:
        return None
