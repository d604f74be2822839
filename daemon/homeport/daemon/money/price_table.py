"""The table of prices as the daemon keeps it: integers, with the rules that find a model.

Made by `price_compiler` and read back here. An amount is nano-dollars per
million tokens (each, for `requests` and `searches`), as steps of (above so many input
tokens, amount): the last step that the whole input is above counts for every
token. Nothing here computes a cost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 2
"""Bump it when the shape or the meaning of the table changes: older caches are made again."""

FETCHED = "fetched-"
"""How the stamp of a list begins that was not installed with the package."""

Steps = tuple[tuple[int, int], ...]
Amounts = dict[str, Steps]
Clause = list[Any]
"""`[kind, argument]`; the argument of `or` and `and` is a list of clauses."""

ALIASES = {
    "bedrock": "aws",
    "fireworks-ai": "fireworks",
    "gemini": "google",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "together-ai": "together",
    "vertex": "google",
    "xai": "x-ai",
}
"""Other names that providers go by."""


def source_stamp(fetched: Path | None = None) -> str:
    """What tells one list of prices from another; empty without `genai-prices`.

    A `fetched` list counts where it is newer than the package. Imports nothing, so that the
    daemon can ask too.
    """
    spec = find_spec("genai_prices")
    if spec is None or spec.origin is None:
        return ""
    facts = Path(spec.origin).with_name("data.py").stat()
    if fetched is None or not fetched.is_file():
        return f"{facts.st_size}-{facts.st_mtime_ns}"
    newer = fetched.stat()
    if newer.st_mtime_ns <= facts.st_mtime_ns:
        return f"{facts.st_size}-{facts.st_mtime_ns}"
    return f"{FETCHED}{newer.st_size}-{newer.st_mtime_ns}"


class PriceRow(msgspec.Struct, frozen=True, array_like=True):
    """Amounts that hold always, from a day on (UTC), or between two minutes of each day (UTC)."""

    amounts: Amounts
    from_day: str = ""
    minutes: tuple[int, int] | None = None

    def holds(self, day: str, minute: int) -> bool:
        """Whether the row is in force at a moment of UTC."""
        if self.minutes is None:
            return day >= self.from_day
        start, end = self.minutes
        if end < start:
            return minute >= start or minute < end
        return start <= minute < end


class Variant(msgspec.Struct, frozen=True, array_like=True):
    """Amounts that replace the usual ones where the request says so."""

    when: dict[str, str]
    row: PriceRow


class PricedModel(msgspec.Struct, frozen=True, array_like=True):
    """One model of one provider. Of its rows, the last that holds counts."""

    id: str
    match: Clause
    rows: tuple[PriceRow, ...]
    variants: tuple[Variant, ...] = ()

    def row_at(self, day: str, minute: int) -> PriceRow:
        """The row in force; the first where none is."""
        holding = (row for row in reversed(self.rows) if row.holds(day, minute))
        return next(holding, self.rows[0])

    def amounts_at(self, day: str, minute: int, context: Mapping[str, str]) -> Amounts:
        """The amounts in force for a request that says `context` of itself."""
        return self.row_at(day, minute).amounts | self._replaced(day, minute, context)

    def amounts_until(self, day: str, next_day: str, context: Mapping[str, str]) -> list[Amounts]:
        """All amounts that may come into force before the next day ends."""
        replaced = [self._replaced(d, 0, context) for d in (day, next_day)] if context else [{}]
        return [
            row.amounts | other for row in self._rows_until(day, next_day) for other in replaced
        ]

    def _rows_until(self, day: str, next_day: str) -> list[PriceRow]:
        rows: list[PriceRow] = []
        for row in reversed(self.rows):
            if row.minutes is not None or row.from_day <= next_day:
                rows.append(row)
            if row.minutes is None and row.from_day <= day:
                return rows  # it holds all the time, so those before it never do
        return [*rows, self.rows[0]]

    def _replaced(self, day: str, minute: int, context: Mapping[str, str]) -> Amounts:
        replaced: Amounts = {}
        for variant in self.variants if context else ():
            said = all(context.get(name) == value for name, value in variant.when.items())
            if said and variant.row.holds(day, minute):
                replaced = variant.row.amounts | replaced
        return replaced


class PricedProvider(msgspec.Struct, frozen=True, array_like=True):
    """One provider; `sells` names others whose models it offers at their prices."""

    models: tuple[PricedModel, ...]
    sells: tuple[str, ...] = ()


class PriceTable(msgspec.Struct, frozen=True):
    """All prices. A provider is decoded when it is first asked for."""

    format: int
    stamp: str
    """What the source looked like when the table was made."""
    source: str
    providers: dict[str, msgspec.Raw]

    def find(self, ref: str, opened: dict[str, PricedProvider]) -> PricedModel | None:
        """The model that `provider/model` means. `opened` keeps the providers decoded so far."""
        name, _, model = ref.lower().partition("/")
        provider = self._open(ALIASES.get(name, name), opened)
        if provider is None or not model:
            return None
        for spelling in (model, _dashed(model)):
            for seller in (provider, *(self._open(other, opened) for other in provider.sells)):
                for priced in seller.models if seller else ():
                    if matches(priced.match, spelling):
                        return priced
        return None

    def _open(self, name: str, opened: dict[str, PricedProvider]) -> PricedProvider | None:
        if name not in opened and name in self.providers:
            opened[name] = msgspec.json.decode(self.providers[name], type=PricedProvider)
        return opened.get(name)


def matches(clause: Clause, text: str) -> bool:
    """Whether a model's name, in lower case, is meant by a clause."""
    kind, argument = clause
    if kind == "equals":
        return bool(text == argument)
    if kind == "or":
        return any(matches(part, text) for part in argument)
    if kind == "and":
        return all(matches(part, text) for part in argument)
    if kind == "starts":
        return text.startswith(argument)
    if kind == "ends":
        return text.endswith(argument)
    if kind == "contains":
        return argument in text
    return re.search(argument, text) is not None


_COMPACT_DATE = re.compile(r"-(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")


def _dashed(model: str) -> str:
    """`name-20261231` as the other spelling of `name-2026-12-31`."""
    return _COMPACT_DATE.sub(r"-\1-\2-\3", model)
