"""What a provider says it charged: its export of usage or costs, summed by UTC day.

Told apart by their columns and fields, not by their names:

1. OpenAI, costs: CSV with `start_time_iso` and `amount_value`; JSON with `start_time` and
   `results[].amount.value`, in dollars
2. Anthropic, costs: CSV with `usage_date_utc` and `cost_usd`; JSON with `starting_at` and
   `results[].amount`, in cents
3. Anthropic, usage: CSV with `usage_date_utc` and `usage_output_tokens`; JSON with
   `starting_at` and `results[].output_tokens`; tokens alone
4. OpenRouter, activity: JSON with `date` and `usage`, in dollars
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from homeport.cli.refusal import LocalTrouble

NANO = 10**9
CENTS = 100
MOST_BYTES = 64 * 1024 * 1024
_INPUT_COLUMNS = (
    "usage_input_tokens_no_cache",
    "usage_input_tokens_cache_write_5m",
    "usage_input_tokens_cache_write_1h",
    "usage_input_tokens_cache_read",
)


@dataclass
class Charged:
    """One UTC day. What the export does not say is None."""

    usd: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    models: dict[str, Decimal] = field(default_factory=dict, compare=False)
    """What of it is told of which model; of none where the name is empty."""

    def __post_init__(self) -> None:
        if self.usd is not None and not self.models:
            self.models = {"": self.usd}

    @property
    def nano(self) -> int | None:
        """In nano-dollars."""
        return None if self.usd is None else int((self.usd * NANO).to_integral_value())

    def add(self, more: Charged) -> None:
        """Sum up."""
        for name in ("usd", "input_tokens", "output_tokens"):
            mine, other = getattr(self, name), getattr(more, name)
            if other is not None:
                setattr(self, name, other if mine is None else mine + other)
        for model, usd in more.models.items():
            self.models[model] = self.models.get(model, Decimal(0)) + usd


def _of_model(usd: Decimal, model: Any) -> Charged:
    """With the name of a model, where the provider tells it."""
    return Charged(usd, models={str(model or "").strip(): usd})


@dataclass
class Export:
    """What a file says."""

    provider: str
    days: dict[str, Charged] = field(default_factory=dict)
    """By ISO date."""

    def add(self, day: str, charged: Charged) -> None:
        """Count one row; a day without an amount is a day of nothing."""
        self.days.setdefault(day, Charged()).add(charged)


def read_export(text: str) -> Export:
    """The file's sums. Raises `LocalTrouble` with one sentence where it is none that is known."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped:
        raise LocalTrouble("The file is empty.")
    export = _of_json(stripped) if stripped[0] in "[{" else _of_csv(stripped)
    if all(day == Charged() for day in export.days.values()):
        raise LocalTrouble("The file holds no day with an amount or tokens.")
    return export


def read_pages(provider: str, body: bytes) -> Export:
    """What a provider told the daemon: a record with its `pages`. No day at all is nothing."""
    pages = json.loads(body, parse_float=Decimal)["pages"]
    if not any(_buckets(page) for page in pages):
        return Export(provider)
    return _of_pages(pages)


def _of_csv(text: str) -> Export:
    head = text.splitlines()[0]
    rows = csv.DictReader(io.StringIO(text), delimiter="\t" if "\t" in head else ",")
    names = {name.strip() for name in rows.fieldnames or ()}
    if "amount_value" in names and names & {"start_time_iso", "start_time"}:
        return _summed("openai", rows, _openai_row)
    if {"usage_date_utc", "cost_usd"} <= names:
        return _summed("anthropic", rows, _anthropic_cost_row)
    if {"usage_date_utc", "usage_output_tokens"} <= names:
        return _summed("anthropic", rows, _anthropic_usage_row)
    raise LocalTrouble(
        "This is no export that is known: no column says what was charged or used by day."
    )


def _summed(provider: str, rows: Iterable[Mapping[str, Any]], reading: Any) -> Export:
    export = Export(provider)
    for number, row in enumerate(rows, start=2):
        try:
            export.add(*reading(row))
        except (
            *(ValueError, InvalidOperation, TypeError, KeyError),
            *(AttributeError, OverflowError, OSError),
        ) as error:
            raise LocalTrouble(f"Row {number} cannot be read: {_why(error)}.") from None
    return export


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "a number or a date is none"


def _openai_row(row: Mapping[str, Any]) -> tuple[str, Charged]:
    day = row.get("start_time_iso") or row.get("start_time")
    amount = (row.get("amount_value") or "").strip()
    if not amount:
        return _day(day), Charged(Decimal(0))
    usd = _usd(amount, row.get("amount_currency"))
    return _day(day), _of_model(usd, _item_model(row.get("line_item")))


def _anthropic_cost_row(row: Mapping[str, Any]) -> tuple[str, Charged]:
    usd = _usd(row["cost_usd"] or "0", "usd")
    return _day(row["usage_date_utc"]), _of_model(usd, row.get("model"))


def _anthropic_usage_row(row: Mapping[str, Any]) -> tuple[str, Charged]:
    given = sum(_count(row.get(name)) for name in _INPUT_COLUMNS)
    tokens = Charged(None, given, _count(row["usage_output_tokens"]))
    return _day(row["usage_date_utc"]), tokens


def _of_json(text: str) -> Export:
    try:
        value = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise LocalTrouble("This is neither whole JSON nor CSV.") from None
    return _of_pages(value if isinstance(value, list) else [value])


def _of_pages(pages: list[Any]) -> Export:
    buckets = [one for page in pages for one in _buckets(page)]
    if any("start_time" in bucket for bucket in buckets):
        return _summed("openai", _results(buckets), _openai_result)
    if any("starting_at" in bucket for bucket in buckets):
        return _summed("anthropic", _results(buckets), _anthropic_result)
    if any("date" in bucket and "usage" in bucket for bucket in buckets):
        return _summed("openrouter", buckets, _openrouter_row)
    raise LocalTrouble("This is no export that is known: it has no `data` with days in it.")


def _buckets(page: Any) -> list[dict[str, Any]]:
    """Of one page; a list of buckets is taken as it is."""
    data = page.get("data", [page]) if isinstance(page, dict) else []
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def _results(buckets: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for bucket in buckets:
        day = bucket.get("start_time", bucket.get("starting_at"))
        yield {"day": day}
        results = bucket.get("results") or []
        if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
            raise LocalTrouble("This is no export that is known: its `results` are no list.")
        for result in results:
            yield {**result, "day": day}


def _openai_result(result: Mapping[str, Any]) -> tuple[str, Charged]:
    amount = result.get("amount")
    if not amount:
        return _day(result["day"]), Charged(Decimal(0))
    usd = _usd(amount["value"], amount.get("currency"))
    return _day(result["day"]), _of_model(usd, _item_model(result.get("line_item")))


def _item_model(item: Any) -> str:
    """Of a line such as `gpt-4o-2024-08-06, cached input`; others are of no model."""
    model, comma, _ = str(item or "").partition(", ")
    return model if comma else ""


def _anthropic_result(result: Mapping[str, Any]) -> tuple[str, Charged]:
    day = _day(result["day"])
    if "amount" in result:
        usd = _usd(result["amount"], result.get("currency")) / CENTS
        return day, _of_model(usd, result.get("model"))
    if "output_tokens" not in result:
        return day, Charged()
    written = sum(_count(count) for count in (result.get("cache_creation") or {}).values())
    given = _count(result.get("uncached_input_tokens")) + written
    given += _count(result.get("cache_read_input_tokens"))
    return day, Charged(None, given, _count(result["output_tokens"]))


def _openrouter_row(row: Mapping[str, Any]) -> tuple[str, Charged]:
    """With a key of the caller's own the model's provider charges the inference itself."""
    charged = _usd(row["usage"], "usd") + _usd(row.get("byok_usage_inference") or 0, "usd")
    return _day(row["date"]), _of_model(charged, row.get("model"))


def _usd(amount: Any, currency: Any) -> Decimal:
    if str(currency or "usd").strip().lower() != "usd":
        raise ValueError(f"its currency is {str(currency)[:8]}, not US dollars")
    usd = Decimal(str(amount).strip())
    if not usd.is_finite() or abs(usd) > NANO:
        raise ValueError("its amount cannot be")
    return usd


def _count(text: Any) -> int:
    count = int(str(text or 0).replace(",", ""))
    if not 0 <= count < 10**15:
        raise ValueError("its number of tokens cannot be")
    return count


def _day(text: Any) -> str:
    """An ISO date in UTC, of Unix seconds or of what begins with a date."""
    word = str(text).strip()
    if word.isdigit():
        return datetime.datetime.fromtimestamp(int(word), datetime.UTC).date().isoformat()
    try:
        return datetime.date.fromisoformat(word[:10]).isoformat()
    except ValueError:
        raise ValueError(f"{word[:24]!r} is no date") from None
