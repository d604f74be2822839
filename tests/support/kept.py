"""Every sum that the ledger keeps, made again from its entries in the simplest way there is."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from operator import add
from typing import Any

from homeport.daemon.money.corrections import CORRECTIONS
from homeport.daemon.money.turns import KEPT_MS, LEAST_KEPT, REACH, SIZES, UNKNOWN

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
Made = dict[tuple[Any, ...], list[int]]


def check_sums(db: sqlite3.Connection) -> int:
    """Fails where a sum is not that of the entries it is of; how many entries are summed."""
    db.row_factory = sqlite3.Row
    upto = dict(tuple(row) for row in db.execute("SELECT part, n FROM folded"))
    rows = [dict(row) for row in db.execute("SELECT * FROM entry ORDER BY n")]
    for row in rows:
        row["counts"] = counts_of(row)
    days = [row for row in rows if row["n"] <= upto["days"]]
    late = [row for row in rows if row["n"] <= upto["turns"]]
    made = summed((key, row) for row in days for key in keys_of_days(row))
    made |= summed((key, row) for row in late for key in keys_of_clocks(row))
    assert kept(db, "total", 3) == made
    sessions = [row for row in late if row["session"]]
    parts = [
        (tuple(row[of] for of in ("session", "day", "client", "tags")), row) for row in sessions
    ]
    assert kept(db, "session_sum", 4) == summed(parts)
    wholes = summed(((row["session"],), row) for row in sessions)
    seen: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in sessions:
        seen[row["session"],].append(row["day"])
    spans = {(*key, min(seen[key]), max(seen[key])): sums for key, sums in wholes.items()}
    assert kept(db, "session", 3) == spans
    assert {key: sums for key, sums in kept(db, "answer_sum", 2).items() if any(sums)} == answers(
        late
    )
    assert kept(db, "request_sum", 1) == several(
        [row for row in rows if row["n"] <= upto["requests"] and row["cost_nano"]]
    )
    db.row_factory = None
    return len(days)


def kept(db: sqlite3.Connection, table: str, key: int) -> Made:
    rows = [tuple(row) for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608
    return {row[:key]: [*row[key:]] for row in rows}


def keys_of_days(row: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for period in (row["day"], row["day"] // 100):
        yield "all", period, ""
        for kind in ("provider", "model", "place", "client", "task", "policy"):
            yield kind, period, row[kind]
        for tag in json.loads(row["tags"]):
            yield "tag", period, tag


def keys_of_clocks(row: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    yield "hour", row["at_ms"] // HOUR_MS, ""
    yield "booked", row["at_ms"] // DAY_MS, row["provider"]


def summed(rows: Any) -> Made:
    found: Made = defaultdict(lambda: [0] * 11)
    for key, row in rows:
        found[key] = [*map(add, found[key], row["counts"])]
    return dict(found)


def counts_of(row: dict[str, Any]) -> tuple[int, ...]:
    """What one entry adds to each sum that it is in."""
    corrects = row["outcome"] in CORRECTIONS
    estimates = 0 if row["certain"] else -1 if corrects else 1
    return (
        *(int(not corrects), row["opens_request"], int(row["outcome"] == "done"), estimates),
        *(row["input_tokens"] or 0, row["output_tokens"] or 0, row["cost_nano"]),
        *(0 if row["certain"] else row["cost_nano"], row["energy_mj"] or 0),
        *(row["energy_nano"] or 0, 0 if row["energy_certain"] else row["energy_nano"] or 0),
    )


def several(rows: list[dict[str, Any]]) -> Made:
    """Requests with more than one entry that costs something: their days, and their cost."""
    found = by_name(rows, "request")
    return {
        (name,): [
            min(row["day"] for row in alike),
            max(row["day"] for row in alike),
            sum(row["cost_nano"] for row in alike),
        ]
        for name, alike in found.items()
        if len(alike) > 1
    }


def answers(rows: list[dict[str, Any]]) -> Made:
    """Each prompt at the last of its answers, with what the turn before it left."""
    found: Made = defaultdict(lambda: [0] * 7)
    done = [row for row in rows if row["outcome"] == "done"]
    of_request, of_session = by_name(done, "request"), by_name(done, "session")
    for row in done:
        alike = of_request[row["request"]]
        if any(0 < of["n"] - row["n"] <= REACH for of in alike):
            continue
        above, counts = counted(row, warm(row, of_session[row["session"]]))
        key = row["day"], above
        found[key] = [a + b for a, b in zip(found[key], counts, strict=True)]
    return dict(found)


def by_name(rows: list[dict[str, Any]], column: str) -> dict[str, list[dict[str, Any]]]:
    """Those of each name, in their order."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def warm(row: dict[str, Any], of_session: list[dict[str, Any]]) -> int:
    if not row["session"]:
        return 0
    before = [
        of
        for of in of_session
        if 0 < row["n"] - of["n"] <= REACH and of["request"] != row["request"]
    ]
    if not before or not 0 <= row["at_ms"] - before[-1]["at_ms"] <= KEPT_MS:
        return 0
    tokens = (before[-1]["input_tokens"] or 0) + (before[-1]["output_tokens"] or 0)
    return tokens if tokens >= LEAST_KEPT else 0


def counted(row: dict[str, Any], warm: int) -> tuple[int, tuple[int, ...]]:
    given, said, cached = row["input_tokens"], row["output_tokens"], row["cache_read_tokens"]
    if given is None or said is None:
        return UNKNOWN, (0, 1, 0, 0, 0, 0, 0)
    hits, really = min(max(cached or 0, warm), given), min(cached or 0, given)
    above = [size for size in SIZES if given > size][-1]
    return above, (1, 0, int(cached is None), given, said, hits, really)
