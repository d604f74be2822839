"""Work that waits until the answers that were cut off together have all gone on."""

from __future__ import annotations

import asyncio
import gc

import pytest

from homeport.daemon.handover import lull as module
from homeport.daemon.handover.lull import Lull
from support.turned_clock import TurnedClock


async def test_what_many_bring_is_done_in_its_order_behind_them_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "QUIET_S", 600.0)
    monkeypatch.setattr(module, "LATEST_S", 6000.0)
    clock = TurnedClock()
    lull, done, all_done = Lull(), list[int](), asyncio.Event()
    for number in range(40):
        lull.do(lambda number=number: done.append(number))  # type: ignore[misc]
        await asyncio.sleep(0)
        assert not done, "the next may be cut off in the same moment"
    assert repr(lull) == "Lull(40 waiting)"
    lull.do(all_done.set)
    await clock.turn(601)
    await all_done.wait()
    assert done == [*range(40)]
    assert repr(lull) == "Lull(0 waiting)"


async def test_it_waits_no_longer_than_that_while_more_are_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LATEST_S", 0.0)
    lull, done = Lull(), asyncio.Event()
    lull.do(done.set)
    monkeypatch.setattr(module, "QUIET_S", 600.0)  # nothing is ever quiet after the first look
    lull.do(lambda: None)
    await done.wait()


async def test_nothing_is_collected_while_many_go_on() -> None:
    lull, done = Lull(), asyncio.Event()
    lull.may_hold_collector = True
    for number in range(module.MANY):
        assert gc.isenabled(), f"{number} are not many"
        lull.do(lambda: None)
    assert not gc.isenabled()
    lull.do(done.set)
    await done.wait()
    assert gc.isenabled()


async def test_a_collector_that_somebody_else_holds_stays_held() -> None:
    lull, done = Lull(), asyncio.Event()
    lull.may_hold_collector = True
    gc.disable()
    try:
        for _ in range(2 * module.MANY):
            lull.do(done.set)
        await done.wait()
        assert not gc.isenabled()
    finally:
        gc.enable()


async def test_a_collector_that_is_not_the_daemons_own_is_left_alone() -> None:
    lull, done = Lull(), asyncio.Event()
    for _ in range(2 * module.MANY):
        lull.do(done.set)
    assert gc.isenabled()
    await done.wait()


async def test_the_next_storm_has_a_lull_of_its_own() -> None:
    lull = Lull()
    for _ in range(2):
        done = asyncio.Event()
        lull.do(done.set)
        await done.wait()
