"""One-off raises: more for the day, week or month that runs, and for no other.

A raise is a row of the ledger, so that it survives a restart and can be traced.
"""

from __future__ import annotations

import sqlite3

import msgspec

from homeport.client.wire import BudgetQuestion
from homeport.daemon.money.windows import day_of, period_of
from homeport.policies.model import BudgetScope


class Raise(msgspec.Struct, frozen=True, kw_only=True):
    """So much more in one period of one window."""

    window: str
    scope: BudgetScope = "all"
    name: str = ""
    period: int
    """The day, the Monday of the week or the month, as a number."""
    nano: int
    at_ms: int


def raise_for(question: BudgetQuestion, at_ms: int) -> Raise:
    """Just enough for a prompt that waits, in the window that it waits for."""
    return Raise(
        window=question.window,
        scope=question.scope,
        name=question.name,
        period=period_of(question.window, day_of(at_ms)),
        nano=question.raise_nano,
        at_ms=at_ms,
    )


class Raises:
    """What every raise adds up to."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str, str, int | str], int] = {}

    def __bool__(self) -> bool:
        return bool(self._sums)

    def add(self, raised: Raise) -> None:
        """Count it."""
        key = (raised.window, raised.scope, raised.name, raised.period)
        self._sums[key] = self._sums.get(key, 0) + raised.nano

    def of(self, window: str, scope: str, name: str, period: int | str) -> int:
        """How much more there is in that period, in nano-dollars."""
        return self._sums.get((window, scope, name, period), 0)


_COLUMNS = "window, scope, name, period, nano, at_ms"
_INSERT = f"INSERT INTO budget_raise ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608


def insert(db: sqlite3.Connection, raised: Raise) -> None:
    """Write a raise down."""
    db.execute(_INSERT, msgspec.structs.astuple(raised))


def kept(db: sqlite3.Connection) -> list[Raise]:
    """Every raise there was."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM budget_raise")  # noqa: S608
    names = _COLUMNS.split(", ")
    return [msgspec.convert(dict(zip(names, row, strict=True)), Raise) for row in rows]
