"""Makes the table of prices from `genai-prices`: `python -m …money.price_compiler FILE [LIST]`.

The LIST is a newer one of the same makers, as JSON. A program of its own, so that the
daemon neither imports that package nor pays for its decimals. What cannot be priced by
tokens (seconds of audio, pages, characters, drawn images) is left out: it is unknown, and
unknown is not free.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from homeport.daemon.money.price_table import (
    FETCHED,
    FORMAT,
    Clause,
    PricedModel,
    PricedProvider,
    PriceRow,
    PriceTable,
    Steps,
    Variant,
    source_stamp,
)

TOKEN_KEYS = {
    "input_mtok": "input",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_5m_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
    "output_citation_mtok": "citation",
    "input_audio_mtok": "input_audio",
    "cache_audio_read_mtok": "cache_read_audio",
    "input_image_mtok": "input_image",
    "cache_image_read_mtok": "cache_read_image",
    "input_video_mtok": "input_video",
    "output_audio_mtok": "output_audio",
}
"""Names of `genai-prices`, in dollars per million tokens, and ours."""

BY_THE_PIECE = {"requests_kcount": "requests", "web_searches_kcount": "searches"}
"""In dollars per thousand, and ours."""
EXTRAS = {
    "social_searches_kcount",
    "storage_searches_kcount",
    "code_executions_kcount",
}
"""Charged only where a request switches on a tool at the provider's side."""

ALWAYS = -1
"""Below every number of input tokens, so that the first step always counts."""


BELONG = ("anthropic", "google", "openai")
LEAST_PROVIDERS = 10
"""A list with fewer, or without one of those that belong in it, is not the list it should be."""


def compiled(fetched: Path | None = None) -> PriceTable:
    """The whole table, from the list that counts. Raises `ValueError` for a bad fetched one."""
    stamp, source = source_stamp(fetched), f"genai-prices {version('genai-prices')}"
    if fetched is not None and stamp.startswith(FETCHED):
        providers = read_fetched(fetched.read_bytes())
        day = datetime.fromtimestamp(fetched.stat().st_mtime, UTC).date()
        source = f"genai-prices of {day.isoformat()}"
    else:
        from genai_prices.data import providers
    return PriceTable(
        format=FORMAT,
        stamp=stamp,
        source=source,
        providers={p.id: msgspec.Raw(msgspec.json.encode(_provider(p))) for p in providers},
    )


def read_fetched(text: bytes) -> list[Any]:
    """The providers of a list as JSON. Raises `ValueError` where it is none, or lacks the usual."""
    from genai_prices.types import _providers_from_raw

    providers = _providers_from_raw(msgspec.json.decode(text))
    ids = {provider.id for provider in providers}
    if len(ids) < LEAST_PROVIDERS or not ids.issuperset(BELONG):
        raise ValueError(f"the list has {len(ids)} providers, and lacks some that belong in it")
    return providers


def _provider(provider: Any) -> PricedProvider:
    return PricedProvider(
        models=tuple(_model(model) for model in provider.models),
        sells=tuple(provider.fallback_model_providers or ()),
    )


def _model(model: Any) -> PricedModel:
    """A model with its prices.

    Where they cannot be counted in tokens it has no amounts; it is kept, so
    that its name is not taken for another model's.
    """
    unconditional = not isinstance(model.prices, list)
    prices = (
        [(model.prices, None)]
        if unconditional
        else [(p.prices, p.constraint) for p in model.prices]
    )
    rows = [_row(*price) for price in prices]
    known = tuple(row for row in rows if row is not None)
    if not known or len(known) < len(rows):
        return PricedModel(id=model.id, match=_clause(model.match), rows=(PriceRow(amounts={}),))
    return PricedModel(
        id=model.id, match=_clause(model.match), rows=known, variants=tuple(_variants(model))
    )


def _variants(model: Any) -> Iterable[Variant]:
    for variant in model.price_variants or ():
        row = _row(variant.prices, variant.constraint)
        if row is not None:
            yield Variant(when=dict(variant.when), row=row)


def _row(prices: Any, constraint: Any) -> PriceRow | None:
    """One set of prices; None where a part of it is not counted in tokens."""
    amounts: dict[str, Steps] = {}
    for key, price in prices.__dict__.items():
        if price is None or key in EXTRAS:
            continue
        if key in BY_THE_PIECE:
            amounts[BY_THE_PIECE[key]] = _steps(price, Decimal(10**6))
        elif key in TOKEN_KEYS:
            amounts[TOKEN_KEYS[key]] = _steps(price, Decimal(10**9))
        else:
            return None
    return PriceRow(amounts, *_when(constraint))


def _steps(price: Any, nano: Decimal) -> Steps:
    """Steps of (above, amount); an amount that is no whole number is rounded up."""
    if isinstance(price, Decimal):
        return ((ALWAYS, math.ceil(price * nano)),)
    tiers = ((tier.start, math.ceil(tier.price * nano)) for tier in price.tiers)
    return ((ALWAYS, math.ceil(price.base * nano)), *tiers)


def _when(constraint: Any) -> tuple[str, tuple[int, int] | None]:
    if constraint is None:
        return "", None
    if hasattr(constraint, "start_date"):
        return constraint.start_date.isoformat(), None
    return "", (_minute(constraint.start_time), _minute(constraint.end_time))


def _minute(at: time) -> int:
    """Minute of the day in UTC."""
    moment = datetime.combine(date(2000, 1, 2), at)
    moment = moment.astimezone(UTC) if at.tzinfo else moment
    return moment.hour * 60 + moment.minute


_KINDS = {
    "equals": "equals",
    "starts_with": "starts",
    "ends_with": "ends",
    "contains": "contains",
    "or_": "or",
    "and_": "and",
}


def _clause(match: Any) -> Clause:
    for name, kind in _KINDS.items():
        argument = getattr(match, name, None)
        if isinstance(argument, str):
            return [kind, argument.lower()]
        if isinstance(argument, list):
            return [kind, [_clause(part) for part in argument]]
    return ["regex", match.regex]


def write(table: PriceTable, path: Path) -> None:
    """Put the table in its place in one step: no reader sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(msgspec.json.encode(table))
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


if __name__ == "__main__":
    try:
        table = compiled(Path(sys.argv[2]) if sys.argv[2:] else None)
    except ValueError as error:
        sys.exit(str(error).partition("\n")[0])
    write(table, Path(sys.argv[1]))
