"""A ledger of ten million entries, made in SQL: 120 days, 10 providers, 40 models, 20 clients.

Each number comes from a hash of the entry's own, so that two runs make the same ledger. A
session is 20 entries; five hundred at a time last a week, and one is as old as the ledger.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

DAY_MS = 86_400_000
DAYS = 120
AT_ONCE = 200_000
"""Entries in one transaction."""

_HASH = "((x.n * {factor}) % 4294967291)"
_INDEXES = ("entry_by_day", "entry_by_request")


def _pick(salt: int, count: int) -> str:
    """A number below `count` that follows from the entry's."""
    return f"({_HASH.format(factor=2_654_435_761 + salt * 982_451_653)} / 7 % {count})"


_MODEL = f"min({_pick(1, 40)}, {_pick(2, 40)})"
"""Of forty models, the first are asked most."""
_SESSION = f"""CASE WHEN {_pick(3, 10)} = 0 THEN 0
    WHEN {_pick(4, 2000)} = 0 THEN 1
    WHEN {_pick(18, 50)} = 0 THEN 1000 + x.n / 600000 * 500 + {_pick(19, 500)}
    ELSE 1000000 + x.n / 200 * 10 + {_pick(5, 10)} END"""
"""Nine in ten belong to one. Who asks, and under which tags, follows from it."""
_COST = f"CASE WHEN {_MODEL} % 10 = 9 THEN 0 ELSE 1000 + {_pick(6, 997)} * {_pick(7, 49999)} END"
_INPUT = f"200 + {_pick(8, 400)} * {_pick(9, 100)} * (1 + 9 * ({_pick(10, 20)} = 0))"
_OPENS = f"({_pick(11, 10)} != 0)"
"""One attempt in ten is a second one, of the request before it."""

FILL = f"""
WITH RECURSIVE x (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM x WHERE n < :last),
made AS (
    SELECT x.n, {_MODEL} AS model, {_OPENS} AS opens, {_SESSION} AS talk, {_COST} AS cost,
        {_INPUT} AS given, :start_ms + x.n * :apart_us / 1000 AS at_ms,
        {_pick(13, 100)} AS luck, {_pick(14, 2000)} AS said, {_pick(16, 6)} AS task,
        {_pick(17, 3)} AS policy
    FROM x
)
INSERT INTO entry (
    n, id, request, opens_request, model, provider, place, client, session, tags, at_ms, day,
    worst_nano, price_source, price_date, ended_ms, outcome, cost_nano, certain, input_tokens,
    cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, tokens_certain,
    task, policy, energy_mj, energy_nano, energy_certain
)
SELECT n, printf('01J%023d', n), printf('01J%023d', n - NOT opens), opens,
    printf('provider-%d/model-%d', model % 10, model), printf('provider-%d', model % 10),
    CASE model % 10 WHEN 9 THEN 'local' ELSE 'cloud' END, printf('client-%d', talk * 7919 % 20),
    CASE talk WHEN 0 THEN '' ELSE printf('01J%023d', talk) END,
    CASE talk % 8 WHEN 0 THEN '[]' WHEN 1 THEN '[]' WHEN 2 THEN '[]'
        WHEN 3 THEN printf('["team-%d","work"]', talk * 31 % 20)
        ELSE printf('["team-%d"]', talk * 31 % 20) END,
    at_ms, CAST(strftime('%Y%m%d', at_ms / 1000, 'unixepoch', 'localtime') AS INTEGER),
    2 * cost, 'genai-prices 0.2.3', '2026-01-02', at_ms + 900 + luck * 50,
    CASE WHEN luck < 94 THEN 'done' WHEN luck < 97 THEN 'cancelled' ELSE 'reset' END,
    cost, cost = 0 OR luck < 96, given, given * (luck % 3) / 4, 0, 10 + said, 0, luck < 96,
    printf('task-%d', task), printf('policy-%d', policy),
    CASE WHEN cost = 0 THEN 5000 + said END, CASE WHEN cost = 0 THEN 400 + said END,
    CASE WHEN cost = 0 THEN luck % 2 END
FROM made
"""  # noqa: S608


def make(db: sqlite3.Connection, entries: int, now_ms: int, days: int = DAYS) -> Iterator[int]:
    """Fill an empty ledger up to now; gives how many there are after each transaction."""
    find = "SELECT sql FROM sqlite_master WHERE name = ?"
    indexes = [db.execute(find, (name,)).fetchone()[0] for name in _INDEXES]
    for name in _INDEXES:
        db.execute(f"DROP INDEX {name}")
    values = {"start_ms": now_ms - days * DAY_MS, "apart_us": days * DAY_MS * 1000 // entries}
    for first in range(1, entries + 1, AT_ONCE):
        last = min(entries, first + AT_ONCE - 1)
        db.execute("BEGIN IMMEDIATE")
        db.execute(FILL, values | {"first": first, "last": last})
        db.execute("COMMIT")
        yield last
    for sql in indexes:
        db.execute(sql)
