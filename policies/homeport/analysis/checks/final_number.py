"""The number that an answer comes to.

It is the one that the text says is its result, else the last one in it. A percent sign, a
currency and a unit are left out: 50 %, $50 and 50 km are 50. A formula in a box that is no
number is compared as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from homeport.analysis.checks.bounds import end_of
from homeport.analysis.checks.numbers import NUMBER, Number, number_of, plain_digits
from homeport.analysis.checks.result import announced

_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]{1,40})\}\s*\{([^{}]{1,40})\}|(\d)\s*(\d))")
_THIN = re.compile(
    r"\\[,;:! ]|\{,\}|\\(?:left|right|displaystyle)(?![a-z])|[*`$\u20ac\u00a3\u00a5~]"
)
_WORDS_IN_TEX = re.compile(r"\\(?:text|mathrm|mathbf|textbf|operatorname)\s*\{([^{}]{0,80})\}")
_OVER = re.compile(r"\s{0,2}/\s{0,2}(?P<below>\d{1,20}(?:\.\d{1,20})?)(?![\d/])")
_MIXED = re.compile(r"(?<![\d.,/])(\d{1,9}) (\d{1,9})/(\d{1,9})(?![\d/])")
_LETTERS = re.compile(r"[a-z]", re.IGNORECASE)
_SYMBOLS = 200
"""Characters of a formula that is compared as it is written."""
_LARGEST_DENOMINATOR = 10**40


class Result(NamedTuple):
    """A number, or a formula that could not be read as one."""

    text: str
    """Normal form: the same text is the same result."""
    number: Number | None = None


def result_of(answer: str, language: str = "") -> Result | None:
    """What the text says that its result is, else its last number; None without any."""
    tail = end_of(answer)
    for said in announced(tail):
        found = _formula(said.text, language) if said.is_boxed else _first(said.text, language)
        if found is not None:
            return found
    return _last(tail, language)


def _formula(text: str, language: str) -> Result | None:
    """What stands in a box: a number with a unit at most, else the formula as it is written."""
    plain = _plain(text)
    numbers = list(_numbers(plain, language))
    rest = NUMBER.sub("", re.sub(r"[()/\s%]|(?<=\w)=", "", plain))
    is_list = "," in plain and plain.strip().startswith(("(", "[", "{"))
    if len(numbers) == 1 and not is_list and (not _LETTERS.search(rest) or _is_unit(plain)):
        return numbers[0]
    written = re.sub(r"\s+", "", plain).rstrip(".")
    return Result(written[:_SYMBOLS]) if written else None


def _is_unit(plain: str) -> bool:
    """A number and words behind it, or a name and an equals sign before it."""
    return (
        re.fullmatch(
            r"\s*(?:[a-z]\w*\s*=\s*)?[-+]?[\d.,/ ]+(?:\s*%|\s+[a-z][^\d\\^=+*]*)?\s*",
            plain,
            re.IGNORECASE,
        )
        is not None
    )


def _first(text: str, language: str) -> Result | None:
    """Of a sentence that says what the result is: behind its last equals sign, the first number."""
    plain = _plain(text)
    return next(_numbers(plain.rpartition("=")[2], language), next(_numbers(plain, language), None))


def _last(text: str, language: str) -> Result | None:
    """The last number of the last line that holds one."""
    for line in reversed(text.splitlines()):
        found = list(_numbers(_plain(line[-2_000:]), language))
        if found:
            return found[-1]
    return None


def _plain(text: str) -> str:
    text = _WORDS_IN_TEX.sub(r" \1", plain_digits(text))
    text = _THIN.sub("", text.replace("\\%", "%").replace("\\$", ""))
    text = _FRACTION.sub(_quotient, text)
    return _MIXED.sub(_improper, text)


def _quotient(found: re.Match[str]) -> str:
    above, below = (group for group in found.groups() if group)
    follows_a_digit = found.string[found.start() - 1 : found.start()].isdigit()
    return f"{' ' if follows_a_digit else ''}{above}/{below}"


def _improper(found: re.Match[str]) -> str:
    whole, above, below = (int(group) for group in found.groups())
    return f"{whole * below + above}/{below}"


def _numbers(plain: str, language: str) -> Iterator[Result]:
    """Every number, and every fraction as one number."""
    at = 0
    while (found := NUMBER.search(plain, at)) is not None:
        at = found.end()
        number = number_of(found, language)
        if number is None:
            continue
        if found["sign"] and plain[: found.start()].rstrip()[-1:].isalnum():
            number = Number(abs(number.value), number.places)
        over = _OVER.match(plain, at)
        if over is not None and (below := Fraction(over["below"])):
            at = over.end()
            number = Number(number.value / below, -1)
        yield Result(written(number.value), number)


def written(value: Fraction) -> str:
    """Digits where there is an end to them, else a fraction in lowest terms."""
    rest = value.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if rest != 1 or value.denominator > _LARGEST_DENOMINATOR:
        return str(value)
    places = max(0, value.denominator.bit_length())
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
    whole, decimals = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
