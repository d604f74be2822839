"""Whether a price that a person wrote can be meant: its unit, its order, its size.

A price that is a thousand times too low is booked a thousand times too low, as certain, and every
limit lets a thousand times as much through. So each doubt keeps a price from being taken, and is
one sentence: the model, the figure, the listed one where there is one, and what to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import starmap
from math import isclose, log

from homeport.daemon.config.words import plain
from homeport.daemon.money.price import Price

NANO = 10**9
FAR = 30
"""No discount is so large: a figure so far below, or above, the listed one has another unit."""
NEAR = 3
"""Figures that were swapped are not further from the listed ones of each other."""
UNITS = {
    1e-3: "a thousand tokens",
    1e-6: "one token",
    100.0: "a million tokens in cents",
    0.1: "a thousand tokens in cents",
    1e-4: "one token in cents",
}
"""What a figure is of, by how it stands to the price of a million tokens."""
SURE_OF = (0.5, 2.0)
"""A unit is named where the figure fits it so well."""
LIKELY_USD = (0.01, 1000)
"""For a million tokens."""
LEAST_OUTPUT_USD, LEAST_USD = 0.02, 0.003
"""Next to nobody charges less for a million tokens of an answer, or of anything."""


def doubt(figures: Mapping[str, float], listed: Price | None) -> str:
    """Why these US dollars for a million tokens of each class are not taken, without the model;
    empty where they are. Nothing is ever doubted of a figure of 0."""
    given = {name: usd for name, usd in figures.items() if usd > 0}
    usual = _usual(given, listed)
    if not usual:
        return next(filter(None, starmap(too_low, given.items())), "") or _answers_cheaper(given)
    far = (_far(name, usd, usual[name]) for name, usd in given.items())
    return (
        _swapped(given, usual) or next(filter(None, far), "") or _cents_of_a_thousand(given, usual)
    )


def _usual(names: Iterable[str], listed: Price | None) -> dict[str, float]:
    """The listed figures of these classes; empty where the list has no such price."""
    if listed is None or listed.free:
        return {}
    rates = listed.rates[0]
    usual = {name: getattr(rates, name) / NANO for name in names}
    return usual if all(usual.values()) else {}


def _swapped(given: Mapping[str, float], usual: Mapping[str, float]) -> str:
    if not given.keys() >= {"input", "output"} or usual["input"] >= usual["output"]:
        return ""
    crosswise = given["input"] / usual["output"], given["output"] / usual["input"]
    if given["input"] <= given["output"] or not all(1 / NEAR < by < NEAR for by in crosswise):
        return ""
    listed = f"{_usd(usual['input'])} and {_usd(usual['output'])} are listed"
    return f"{_both(given)} look swapped: {listed}"


def _answers_cheaper(given: Mapping[str, float]) -> str:
    if not given.keys() >= {"input", "output"} or given["input"] < 2 * given["output"]:
        return ""
    return f"{_both(given)} look swapped: what is answered costs more than what is read"


def _both(given: Mapping[str, float]) -> str:
    return f"`input` = {plain(given['input'])} and `output` = {plain(given['output'])}"


def _cents_of_a_thousand(given: Mapping[str, float], usual: Mapping[str, float]) -> str:
    """A tenth of everything is a unit rather than a discount."""
    names = [name for name in ("input", "output") if name in given and name in usual]
    if len(names) < 2 or not all(isclose(given[n], usual[n] / 10) for n in names):
        return ""
    listed = f"{_usd(usual['input'])} and {_usd(usual['output'])}"
    meant = f"{plain(usual['input'])} and {plain(usual['output'])}"
    return (
        f"{_both(given)} are a tenth of the {listed} that are listed for a million tokens, and "
        f"look like prices of {UNITS[0.1]}: write {meant}"
    )


def _far(name: str, usd: float, usual: float) -> str:
    ratio = usd / usual
    if 1 / FAR < ratio < FAR:
        return ""
    times = f"{max(ratio, 1 / ratio):,.0f} times {'above' if ratio > 1 else 'below'}"
    said = (
        f"`{name}` = {plain(usd)} is {times} the {_usd(usual)} that is listed for a million tokens"
    )
    unit = min(UNITS, key=lambda of: abs(log(ratio / of)))
    low, high = SURE_OF
    if not low <= ratio / unit <= high:
        return said
    return f"{said}, and looks like the price of {UNITS[unit]}: write {plain(usd / unit)}"


def too_low(name: str, usd: float) -> str:
    """Where no list has the model, there is the cheapest of all to be held against."""
    if usd >= (LEAST_OUTPUT_USD if name == "output" else LEAST_USD):
        return ""
    said = f"`{name}` = {plain(usd)} is less than a million tokens cost anywhere"
    likely = [
        f"{plain(usd / unit)} where it is the price of {UNITS[unit]}"
        for unit in (1e-3, 1e-6)
        if LIKELY_USD[0] <= usd / unit <= LIKELY_USD[1]
    ]
    return f"{said}: write {', or '.join(likely)}" if likely else said


def _usd(amount: float) -> str:
    return f"${plain(amount)}"
