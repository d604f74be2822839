"""What somebody meant who wrote an amount of money with its sign, its unit or a comma."""

from __future__ import annotations

import re

from homeport.daemon.config.words import plain

SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "zł": "PLN"}
CODES = frozenset(
    {
        *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS"),
        *("INR", "JPY", "KRW", "MXN", "NOK", "NZD", "PLN", "RMB", "RUB", "SEK", "SGD", "THB"),
        *("TRY", "TWD", "UAH", "ZAR"),
    }
)
CENTS = frozenset({"¢", "c", "ct", "cts", "cent", "cents", "usc"})
DOLLARS = frozenset({"", "$", "us$", "usd", "dollar", "dollars"})
OF_A_THOUSAND = re.compile(r"(/|per|pro|for)\s*(1\s*k|k|1[.,]?000)\b|\b1k\b", re.IGNORECASE)
OF_ONE = re.compile(r"(/|per|pro|for)\s*(1\s+)?(token|tok)s?\b", re.IGNORECASE)
OF_A_MILLION = re.compile(
    r"(/|per|pro|for)\s*(1\s*)?(m\w*|1[.,]?000[.,]?000)(\s*tok\w*)?\b", re.IGNORECASE
)
TOKENS = re.compile(r"\btok(en)?s?\b", re.IGNORECASE)
PLAIN = re.compile(r"[+-]?[\d._]*")
NUMBER = re.compile(r"\d[\d.,_' ]*")
LONGEST_LINE = 200
AMBIGUOUS = re.compile(r"[1-9]\d{0,2},\d{3}")
"""A thousand and more to one, between one and two to another."""
ASSIGNED = re.compile(r"""^\s*(?P<key>[\w."-]+?)\s*=\s*(?P<value>[^#"'\[{]*?)\s*(#.*)?$""")


def advice(text: str) -> str:
    """How an amount that is no number is to be written, as the end of a sentence; empty where
    nothing can be made of it.

    1. another currency is not converted 2. cents, and prices of one or a thousand tokens, are
    told in dollars for a million 3. what is left is a number with something beside it
    """
    times, rest = _unit(text)
    found = NUMBER.search(rest)
    if found is None:
        return ""
    word = (rest[: found.start()] + rest[found.end() :]).strip().strip("/").strip()
    number = _number(found[0])
    if number is None:
        return ""
    if word in SIGNS or word.upper() in CODES:
        return f"amounts are in US dollars, and {SIGNS.get(word, word.upper())} is not converted"
    if word.lower() in CENTS:
        number /= 100
    elif word.lower() not in DOLLARS:
        return ""
    other = ""
    if AMBIGUOUS.fullmatch(found[0].strip()):
        other = f", or {plain(number * times * 1e3)}"
    return f"write the number of US dollars alone, with a point: {plain(number * times)}{other}"


def in_line(line: str) -> tuple[str, str]:
    """Key and advice of a line of TOML whose amount is no number; empty where it is another."""
    found = ASSIGNED.match(line) if len(line) <= LONGEST_LINE else None
    if found is None or PLAIN.fullmatch(found["value"]):
        return "", ""
    said = advice(found["value"])
    return (found["key"], said) if said else ("", "")


def _unit(text: str) -> tuple[float, str]:
    """What the amount is to be multiplied by, and the text without its unit."""
    for unit, times in ((OF_A_MILLION, 1.0), (OF_A_THOUSAND, 1e3), (OF_ONE, 1e6)):
        if unit.search(text):
            return times, TOKENS.sub("", unit.sub("", text))
    return 1.0, text


def _number(written: str) -> float | None:
    """Of a point and a comma the last is the decimal sign; one alone is it where it may be."""
    digits = re.sub(r"[_' ]", "", written).rstrip(".,")
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point:
        whole = digits.replace(".", "")
        digits = whole.replace(",", ".") if whole.count(",") == 1 else whole.replace(",", "")
    else:
        digits = digits.replace(",", "")
    try:
        return float(digits)
    except ValueError:
        return None
