"""What happens in the demonstration while its programs are busy: faults, a lost link, a budget."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from homeport.lab.demo.cast import Cast
from homeport.lab.demo.stage import DAY_USD
from homeport.lab.demo.traffic import Traffic

ENOUGH_NANO: Final = 30_000_000
"""With less than this left of the day, the dearest prompts do not fit: pocket money is added."""


class Event(NamedTuple):
    """One thing that happens, after a pause."""

    after_s: float
    does: Callable[[Cast, Traffic], Awaitable[None]]


async def _cloud_breaks(cast: Cast, _: Traffic) -> None:
    """In the middle of a sentence."""
    await cast.first.set_faults("reset@9:times=1")


async def _cloud_takes_no_more(cast: Cast, _: Traffic) -> None:
    await cast.second.set_faults("429:times=1,retry_after=6")


async def _home_dies(cast: Cast, _: Traffic) -> None:
    """The model server at home, in the middle of a sentence."""
    await cast.home.set_faults("reset@5:times=1")


async def _link_drops(_: Cast, traffic: Traffic) -> None:
    await traffic.order("link", {"offline": True})


async def _link_returns(_: Cast, traffic: Traffic) -> None:
    await traffic.order("link", {"offline": False})


async def _cloud_is_gone(cast: Cast, _: Traffic) -> None:
    """One provider cannot be reached, the other stops in the middle of a sentence."""
    await cast.first.set_faults("stall@6:times=1,seconds=30")
    await cast.second.set_faults("refuse:seconds=5")


async def _cloud_is_overloaded(cast: Cast, _: Traffic) -> None:
    await cast.first.set_faults("529:times=3")


async def _all_is_well(cast: Cast, _: Traffic) -> None:
    for server in (cast.first, cast.second, cast.home):
        await server.set_faults()


COURSE: Final = (
    Event(4, _cloud_breaks),
    Event(8, _cloud_takes_no_more),
    Event(6, _home_dies),
    Event(6, _link_drops),
    Event(8, _link_returns),
    Event(4, _cloud_is_gone),
    Event(8, _cloud_is_overloaded),
    Event(9, _all_is_well),
)


async def direct(cast: Cast, traffic: Traffic) -> None:
    """Let things happen, over and over, until it is cancelled."""
    limit = DAY_USD
    while True:
        for event in COURSE:
            await asyncio.sleep(event.after_s)
            await event.does(cast, traffic)
        limit = await pocket_money(traffic, limit)


async def pocket_money(traffic: Traffic, limit: float) -> float:
    """The day's budget, in dollars: raised where it has run down, so that the show goes on."""
    told = await traffic.look("status")
    windows = (told or {}).get("spend", {}).get("windows") or []
    day = next((window for window in windows if window.get("window") == "day"), None)
    if not day or not day.get("limit_nano"):
        return limit
    left = day["limit_nano"] - day["spent_nano"]
    if left >= ENOUGH_NANO:
        return limit
    raised = round(float(day["limit_nano"]) / 1e9 + DAY_USD, 2)
    await traffic.order("budgets", {"day_usd": raised})
    return raised
