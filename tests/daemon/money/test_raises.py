"""One-off raises and their rows."""

from __future__ import annotations

import sqlite3

from homeport.daemon.money import raises
from homeport.daemon.money.raises import Raise, Raises
from homeport.daemon.storage.migrations import migrate


def test_raises_of_one_period_add_up_and_leave_others_alone() -> None:
    made = Raises()
    assert not made
    for nano in (5, 7):
        made.add(Raise(window="day", period=20261121, nano=nano, at_ms=1))
    assert made
    assert made.of("day", "all", "", 20261121) == 12
    assert made.of("day", "all", "", 20261122) == 0
    assert made.of("day", "tag", "work", 20261121) == 0


def test_a_raise_is_read_as_it_was_written() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    one = Raise(window="week", scope="tag", name="work", period=20261116, nano=3, at_ms=9)
    raises.insert(db, one)
    assert raises.kept(db) == [one]
    db.close()
