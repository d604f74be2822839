"""The sums in memory that every window is checked against."""

from __future__ import annotations

import pytest

from homeport.client.wire import SpendView, WindowView
from homeport.daemon.money.entries import entry_of
from homeport.daemon.money.totals import LedgerLimits, Totals
from homeport.daemon.money.windows import day_ends_ms, day_of, month_ends_ms
from homeport.policies.model import Budget
from support.ledgers import NOON_MS, a_reservation, a_settlement

DAY = day_of(NOON_MS)


def booked(totals: Totals, cost: int, **fields: object) -> None:
    reservation = a_reservation(cost, **fields)
    settlement = a_settlement(reservation.id, cost)
    totals.book(entry_of(reservation, settlement, day=DAY, opens_request=True))


def test_what_is_held_and_booked_is_taken_from_both_windows() -> None:
    totals = Totals(LedgerLimits(day_nano=1000, month_nano=5000))
    totals.hold(DAY, 300)
    booked(totals, 200)
    day, month = totals.budget(NOON_MS).windows
    assert (day.window, day.spent_nano, day.reserved_nano, day.left_nano) == ("day", 200, 300, 500)
    assert (month.window, month.left_nano) == ("month", 4500)
    assert day.resets_at_ms == day_ends_ms(NOON_MS)
    assert month.resets_at_ms == month_ends_ms(NOON_MS)
    totals.let_go(DAY, 300)
    assert totals.budget(NOON_MS).left_nano == 800


@pytest.mark.parametrize(
    ("day", "month", "nano", "window"),
    [
        (1000, None, 600, None),
        (1000, None, 601, "day"),
        (None, 900, 501, "month"),
        (1000, 500, 601, "month"),  # the one with the least left
        (0, 0, 0, None),  # what is free always fits
        (None, None, 10**18, None),
    ],
)
def test_the_window_that_is_too_small(
    day: int | None, month: int | None, nano: int, window: str | None
) -> None:
    totals = Totals(LedgerLimits(day_nano=day, month_nano=month))
    totals.hold(DAY, 400)
    found = totals.too_small(NOON_MS, nano)
    assert (found.window if found else None) == window


def test_only_windows_with_a_limit_are_judged_and_all_are_shown() -> None:
    totals = Totals(LedgerLimits(month_nano=7))
    assert [w.window for w in totals.budget(NOON_MS).windows] == ["month"]
    totals.limits = LedgerLimits()
    assert totals.budget(NOON_MS) == Budget()
    assert totals.view(NOON_MS) == SpendView(
        windows=(
            WindowView("day", None, 0, 0, day_ends_ms(NOON_MS)),
            WindowView("month", None, 0, 0, month_ends_ms(NOON_MS)),
        )
    )


def test_answers_count_where_they_ran() -> None:
    totals = Totals(LedgerLimits())
    booked(totals, 5)
    booked(totals, 0, place="local")
    booked(totals, 0, place="lan")
    view = totals.view(NOON_MS)
    assert (view.requests_today, view.local_today, view.cloud_today) == (3, 2, 1)


def test_limits_come_in_dollars() -> None:
    limits = LedgerLimits.from_usd(2.5, None)
    assert limits == LedgerLimits(day_nano=2_500_000_000, month_nano=None)
    assert LedgerLimits.from_usd(0.1, 0) == LedgerLimits(day_nano=100_000_000, month_nano=0)
