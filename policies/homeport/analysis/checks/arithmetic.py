"""Sums that an answer writes down, reckoned again exactly.

A sum is what stands before an equals sign, made of numbers and operators alone, with a number
behind it. Sums with letters in them, and sums whose beginning cannot be told, are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from homeport.analysis.checks.bounds import ends_of

MOST_SUMS = 200
_REACH = 160
"""Characters before an equals sign that are read."""
_MOST_DIGITS, _MOST_DEPTH, _MOST_POWER = 30, 8, 12
_MOST_BITS = 4_096
"""Of what a power comes to: powers of powers would take all the time and memory there is."""

_BEFORE = re.compile(r"[\d.,+\-*/^()\[\]$\u20ac\u00a3%x\u00d7\u00b7\u00f7\u2212 \t]*\Z")
_AFTER = re.compile(
    r"[ \t]*[$\u20ac\u00a3]?[ \t]*(?:<<[^<>]{0,120}>>)?[ \t]*[*]{0,2}"
    r"(?P<said>[-\u2212]?[$\u20ac\u00a3]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
    r"(?P<over>/\d+)?(?P<percent>[ \t]?%)?(?![\w.,]*\d|[a-z^]|[ \t]*[+/\u00d7\u00b7\u00f7^]"
    r"|[ \t]*\*[ \t]*[\w($]|[ \t]*[-\u2212][ \t]?[\d($]|[ \t]*x[ \t]?\d)"
)
_TEX = {
    "\\times": "*",
    "\\cdot": "*",
    "\\div": "/",
    "\\$": "",
    "\\%": "%",
    "\\*": "*",
    "\\,": "",
    "{,}": "",
}
_TOKEN = re.compile(r"\s*(?:(?P<number>\d[\d,]*(?:\.\d+)?|\.\d+)|(?P<sign>\*\*|[-+*/^()%]))")
_UNCLEAR = re.compile(r"/\s+\d+/\d")
"""7 / 1/2 may be meant as either of two things."""
_LIST_MARK = re.compile(r"^\s*\d{1,3}[.)]\s+")
_SIGNS = str.maketrans(
    {"x": "*", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/", "\u2212": "-", "[": "(", "]": ")"}
    | dict.fromkeys("$\u20ac\u00a3", "")
)


class Sum(NamedTuple):
    """One sum, what it comes to, and what the answer says."""

    truth: Fraction
    said: Fraction
    places: int
    """Digits behind the point of what is said."""
    operators: int

    @property
    def is_right(self) -> bool:
        """It comes out, as exactly as it was written: a result with decimals may be rounded."""
        off = abs(self.truth - self.said)
        if not self.places:
            return not off
        unit = Fraction(1, 10**self.places)
        return off <= unit / 2 or (self.places > 1 and off < unit)


def sums_of(answer: str) -> list[Sum]:
    """The sums of a text, in order."""
    return list(_sums(_without_tex(ends_of(answer))))


def wrong_share(answer: str) -> float | None:
    """Share of the sums that do not come out; None where there are none."""
    sums = sums_of(answer)
    return sum(not found.is_right for found in sums) / len(sums) if sums else None


def reckon(expression: str) -> tuple[Fraction, int]:
    """What it comes to, and how many operators it has. Raises `ValueError`, `ZeroDivisionError`."""
    return _Reckoning(expression.translate(_SIGNS)).result()


def _without_tex(text: str) -> str:
    if "\\" in text or "{,}" in text:
        for tex, plain in _TEX.items():
            text = text.replace(tex, plain)
    return text


def _sums(text: str) -> Iterator[Sum]:
    at = -1
    for _ in range(MOST_SUMS):
        at = text.find("=", at + 1)
        if at < 0:
            return
        said = _AFTER.match(text, at + 1)
        if said is not None and text[at - 1 : at] not in ("=", "<", ">", "!", ":"):
            found = _sum(text[max(0, at - _REACH) : at], said, is_cut=at > _REACH)
            if found is not None:
                yield found


def _sum(before: str, said: re.Match[str], *, is_cut: bool) -> Sum | None:
    run = _BEFORE.search(before)
    if run is None or (is_cut and run.start() == 0):
        return None
    expression = _LIST_MARK.sub("", run[0]) if before[: run.start()][-1:] in ("", "\n") else run[0]
    if _UNCLEAR.search(expression) or not _stands_alone(before[: run.start()], expression):
        return None
    try:
        truth, operators = reckon(_unopened(expression))
        number, places = _said(said)
    except (ValueError, ZeroDivisionError):
        return None
    if not operators:
        return None
    if said["percent"] and abs(number / 100 - truth) < abs(number - truth):
        number, places = number / 100, places + 2
    return Sum(truth, number, places, operators)


def _stands_alone(before: str, expression: str) -> bool:
    """It is no part of a longer formula: nothing touches it, and it begins with no operator."""
    if before[-1:].isalnum() or before[-1:] in ("_", "\\", "}"):
        return expression[:1].isspace() and expression.lstrip()[:1] not in tuple("+-*/^x)%.,\u2212")
    return expression.lstrip(" \t*")[:1] not in tuple("+/^x)%,")


def _unopened(expression: str) -> str:
    """Without the part before a bracket that is still open, and without bold marks before it."""
    depth = 0
    for at in range(len(expression) - 1, -1, -1):
        depth += (expression[at] in ")]") - (expression[at] in "([")
        if depth < 0:
            return expression[at + 1 :]
    return expression.lstrip("* \t")


def _said(found: re.Match[str]) -> tuple[Fraction, int]:
    digits = re.sub(r"[,$\u20ac\u00a3]", "", found["said"]).replace("\u2212", "-")
    if len(digits) > _MOST_DIGITS or len(found["over"] or "") > _MOST_DIGITS:
        raise ValueError("too long")
    number = Fraction(digits)
    if found["over"]:
        return number / Fraction(found["over"][1:]), 0
    return number, len(digits.partition(".")[2])


class _Reckoning:
    """Reads an expression from left to right: powers before products before sums."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0
        self._operators = 0

    def result(self) -> tuple[Fraction, int]:
        """The value, and how many operators there were. Raises `ValueError`."""
        value = self._sum()
        if self._at < len(self._tokens):
            raise ValueError("more than one expression")
        return value, self._operators

    def _next_is(self, *signs: str) -> str:
        sign = self._tokens[self._at] if self._at < len(self._tokens) else ""
        if sign in signs and isinstance(sign, str):
            self._at += 1
            return sign
        return ""

    def _sum(self) -> Fraction:
        value = self._product()
        while sign := self._next_is("+", "-"):
            self._operators += 1
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while sign := self._next_is("*", "/"):
            self._operators += 1
            other = self._signed()
            value = value * other if sign == "*" else value / other
        return value

    def _signed(self) -> Fraction:
        if self._next_is("-"):
            return -self._power()
        self._next_is("+")
        return self._power()

    def _power(self) -> Fraction:
        base = self._value()
        if not self._next_is("^", "**"):
            return base
        self._operators += 1
        exponent = self._value()
        if exponent.denominator != 1 or not 0 <= exponent <= _MOST_POWER:
            raise ValueError("not a small power")
        if exponent * max(base.numerator.bit_length(), base.denominator.bit_length()) > _MOST_BITS:
            raise ValueError("too large")
        return base ** int(exponent)

    def _value(self) -> Fraction:
        if self._next_is("("):
            value = self._inside()
        else:
            token = self._tokens[self._at] if self._at < len(self._tokens) else ""
            if not isinstance(token, Fraction):
                raise ValueError("a number was expected")
            self._at += 1
            value = token
        return value / 100 if self._next_is("%") else value

    def _inside(self) -> Fraction:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise ValueError("too deep")
        value = self._sum()
        if not self._next_is(")"):
            raise ValueError("a bracket is open")
        self._depth -= 1
        return value


def _tokens(text: str) -> Iterator[Fraction | str]:
    text = text.strip()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.end() - at > _MOST_DIGITS:
            raise ValueError("not a sum")
        at = found.end()
        number = found["number"]
        yield found["sign"] if number is None else Fraction(number.replace(",", ""))
