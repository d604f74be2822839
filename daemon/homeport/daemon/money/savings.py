"""What was saved against a baseline: every answered prompt to one model, at each day's prices.

A number without its assumptions is none: they go with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from homeport.adapters.base import Usage
from homeport.client.units import money
from homeport.client.wire import SavingsView
from homeport.daemon.money.price import Price

_DAYS = "SELECT DISTINCT day FROM spend WHERE day >= ? ORDER BY day"
_SPENT = """
SELECT ifnull(sum(cost_nano), 0), ifnull(sum(energy_nano), 0) FROM spend WHERE day >= ?
"""
KEPT_MS = 5 * 60_000
"""How long a provider keeps a prompt, at the least."""
LEAST_KEPT = 1024
"""Tokens from which on one keeps anything."""
_ANSWERED = f"""
WITH answer AS (
    SELECT day, session, at_ms, input_tokens, output_tokens, cache_read_tokens, max(n)
    FROM entry INDEXED BY entry_by_day
    WHERE day >= ? AND outcome = 'done' GROUP BY request
), turn AS (
    SELECT day, input_tokens, output_tokens, cache_read_tokens,
        CASE WHEN session != '' AND at_ms - lag(at_ms) OVER turns <= {KEPT_MS}
            THEN lag(input_tokens + output_tokens) OVER turns END AS before
    FROM answer WINDOW turns AS (PARTITION BY session ORDER BY at_ms)
)
SELECT day, input_tokens, output_tokens, cache_read_tokens,
    CASE WHEN before >= {LEAST_KEPT} THEN before ELSE 0 END AS warm, count(*)
FROM turn GROUP BY day, input_tokens, output_tokens, cache_read_tokens, warm
"""  # noqa: S608
"""Each answered prompt once, with what the turn before it in its session held."""


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


def days(db: sqlite3.Connection, since: int) -> list[int]:
    """The days with entries, from one on: each needs a price."""
    return [row[0] for row in db.execute(_DAYS, (since,))]


def against(
    db: sqlite3.Connection, since: int, baseline: str, prices: Mapping[int, Price | None]
) -> SavingsView:
    """What the baseline would have cost beside what was spent. `prices` are those of each day."""
    spent, energy = map(int, db.execute(_SPENT, (since,)).fetchone())
    total = _Sum()
    for day, *row in db.execute(_ANSWERED, (since,)):
        _add(total, prices.get(day), *row)
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


def _add(
    total: _Sum,
    price: Price | None,
    given: int | None,
    answered: int | None,
    cached: int | None,
    warm: int,
    count: int,
) -> None:
    cost, hits = None, min(max(cached or 0, warm), given or 0)
    if price is not None and given is not None and answered is not None:
        cost = price.cost(Usage(input=given, output=answered, cache_read=hits))
    if cost is None or given is None:
        total.left_out += count
        return
    total.nano += cost * count
    total.prompts += count
    total.input += given * count
    total.cached += hits * count
    total.really_cached += min(cached or 0, given) * count
    total.unknown_hits += count if cached is None else 0


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
        f"{LEAST_KEPT:,} tokens or more within {KEPT_MS // 60_000} minutes. Really it was "
        f"{really:.0f} %; writing to a cache costs nothing more.",
        f"What was spent holds every attempt, failed ones too; {_current(energy)}.",
    ]
    if total.unknown_hits:
        prompts = f"{total.unknown_hits:,} {'prompt' if total.unknown_hits == 1 else 'prompts'}"
        found.append(f"What came from caches for {prompts} is unknown: taken as nothing.")
    if total.left_out:
        found.append(f"{total.left_out:,} prompts are left out: their tokens are unknown.")
    return tuple(found)


def _current(energy_nano: int) -> str:
    if not energy_nano:
        return "electricity at home was not measured, and is not in it"
    return f"electricity at home took {money(energy_nano)} more, and lessens what was saved"
