"""Signs in a worked answer that it is wrong, without knowing the right one.

Its sums of two numbers are reckoned again; whether it ends in a result, and whether it used
the numbers that it was given, is seen from the text. What these signs are worth was measured
with exactly these: `arithmetic.py` finds longer sums too.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from homeport.analysis.checks.arithmetic import reckon
from homeport.analysis.checks.bounds import ends_of

_NUMBER = r"-?\$?\d[\d,]{0,20}(?:\.\d{1,20})?"
_PAIR = re.compile(
    rf"(?<![\d.,])({_NUMBER})\s*([-+*/x\u00d7\u00f7])\s*({_NUMBER})\s*=\s*\$?\s*"
    rf"(?:<<[^>]{{0,200}}>>)?({_NUMBER})"
)
_MARKED = re.compile(r"<<([\d+*/().\s-]{1,200})=(-?\d{0,20}\.?\d{0,20})>>")
_MARKED_PAIR = re.compile(rf"^\s*({_NUMBER})\s*([-+*/])\s*({_NUMBER})\s*$")
_SIGNS = ("+", "-", "*", "/", "x", "\u00d7", "\u00f7", "(", "%", "^")
_WORD_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])")
_RESULT = re.compile(r"####|answer is|\\boxed|therefore|in total", re.IGNORECASE)
_STEP = re.compile(r"=\s*\$?\d")
CLOSE = Fraction(6, 1000)
"""Rounding that is let pass, as a share."""
MANY_STEPS = 10
_MOST_DIGITS = 30


class WorkedSigns(NamedTuple):
    """0 where all is well, 1 where nothing is."""

    wrong_sums: float
    """A sum of two numbers in it does not come out."""
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


def signs_of(question: str, answer: str, result: str) -> WorkedSigns:
    """Read from the question, the worked answer, and its result as it was taken out."""
    asked = _numbers(question)
    used = _numbers(answer.replace("*", " * "))
    value = _value(result)
    steps = max(answer.count("<<"), len(_STEP.findall(answer)))
    return WorkedSigns(
        wrong_sums=float(_wrong_sums(ends_of(answer))),
        no_result=float(_RESULT.search(answer) is None),
        odd_result=float(value is None or value < 0 or value.denominator != 1),
        repeated=float(value is not None and value in asked),
        unused=len(asked - used) / len(asked) if asked else 0.0,
        steps=min(1.0, steps / MANY_STEPS),
    )


def _wrong_sums(answer: str) -> bool:
    sums = [match.groups() for match in _PAIR.finditer(answer) if _stands_alone(match)]
    for inside, said in _MARKED.findall(answer):
        parts = _MARKED_PAIR.match(inside)
        if parts is not None:
            sums.append((*parts.groups(), said))
    return any(not _comes_out(*parts) for parts in sums)


def _stands_alone(found: re.Match[str]) -> bool:
    """It is no part of a longer sum, in which another step may come first."""
    return not found.string[: found.start()].rstrip().endswith(_SIGNS)


def _comes_out(first: str, sign: str, second: str, said: str) -> bool:
    one, two, result = (re.sub(r"[$,]", "", part) for part in (first, second, said))
    try:
        truth, _ = reckon(f"({one}){sign}({two})")
        off = abs(truth - Fraction(result))
    except (ValueError, ZeroDivisionError):
        return True
    return off <= CLOSE * max(Fraction(1), abs(truth))


def _numbers(text: str) -> set[Fraction | None]:
    return {_value(number) for number in _WORD_NUMBER.findall(text)}


def _value(number: str) -> Fraction | None:
    if len(number) > _MOST_DIGITS or "/" in number:
        return None
    try:
        return Fraction(number.replace(",", ""))
    except ValueError:
        return None
