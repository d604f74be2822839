"""Spent plus reserved never exceeds a limit: at once, cancelled, crashed, on a full disk."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from homeport.adapters.base import Usage
from homeport.daemon.money import scopes
from homeport.daemon.money.ledger import Ledger, LedgerLimits, Settlement
from homeport.daemon.money.raises import Raise
from homeport.daemon.money.scopes import Limit
from homeport.daemon.storage.database import Database
from homeport.policies.errors import DaemonTrouble
from homeport.policies.model import Budget
from support import ledgers
from support.ledgers import (
    NOON_MS,
    Clock,
    NoSpareTime,
    SlowDisk,
    a_ledger,
    a_reservation,
    a_settlement,
    spent,
)

DAY_MS = 86_400_000

pytestmark = pytest.mark.usefixtures("in_utc")


def money(ledger: Ledger) -> tuple[int, int]:
    """Spent and reserved today."""
    window = ledger.spend_view().windows[0]
    return window.spent_nano, window.reserved_nano


def on_disk(path: Path, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as raw:
        return raw.execute(query).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


async def test_a_reservation_is_on_disk_before_it_counts(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        reservation = a_reservation(300, tags=("b", "a"), session="talk")
        assert await ledger.reserve(reservation) is None
        rows = on_disk(path, "SELECT id, worst_nano, day, tags, session FROM reservation")
        assert rows == [(reservation.id, 300, 20261121, '["a","b"]', "talk")]
        assert money(ledger) == (0, 300)


async def test_what_cannot_cost_anything_is_written_without_being_waited_for(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        free = a_reservation(0, place="local")
        assert await ledger.reserve(free) is None
        assert on_disk(path, "SELECT id FROM reservation") == []
        await ledger._db.flush()
        assert on_disk(path, "SELECT id FROM reservation") == [(free.id,)]
        heard = asyncio.Event()
        ledger.settle_soon(a_settlement(free.id, 0), heard.set)
        await heard.wait()
        assert on_disk(path, "SELECT count(*) FROM reservation") == [(0,)]
        assert on_disk(path, "SELECT id FROM entry") == [(free.id,)]


async def test_what_is_settled_before_it_was_written_needs_no_row(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        free = a_reservation(0, place="local")
        await ledger.reserve(free)
        statements: list[str] = []
        ledger._db._connection.set_trace_callback(statements.append)
        await ledger.settle(a_settlement(free.id, 0))
        assert not [text for text in statements if text.startswith("INSERT INTO reservation")]
        assert on_disk(path, "SELECT id FROM entry") == [(free.id,)]


async def test_many_that_end_together_are_booked_each_once(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        free = [a_reservation(0, place="local", session="talk") for _ in range(100)]
        for reservation in free:
            assert await ledger.reserve(reservation) is None
        await ledger._db.flush()
        for reservation in free[:70]:
            ledger.settle_soon(a_settlement(reservation.id, 0), lambda: None)
        await ledger._db.flush()
        assert on_disk(path, "SELECT count(*) FROM reservation") == [(30,)]
        assert on_disk(path, "SELECT count(*) FROM entry") == [(70,)]
        (row,) = (await ledger.report("session", 0)).rows
        assert (row.group, row.requests) == ("talk", 70)
        assert ledger.spend_view().requests_today == 70


async def test_money_that_ends_together_shares_a_write_and_is_held_until_then(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        held = [a_reservation(10) for _ in range(20)]
        for reservation in held:
            assert await ledger.reserve(reservation) is None
        statements: list[str] = []
        ledger._db._connection.set_trace_callback(statements.append)
        heard: list[str] = []
        for reservation in held:
            end = a_settlement(reservation.id, 4)
            ledger.settle_with_others(end, partial(heard.append, reservation.id))
        assert (money(ledger), heard) == ((0, 200), [])
        ledger.settle_with_others(a_settlement(held[0].id, 9), lambda: None)
        await ledger._db.flush()
        assert statements.count("COMMIT") == 1
        assert heard == [reservation.id for reservation in held]
        assert money(ledger) == (80, 0), "each once, at what it was settled at first"
        assert on_disk(path, "SELECT count(*), sum(cost_nano) FROM entry") == [(20, 80)]
        with pytest.raises(LookupError, match="nothing is reserved under the id nobody"):
            ledger.settle_with_others(a_settlement("nobody"), lambda: None)


async def test_in_trouble_what_is_free_waits_for_the_disk_too(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        db = ledger._db
        await db.write(lambda c: c.execute("PRAGMA max_page_count = 1").close())
        long_tags = ("x" * 100_000,)
        assert await ledger.reserve(a_reservation(0, tags=long_tags)) is None
        await db.flush()
        assert db.trouble
        with pytest.raises(DaemonTrouble):
            await ledger.reserve(a_reservation(0, tags=long_tags))


async def test_settling_soon_what_is_not_held_says_so(path: Path) -> None:
    async with a_ledger(path) as ledger:
        with pytest.raises(LookupError, match="nothing is reserved under the id nobody"):
            ledger.settle_soon(a_settlement("nobody"), lambda: None)


async def test_settling_books_the_truth_and_lets_the_rest_go(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        reservation = a_reservation(300, tags=("a",), session="talk", client="editor")
        await ledger.reserve(reservation)
        entry = await ledger.settle(a_settlement(reservation.id, 120))
        assert (entry.cost_nano, entry.certain, entry.outcome) == (120, True, "done")
        assert entry.usage == Usage(input=10, cache_read=2, cache_write=0, output=5, reasoning=1)
        assert money(ledger) == (120, 0)
        assert on_disk(path, "SELECT count(*) FROM reservation") == [(0,)]
        row = on_disk(
            path,
            "SELECT request, model, place, client, session, tags, cost_nano, certain, "
            "input_tokens, cache_read_tokens, reasoning_tokens, price_date, ended_ms FROM entry",
        )
        expected = (reservation.request, "openai/gpt-5", "cloud", "editor", "talk", '["a"]')
        assert row == [(*expected, 120, 1, 10, 2, 1, "2026-01-02", NOON_MS + 500)]


async def test_the_window_that_is_too_small_is_named_and_nothing_is_held(path: Path) -> None:
    async with a_ledger(path, day=1000, month=1200) as ledger:
        await spent(ledger, 1000, 700)
        window = await ledger.reserve(a_reservation(301))
        assert window is not None
        assert (window.window, window.left_nano, window.limit_nano) == ("day", 300, 1000)
        assert window.resets_at_ms > NOON_MS
        assert money(ledger) == (700, 0)
        assert await ledger.reserve(a_reservation(300)) is None
        ledger.set_limits(LedgerLimits(day_nano=5000, month_nano=1200))
        window = await ledger.reserve(a_reservation(201))
        assert window is not None
        assert (window.window, window.left_nano) == ("month", 200)


async def test_free_attempts_are_entries_too_even_when_all_is_spent(path: Path) -> None:
    async with a_ledger(path, day=0) as ledger:
        assert await ledger.reserve(a_reservation(1)) is not None
        free = a_reservation(0, place="local", model="llamacpp/small")
        assert await ledger.reserve(free) is None
        cut = Settlement(
            id=free.id, usage=None, cost_nano=None, outcome="cancelled", ended_ms=NOON_MS
        )
        entry = await ledger.settle(cut)
        assert (entry.cost_nano, entry.certain) == (0, True)
        assert entry.usage.input is None


async def test_unknown_usage_books_the_worst_case_as_an_estimate(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        unpriced = await spent(ledger, 0, None, price_source="")
        assert (unpriced.cost_nano, unpriced.certain) == (0, False)
        entry = await spent(ledger, 300, None)
        assert (entry.cost_nano, entry.certain) == (300, False)
        assert money(ledger) == (300, 0)
        assert ledger.spend_view().unknown_today == 2


async def test_what_was_counted_here_is_an_estimate(path: Path) -> None:
    async with a_ledger(path) as ledger:
        reservation = a_reservation(300)
        await ledger.reserve(reservation)
        counted = Usage(input=9, output=3, certain=False)
        entry = await ledger.settle(a_settlement(reservation.id, 30, usage=counted))
        assert (entry.cost_nano, entry.certain) == (30, False)


async def test_numbers_that_no_answer_can_have_are_unknown(path: Path) -> None:
    async with a_ledger(path) as ledger:
        reservation = a_reservation(300)
        await ledger.reserve(reservation)
        garbage = Usage(input=-1, output=2**70, reasoning=3)
        entry = await ledger.settle(a_settlement(reservation.id, 2**70, usage=garbage))
        assert (entry.cost_nano, entry.certain) == (300, False)
        assert entry.usage == Usage(reasoning=3, certain=False)


async def test_a_cost_above_the_reservation_is_booked_truthfully_and_logged(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_ledger(path, day=1000) as ledger:
        entry = await spent(ledger, 100, 1500)
        assert (entry.cost_nano, entry.certain) == (1500, True)
        assert money(ledger) == (1500, 0)
        assert ledger.budget().left_nano == 0
        assert "more than the 100 that were reserved" in caplog.text


async def test_settling_twice_gives_the_first_entry(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        reservation = a_reservation(100)
        await ledger.reserve(reservation)
        settlements = [a_settlement(reservation.id, cost) for cost in (40, 50, 60)]
        entries = await asyncio.gather(*(ledger.settle(s) for s in settlements))
        entries.append(await ledger.settle(a_settlement(reservation.id, 70)))
        assert entries == [entries[0]] * 4
        assert money(ledger) == (40, 0)
        assert on_disk(path, "SELECT count(*), sum(cost_nano) FROM entry") == [(1, 40)]


async def test_settling_what_was_never_reserved_says_so(path: Path) -> None:
    async with a_ledger(path) as ledger:
        with pytest.raises(LookupError, match="nothing was reserved under the id nobody"):
            await ledger.settle(a_settlement("nobody"))


async def test_what_cannot_be_reserved_is_refused(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        reservation = a_reservation(100)
        await ledger.reserve(reservation)
        for wrong in (reservation, a_reservation(-1)):
            with pytest.raises(ValueError, match="cannot be reserved"):
                await ledger.reserve(wrong)
        assert money(ledger) == (0, 100)


async def test_hundreds_at_once_never_overshoot(path: Path) -> None:
    async with a_ledger(path, day=10_000) as ledger:
        chance = random.Random(1)  # noqa: S311 - no secret
        most = 0

        async def attempt() -> int:
            nonlocal most
            worst = chance.randrange(1, 200)
            reservation = a_reservation(worst)
            if await ledger.reserve(reservation) is not None:
                return 0
            most = max(most, sum(money(ledger)))
            await asyncio.sleep(0)
            cost = chance.randrange(0, worst + 1)
            await ledger.settle(a_settlement(reservation.id, cost))
            return cost

        costs = await asyncio.gather(*(attempt() for _ in range(600)))
        assert most <= 10_000
        assert money(ledger) == (sum(costs), 0)
        assert on_disk(path, "SELECT sum(cost_nano) FROM entry") == [(sum(costs),)]


async def test_a_cancelled_reservation_releases_itself(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        for yields in range(4):
            reserving = asyncio.ensure_future(ledger.reserve(a_reservation(900)))
            for _ in range(yields):
                await asyncio.sleep(0)
            reserving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reserving
            await ledger.close()
            assert money(ledger) == (0, 0)
            assert on_disk(path, "SELECT count(*) FROM reservation") == [(0,)]


async def test_a_cancelled_settling_settles_all_the_same(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        reservation = a_reservation(900)
        await ledger.reserve(reservation)
        settling = asyncio.ensure_future(ledger.settle(a_settlement(reservation.id, 70)))
        await asyncio.sleep(0)
        settling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await settling
        entry = await ledger.settle(a_settlement(reservation.id, 99))
        assert entry.cost_nano == 70
        assert money(ledger) == (70, 0)


# -- sums that are read while attempts end --------------------------------------------


WEEK = (Limit(window="week", nano=10_000),)
SESSION = (Limit(window="session", nano=10_000),)


async def test_what_ends_behind_a_read_is_not_forgotten_by_it(path: Path) -> None:
    async with a_ledger(path, day=1000, spare=NoSpareTime()) as ledger:
        held = a_reservation(1000)
        assert await ledger.reserve(held) is None
        disk = SlowDisk(ledger._db)
        disk.pile_up(held.id)
        ledger.set_limits(LedgerLimits(day_nano=1000, scoped=WEEK))
        reading = asyncio.ensure_future(ledger.refreshed())
        await asyncio.sleep(0)
        ledger.settle_with_others(a_settlement(held.id, 900), lambda: None)
        disk.go_on()
        await reading
        assert money(ledger) in ((0, 1000), (900, 0))  # it is told, or it is not
        await ledger._db.flush()
        assert money(ledger) == (900, 0)
        assert [view.spent_nano for view in ledger.spend_view().scoped] == [900]
        assert await ledger.reserve(a_reservation(101)) is not None


async def test_what_has_ended_before_a_read_is_counted_once(path: Path) -> None:
    spare = NoSpareTime()
    async with a_ledger(path, day=1000, scoped=SESSION, spare=spare) as ledger:
        spare.is_full = True
        held = a_reservation(300, session="one")
        assert await ledger.reserve(held) is None
        ledger.settle_with_others(a_settlement(held.id, 200), lambda: None)
        await ledgers.on_disk(ledger._db, {held.id})
        assert money(ledger) == (0, 300)
        ledger.set_limits(LedgerLimits(day_nano=1000, scoped=(*SESSION, *WEEK)))
        await ledger.refreshed()
        assert money(ledger) == (200, 0)
        spare.is_full = False
        await ledger._db.flush()
        assert money(ledger) == (200, 0)
        assert [view.spent_nano for view in ledger.spend_view().scoped] == [200, 200]


async def test_a_raise_counts_once_also_where_its_caller_has_gone(path: Path) -> None:
    async with a_ledger(path, day=1000, scoped=WEEK) as ledger:
        told: list[int] = []
        ledger.on_spent = lambda: told.append(1)
        raised = Raise(window="day", period=20261121, nano=10, at_ms=NOON_MS)
        gone = asyncio.ensure_future(ledger.raise_limit(raised))
        ledger.set_limits(LedgerLimits(day_nano=1000))
        reading = asyncio.ensure_future(ledger.refreshed())
        await asyncio.sleep(0)
        gone.cancel()
        await reading
        assert told == [1, 1]  # of the limits, and of the raise
        assert ledger.spend_view().windows[0].limit_nano == 1010
        assert await ledger.reserve(a_reservation(1010)) is None
        with pytest.raises(asyncio.CancelledError):
            await gone


async def test_a_session_that_is_met_again_is_counted_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "MOST_SESSIONS", 1)
    spare = NoSpareTime()
    async with a_ledger(path, scoped=SESSION, spare=spare) as ledger:
        spare.is_full = True
        held = a_reservation(300, session="one")
        assert await ledger.reserve(held) is None
        assert await ledger.reserve(a_reservation(1, session="two")) is None
        ledger.settle_with_others(a_settlement(held.id, 200), lambda: None)
        await ledgers.on_disk(ledger._db, {held.id})
        again = a_reservation(9_800, session="one")
        assert await ledger.reserve(again) is None
        assert await ledger.reserve(a_reservation(1, session="one")) is not None


# -- time ---------------------------------------------------------------------------


async def test_windows_roll_over_while_running(path: Path) -> None:
    clock = Clock()
    async with a_ledger(path, day=1000, month=1500, clock=clock) as ledger:
        await spent(ledger, 1000, 1000, at_ms=clock())
        assert await ledger.reserve(a_reservation(1, at_ms=clock())) is not None
        clock.now_ms += DAY_MS
        assert money(ledger) == (0, 0)
        late = a_reservation(400, at_ms=clock())
        assert await ledger.reserve(late) is None
        assert (await ledger.reserve(a_reservation(200, at_ms=clock()))) is not None  # the month
        clock.now_ms += 30 * DAY_MS
        assert [w.spent_nano + w.reserved_nano for w in ledger.spend_view().windows] == [0, 0]
        # What was reserved before midnight counts in the day it was reserved in.
        entry = await ledger.settle(a_settlement(late.id, 300, ended_ms=clock()))
        assert entry.day == 20261122
        assert [w.spent_nano for w in ledger.spend_view().windows] == [0, 0]


async def test_a_clock_set_back_to_a_first_day_finds_its_whole_week(path: Path) -> None:
    clock, scoped = Clock(NOON_MS - 53 * DAY_MS), (Limit(window="week", nano=1000),)
    async with a_ledger(path, scoped=scoped, clock=clock) as ledger:
        await spent(ledger, 1000, 1000, at_ms=clock())  # on Tuesday, 2026-09-29
    clock.now_ms = NOON_MS
    async with a_ledger(path, scoped=scoped, clock=clock) as ledger:
        clock.now_ms -= 51 * DAY_MS  # Thursday, 2026-10-01
        await ledger.refreshed()
        assert [view.spent_nano for view in ledger.spend_view().scoped] == [1000]
        window = await ledger.reserve(a_reservation(1, at_ms=clock()))
        assert window is not None
        assert (window.window, window.left_nano) == ("week", 0)


async def test_totals_are_those_of_the_file_after_a_restart(path: Path) -> None:
    clock = Clock()
    async with a_ledger(path, day=1000, month=5000, clock=clock) as ledger:
        await spent(ledger, 500, 300, at_ms=NOON_MS - 5 * DAY_MS)
        await spent(ledger, 500, 200)
        await spent(ledger, 500, None, request="again")
        await spent(ledger, 0, 0, place="local", request="again")
        before = ledger.spend_view()
    async with a_ledger(path, day=1000, month=5000, clock=clock) as ledger:
        assert ledger.spend_view() == before
        assert [w.spent_nano for w in before.windows] == [700, 1000]
        assert (before.requests_today, before.cloud_today, before.local_today) == (2, 2, 1)


async def test_no_limit_gives_no_windows_to_judge(path: Path) -> None:
    async with a_ledger(path) as ledger:
        await spent(ledger, 10**12, 10**12)
        assert ledger.budget() == Budget()
        assert [w.limit_nano for w in ledger.spend_view().windows] == [None, None]


# -- crashes and full disks -----------------------------------------------------------


async def test_what_a_dead_daemon_left_is_booked_at_its_worst(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_ledger(path, day=1000) as ledger:
        paid, free = a_reservation(300), a_reservation(0, place="local")
        await ledger.reserve(paid)
        await ledger.reserve(free)
    async with a_ledger(path, day=1000) as ledger:
        assert money(ledger) == (300, 0)
        assert "2 attempts were cut off by a crash" in caplog.text
        entry = await ledger.settle(a_settlement(paid.id, 1))
        assert (entry.cost_nano, entry.certain, entry.outcome) == (300, False, "crashed")
        entry = await ledger.settle(a_settlement(free.id, 1))
        assert (entry.cost_nano, entry.certain, entry.outcome) == (0, True, "crashed")


async def test_opening_twice_leaves_what_is_held(path: Path) -> None:
    async with a_ledger(path, day=1000) as ledger:
        await ledger.reserve(a_reservation(300))
        await asyncio.gather(ledger.open(), ledger.open())
        assert money(ledger) == (0, 300)


async def test_a_ledger_that_is_not_open_reserves_nothing(path: Path) -> None:
    db = await Database.open(path)
    ledger = Ledger(db, LedgerLimits(), Clock())
    with pytest.raises(ValueError, match="not open"):
        await ledger.reserve(a_reservation())
    await db.close()


async def test_sums_that_were_tampered_with_are_summed_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_ledger(path) as ledger:
        await spent(ledger, 100, 40, session="talk")
        before = [await ledger.report(by, 0) for by in ("day", "session")]
        await ledger._db.write(ledger._folding.fold)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("UPDATE total SET cost_nano = 1")
        raw.execute("DELETE FROM session")
    async with a_ledger(path) as ledger:
        assert "summed again" in caplog.text
        assert money(ledger) == (40, 0)
        assert [await ledger.report(by, 0) for by in ("day", "session")] == before


async def test_a_full_disk_refuses_reservations_and_keeps_what_ended(path: Path) -> None:
    async with a_ledger(path, day=10**9) as ledger:
        # The name of a request stands in an index of entries too, so that an end needs more room.
        held = [a_reservation(1000, request="x" * 3000 + str(number)) for number in range(40)]
        for reservation in held:
            await ledger.reserve(reservation)
        db = ledger._db
        await db.write(lambda c: c.execute("PRAGMA max_page_count = 1").close())
        with pytest.raises(DaemonTrouble) as caught:
            await keep_reserving(ledger)
        assert caught.value.code == "disk_full"
        reserved = money(ledger)[1]
        entries = [await ledger.settle(a_settlement(r.id, 7)) for r in held]
        assert [e.cost_nano for e in entries] == [7] * 40
        spent_nano, still_reserved = money(ledger)
        owed = len(ledger._owed)
        assert owed > 0
        assert (spent_nano, still_reserved) == (7 * (40 - owed), reserved - 1000 * (40 - owed))
        await db.write(lambda c: c.execute("PRAGMA max_page_count = 100000").close())
        await ledger.close()
        assert money(ledger) == (280, reserved - 40_000)
        assert on_disk(path, "SELECT sum(cost_nano) FROM entry") == [(280,)]


async def keep_reserving(ledger: Ledger) -> None:
    for _ in range(100):
        await ledger.reserve(a_reservation(1000, tags=("x" * 3000,)))


async def test_the_repr_shows_the_windows(path: Path) -> None:
    async with a_ledger(path, day=2 * 10**9) as ledger:
        await ledger.reserve(a_reservation(5 * 10**8))
        assert repr(ledger) == (
            "<Ledger day 0.0000 spent + 0.5000 reserved of 2.0000, "
            "month 0.0000 spent + 0.5000 reserved of no limit; 1 held, 0 owed>"
        )
