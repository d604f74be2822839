"""`Items`: the table of the outbox. What is on disk counts; what is in memory follows it.

Each change reads a row, moves it and writes it in one transaction, synced to the disk
before anybody hears of it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from homeport.daemon.config.settings import OutboxBounds
from homeport.daemon.outbox.item import Item, Kept, head_of, kept_of, row_of
from homeport.daemon.outbox.turns import Claimant, claimant_of
from homeport.daemon.storage import outbox as table
from homeport.daemon.storage.outbox import OutboxFile
from homeport.policies.errors import NotFound, TooLarge

Move = Callable[[Kept], Kept | None]
"""What becomes of an item; None forgets it. Raises where that cannot be."""


class Items:
    """Owns what is in the outbox. `open` comes before all else."""

    def __init__(
        self,
        file: OutboxFile,
        bounds: Callable[[], OutboxBounds],
        changed: Callable[[Item | None], None],
    ) -> None:
        """`changed` hears of each item that has changed; None stands for several."""
        self._file = file
        self._bounds = bounds
        self._changed = changed
        self.heads: dict[str, Item] = {}
        """Every item without its texts, the oldest first."""
        self.sizes: dict[str, int] = {}
        self._lines: dict[Claimant, dict[str, Item]] = {}
        """Those that are queued."""
        self.counts: Counter[str] = Counter()
        """By state; of answers those that were not read."""

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in sorted(self.counts.items()))
        return f"Items({counts or 'none'})"

    async def open(self) -> None:
        """Know what is there. Raises `DaemonTrouble` where the file cannot be used."""
        database = await self._file.database()
        for row, size in await database.read(table.every):
            self._take(head_of(row), size)

    def firsts(self, may_go: Callable[[Item], bool]) -> dict[Claimant, Item]:
        """Of each line the first item that may go now."""
        found = {}
        for claimant, line in self._lines.items():
            first = next((item for item in line.values() if may_go(item)), None)
            if first is not None:
                found[claimant] = first
        return found

    def queued(self) -> list[Item]:
        """All that wait to be sent."""
        return [item for line in self._lines.values() for item in line.values()]

    async def put(self, kepts: Sequence[Kept]) -> int:
        """Keep new items, all or none; how many were not there yet. Whoever stops waiting for it
        changes nothing of it.

        Raises `TooLarge` where they are too many, or too much.
        """
        bounds = self._bounds()
        for kept in kepts:
            _refuse_what_is_too_large(kept, bounds)
        database = await self._file.database()
        putting = partial(_put, kepts=kepts, bounds=bounds)
        added = await database.in_turn(putting, self._added, durable=True)
        return len(added)

    def _added(self, added: list[Kept]) -> None:
        for kept in added:
            self._take(kept.item, len(kept.body))
        if added:
            self._changed(added[0].item if len(added) == 1 else None)

    async def get(self, item_id: str) -> Kept:
        """With its texts; what was changed on disk is shown as failed. Raises `NotFound`."""
        database = await self._file.database()
        row = await database.read(partial(table.one, item_id=item_id))
        if row is None:
            raise _not_there(item_id)
        kept = kept_of(row)
        if not kept.intact and self.heads.get(item_id) != kept.item:
            await database.in_turn(partial(table.one, item_id=item_id), self._look_again)
        return kept

    def _look_again(self, row: table.Row | None) -> None:
        """At what is not as it was written, unless it has moved on meanwhile."""
        kept = None if row is None else kept_of(row)
        if kept is not None and not kept.intact:
            self._take(kept.item, len(kept.body) + len(kept.answer))
            self._changed(kept.item)

    async def change(self, item_id: str, move: Move) -> Item:
        """Move an item on; gives it as it stands then, or stood where it is forgotten.

        Whoever stops waiting for it changes nothing of it.
        """
        database = await self._file.database()
        moving = partial(_change, item_id=item_id, move=move)
        before, after = await database.in_turn(moving, self._show, durable=True)
        return (after or before).item

    def _show(self, moved: tuple[Kept, Kept | None]) -> None:
        before, after = moved
        if after is None:
            self._let_go(before.item.id)
        else:
            self._take(after.item, len(after.body) + len(after.answer))
        self._changed((after or before).item)

    def _take(self, item: Item, size: int) -> None:
        old = self.heads.get(item.id)
        if old is not None:
            self._uncount(old)
        self.heads[item.id] = item
        self.sizes[item.id] = size
        self.counts[_counted_as(item)] += 1
        if item.state == "queued":
            self._lines.setdefault(claimant_of(item), {})[item.id] = item

    def _let_go(self, item_id: str) -> None:
        old = self.heads.pop(item_id, None)
        self.sizes.pop(item_id, None)
        if old is not None:
            self._uncount(old)

    def _uncount(self, item: Item) -> None:
        self.counts[_counted_as(item)] -= 1
        line = self._lines.get(claimant_of(item))
        if line is not None and item.id in line:
            del line[item.id]
            if not line:
                del self._lines[claimant_of(item)]


def _counted_as(item: Item) -> str:
    return "read" if item.read_ms is not None else item.state


def _put(db: sqlite3.Connection, kepts: Sequence[Kept], bounds: OutboxBounds) -> list[Kept]:
    added = table.insert(db, [row_of(kept) for kept in kepts])
    count, size = table.size(db)
    if added and (count > bounds.items or size > bounds.bytes):
        what = "outbox.items" if count > bounds.items else "outbox.bytes"
        raise TooLarge(
            f"The outbox is full ({what}): read or drop what is in it (`homeport outbox`),"
            " or raise the bound.",
            code="outbox_full",
        )
    return [kept_of(row) for row in added]


def _change(db: sqlite3.Connection, item_id: str, move: Move) -> tuple[Kept, Kept | None]:
    row = table.one(db, item_id)
    if row is None:
        raise _not_there(item_id)
    before = kept_of(row)
    after = move(before)
    if after is None:
        table.delete(db, before.n)
    elif after is not before:
        table.update(db, row_of(after))
    return before, after


def _refuse_what_is_too_large(kept: Kept, bounds: OutboxBounds) -> None:
    if len(kept.body) > bounds.item_bytes:
        raise TooLarge(
            f"The prompt has {len(kept.body):,} bytes, and the outbox keeps prompts of at most"
            f" {bounds.item_bytes:,}; `outbox.item_bytes` sets the bound.",
            code="item_too_large",
        )


def _not_there(item_id: str) -> NotFound:
    return NotFound(
        f"There is no item `{item_id[:64]}` in the outbox. `homeport outbox` lists them.",
        code="item_not_found",
    )
