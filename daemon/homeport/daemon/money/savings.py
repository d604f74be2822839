"""What was saved against a baseline: every answered prompt to one model, at each day's prices.

A number without its assumptions is none: they go with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping

import msgspec

from homeport.client.units import money
from homeport.client.wire import SavingsView
from homeport.daemon.money import turns
from homeport.daemon.money.kept_sums import COST, SUMS, by_period, folded, from_day_on
from homeport.daemon.money.price import Price

_BEHIND = "SELECT ifnull(max(n), 0) - ? FROM entry"
TAIL = 50_000
"""Of more entries that are not summed yet than this, their turns are left out."""


class _Sum(msgspec.Struct):
    """Over all prompts."""

    nano: int = 0
    prompts: int = 0
    left_out: int = 0
    """Whose tokens or price are unknown."""
    input: int = 0
    cached: int = 0
    """By the baseline, as it would have been."""
    really_cached: int = 0
    unknown_hits: int = 0
    waiting: int = 0
    """Entries that are not summed yet, and not in it."""


def days(db: sqlite3.Connection, since: int) -> list[int]:
    """The days with entries, from one on: each needs a price."""
    return [day for day, _, _ in by_period(db, "all", since)]


def against(
    db: sqlite3.Connection, since: int, baseline: str, prices: Mapping[int, Price | None]
) -> SavingsView:
    """What the baseline would have cost beside what was spent. `prices` are those of each day."""
    spent, energy = _spent(db, since)
    total = _Sum()
    for (day, above), counts in _answered(db, since, total):
        _add(total, prices.get(day), above, *counts)
    return SavingsView(
        baseline=baseline,
        baseline_nano=total.nano,
        spent_nano=spent,
        saved_nano=total.nano - spent - energy,
        energy_nano=energy,
        prompts=total.prompts,
        left_out=total.left_out,
        cache_share=total.cached / total.input if total.input else 0.0,
        assumptions=_assumptions(baseline, prices, total, energy),
    )


def _spent(db: sqlite3.Connection, since: int) -> tuple[int, int]:
    """What was spent, and the price of the electricity beside it."""
    sums = from_day_on(db, "all", since).get("")
    return (0, 0) if sums is None else (sums[COST], sums[SUMS.index("energy_nano")])


def _answered(
    db: sqlite3.Connection, since: int, total: _Sum
) -> Iterator[tuple[turns.Key, turns.Counts]]:
    """What the answers from a day on count for."""
    yield from turns.kept(db, since)
    upto = folded(db, "turns")
    total.waiting = int(db.execute(_BEHIND, (upto,)).fetchone()[0])
    if 0 < total.waiting <= TAIL:
        lately = turns.Turns.behind(db, upto).go_on(db, upto + total.waiting)
        yield from ((key, counts) for key, counts in lately.items() if key[0] >= since)
        total.waiting = 0


def _add(total: _Sum, price: Price | None, above: int, *counts: int) -> None:
    prompts, left_out, unknown_hits, given, said, hits, cached = counts
    total.left_out += left_out
    if price is None:
        total.left_out += prompts
        return
    total.nano += price.together(
        prompts, above=above, input_tokens=given, cached=hits, output_tokens=said
    )
    total.prompts += prompts
    total.input += given
    total.cached += hits
    total.really_cached += cached
    total.unknown_hits += unknown_hits


def _assumptions(
    baseline: str, prices: Mapping[int, Price | None], total: _Sum, energy: int
) -> tuple[str, ...]:
    sources = sorted({price.source for price in prices.values() if price is not None})
    whole = max(1, total.input)
    share, really = 100 * total.cached / whole, 100 * total.really_cached / whole
    found = [
        f"Each answered prompt goes to {baseline} once, with the tokens of the answer it was given;"
        " another model counts and writes otherwise.",
        f"Prices of each day from {', '.join(sources) or 'nowhere'}, without taxes or discounts.",
        f"Cache hits as one model for all would have had them, {share:.0f} % of the input: what "
        "really came from caches, or what the turn before in its session held, of "
        f"{turns.LEAST_KEPT:,} tokens or more within {turns.KEPT_MS // 60_000} minutes. Really "
        f"it was {really:.0f} %; writing to a cache costs nothing more.",
        f"What was spent holds every attempt, failed ones too; {_current(energy)}.",
    ]
    if total.unknown_hits:
        prompts = f"{total.unknown_hits:,} {'prompt' if total.unknown_hits == 1 else 'prompts'}"
        found.append(f"What came from caches for {prompts} is unknown: taken as nothing.")
    if total.left_out:
        found.append(f"{total.left_out:,} prompts are left out: their tokens are unknown.")
    if total.waiting:
        found.append(f"The last {total.waiting:,} attempts are not summed yet, and not in it.")
    return tuple(found)


def _current(energy_nano: int) -> str:
    if not energy_nano:
        return "electricity at home was not measured, and is not in it"
    return f"electricity at home took {money(energy_nano)} more, and lessens what was saved"
