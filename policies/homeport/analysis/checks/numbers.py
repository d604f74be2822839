"""Numbers as people and models write them, read exactly."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

COMMA_LANGUAGES = frozenset(
    {"de", "fr", "es", "it", "pt", "nl", "sv", "pl", "tr", "ru", "uk", "el"}
)
"""Where a comma stands before the decimals."""
MOST_DIGITS = 60
MOST_EXPONENT = 60

_GROUPED = r"\d{1,3}(?:[,.'\u2019_\u00a0\u202f\u2009 ]\d{3})+(?:[.,]\d+)?"
_PLAIN = r"\d+(?:[.,]\d+)?|\.\d+"
_TIMES_TEN = r"\s?(?:[x*\u00d7]|\\times|\\cdot)\s?10\s?\^\s?\{?(?P<power>[-+]?\d{1,3})\}?"
_POWER = rf"(?:{_TIMES_TEN}|e(?P<e>[-+]?\d{{1,3}})(?!\w))"
NUMBER = re.compile(
    rf"(?P<sign>[-+])?(?P<body>(?<![\d])(?:{_GROUPED}(?!\d)|{_PLAIN})){_POWER}?", re.IGNORECASE
)
_SIGNS = {0x2212: "-", 0x2010: "-", 0x2011: "-", 0xFE63: "-", 0x2044: "/", 0x2215: "/"}
_SEPARATORS = re.compile(r"['\u2019_\u00a0\u202f\u2009 ]")
_THOUSANDS = re.compile(r"\d{1,3}(?:([,.])\d{3})(?:\1\d{3})*")


class Number(NamedTuple):
    """A value, and how precisely it was written."""

    value: Fraction
    places: int
    """Digits behind the point; -1 where it is a fraction and therefore exact."""

    def is_same(self, other: Number) -> bool:
        """Equal, or equal once rounded as the less precise of them was."""
        if self.value == other.value:
            return True
        written = [number.places for number in (self, other) if number.places > 0]
        if not written or 0 in (self.places, other.places):
            return False
        half = Fraction(1, 2 * 10 ** min(written))
        return abs(self.value - other.value) <= half


def plain_digits(text: str) -> str:
    """Digits and signs of other scripts as ASCII ones."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", _with_vulgar_fractions(text)).translate(_SIGNS)
    return "".join(_digit(character) for character in text)


def _with_vulgar_fractions(text: str) -> str:
    """A blank before signs such as \u00bd, so that 2\u00bd does not become 21/2."""
    return re.sub(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])", " ", text)


def _digit(character: str) -> str:
    if character.isascii():
        return character
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def number_of(found: re.Match[str], language: str = "") -> Number | None:
    """What a match of `NUMBER` is worth; None where it is absurdly long."""
    power = found["power"] or found["e"] or "0"
    body = found["body"]
    if len(body) > MOST_DIGITS or abs(int(power)) > MOST_EXPONENT:
        return None
    digits = _with_point(body, language in COMMA_LANGUAGES)
    whole, _, decimals = digits.partition(".")
    value = Fraction(int(f"{whole}{decimals}" or "0"), 10 ** len(decimals))
    value *= Fraction(10) ** int(power)
    places = max(0, len(decimals) - int(power))
    return Number(-value if found["sign"] == "-" else value, places)


def _with_point(body: str, comma_first: bool) -> str:
    """Only digits and one point.

    1. marks that never stand before decimals; 2. both a comma and a point: the last one stands
    before the decimals; 3. one of them between groups of three: thousands, but for a single one
    that is the language's own decimal mark; 4. what is left stands before decimals.
    """
    body = _SEPARATORS.sub("", body)
    if "," in body and "." in body:
        last = max(",.", key=body.rfind)
        return body.replace("," if last == "." else ".", "").replace(last, ".")
    groups = _THOUSANDS.fullmatch(body)
    if groups is not None and not body.startswith("0"):
        mark = groups[1]
        if body.count(mark) > 1 or mark != ("," if comma_first else "."):
            return body.replace(mark, "")
    return body.replace(",", ".")
