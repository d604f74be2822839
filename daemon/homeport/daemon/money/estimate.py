"""What a month of prompts would cost at each model."""

from __future__ import annotations

from collections.abc import Iterable

from homeport.client.wire import EstimateRow
from homeport.daemon.money.price import Price
from homeport.policies.model import ModelCard

DAYS = 30


def month_of_each(
    priced: Iterable[tuple[ModelCard, Price | None]], per_day: int, tokens_in: int, tokens_out: int
) -> tuple[EstimateRow, ...]:
    """For 30 days of so many prompts, the cheapest first; those without a price at the end."""
    rows = [
        EstimateRow(
            model=card.id,
            place=card.place,
            month_nano=None
            if price is None
            else price.expected(tokens_in, tokens_out) * per_day * DAYS,
            price_source="" if price is None else price.source,
        )
        for card, price in priced
    ]
    return tuple(sorted(rows, key=_cheapest_first))


def _cheapest_first(row: EstimateRow) -> tuple[bool, int, str]:
    return row.month_nano is None, row.month_nano or 0, row.model
