"""Answered prompts, summed by day and size, for what another model would have asked for them.

A prompt counts once, at the last attempt that answered it. What a cache would have held of it
is what the turn before it in its session held: the last answer to another prompt that was
booked before it, no longer ago than `KEPT_MS`. Both are looked for among the `REACH` entries
booked before an answer, so that what an entry counts for follows from it and those alone.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import add, neg

Counts = tuple[int, ...]
"""In the order of `COUNTS`."""
Key = tuple[int, int]
"""A day, and the size that the prompts are above."""
COUNTS = (
    *("prompts", "left_out", "unknown_hits"),
    *("input_tokens", "output_tokens", "hits", "cached_tokens"),
)
KEPT_MS = 5 * 60_000
"""How long a provider keeps a prompt, at the least."""
LEAST_KEPT = 1024
"""Tokens from which on one keeps anything."""
REACH = 512
SIZES = (
    *(-1, 32_000, 32_768, 64_000, 65_536, 100_000, 128_000, 131_072, 199_999, 200_000),
    *(256_000, 262_144, 272_000, 400_000, 500_000, 512_000, 524_288, 1_000_000, 1_048_576),
)
"""In order, numbers of tokens above which a prompt may be dearer: every step of a price list."""
UNKNOWN = -2
"""The size of a prompt whose tokens are unknown."""

_ANSWERS = """
SELECT n, day, request, session, at_ms, input_tokens, output_tokens, cache_read_tokens
FROM entry NOT INDEXED WHERE n > ? AND n <= ? AND outcome = 'done' ORDER BY n
"""
_ADD = f"""
INSERT INTO answer_sum VALUES ({", ".join("?" * (2 + len(COUNTS)))})
ON CONFLICT DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTS)}
"""  # noqa: S608
_KEPT = f"""
SELECT day, above, {", ".join(COUNTS)} FROM answer_sum WHERE day >= ?
"""  # noqa: S608

Row = tuple[int, int, str, str, int, int | None, int | None, int | None]


_Turn = tuple[int, str, int, int]
"""One answer, as those after it in its session see it: n, prompt, when, tokens."""
_Counted = tuple[int, Key, Counts]
"""What an answer was counted for: n, and where."""


class Turns:
    """Counts answers in the order of their numbers."""

    def __init__(self, upto: int = 0) -> None:
        self.upto = upto
        """The last entry that was looked at."""
        self._last: dict[str, tuple[_Turn, _Turn | None]] = {}
        """Of each session the last answer, and the last one to another prompt than that."""
        self._answered: dict[str, _Counted] = {}
        """By prompt."""

    @classmethod
    def behind(cls, db: sqlite3.Connection, upto: int) -> Turns:
        """With all that matters of what was booked up to an entry."""
        turns = cls(upto)
        turns.count(db.execute(_ANSWERS, (upto - 2 * REACH, upto)))
        return turns

    def go_on(self, db: sqlite3.Connection, upto: int) -> dict[Key, Counts]:
        """What the entries up to another one count for."""
        found = self.count(db.execute(_ANSWERS, (self.upto, upto)))
        self.upto = upto
        self._forget()
        return found

    def count(self, rows: Iterable[Row]) -> dict[Key, Counts]:
        """What these answers count for; what is taken back stands in it below zero."""
        found: dict[Key, Counts] = {}
        for n, day, request, session, at_ms, given, said, cached in rows:
            warm = self._warm(n, request, session, at_ms) if session else 0
            key, counts = _counts(day, given, said, cached, warm)
            before = self._answered.get(request)
            if before is not None and n - before[0] <= REACH:
                _add(found, before[1], tuple(map(neg, before[2])))
            self._answered[request] = (n, key, counts)
            _add(found, key, counts)
            if session:
                self._note(session, (n, request, at_ms, (given or 0) + (said or 0)))
        return found

    def _warm(self, n: int, request: str, session: str, at_ms: int) -> int:
        """Tokens that the turn before left in a cache."""
        turns = self._last.get(session)
        if turns is None:
            return 0
        turn = turns[0] if turns[0][1] != request else turns[1]
        if turn is None or n - turn[0] > REACH or not 0 <= at_ms - turn[2] <= KEPT_MS:
            return 0
        return turn[3] if turn[3] >= LEAST_KEPT else 0

    def _note(self, session: str, turn: _Turn) -> None:
        turns = self._last.get(session)
        if turns is None:
            self._last[session] = (turn, None)
        else:
            last, other = turns
            self._last[session] = (turn, last if last[1] != turn[1] else other)

    def _forget(self) -> None:
        """What is out of reach, where much of it is kept."""
        if len(self._last) + len(self._answered) > 8 * REACH:
            oldest = self.upto - 2 * REACH
            self._last = {of: turns for of, turns in self._last.items() if turns[0][0] > oldest}
            self._answered = {of: one for of, one in self._answered.items() if one[0] > oldest}


def _counts(
    day: int, given: int | None, said: int | None, cached: int | None, warm: int
) -> tuple[Key, Counts]:
    if given is None or said is None:
        return (day, UNKNOWN), (0, 1, 0, 0, 0, 0, 0)
    above = SIZES[bisect_left(SIZES, given) - 1]
    hits, really = min(max(cached or 0, warm), given), min(cached or 0, given)
    return (day, above), (1, 0, int(cached is None), given, said, hits, really)


def _add(sums: dict[Key, Counts], key: Key, counts: Counts) -> None:
    there = sums.get(key)
    sums[key] = counts if there is None else tuple(map(add, there, counts))


def keep(db: sqlite3.Connection, found: dict[Key, Counts]) -> None:
    """Add counts to those that are kept."""
    db.executemany(_ADD, [(*key, *counts) for key, counts in found.items()])


def kept(db: sqlite3.Connection, since: int) -> Iterator[tuple[Key, Counts]]:
    """Every sum from a day on."""
    return (((day, above), tuple(counts)) for day, above, *counts in db.execute(_KEPT, (since,)))
