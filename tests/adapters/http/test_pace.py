"""Limits of an attempt: each has its kind of failure, and a slow reader breaks none."""

from __future__ import annotations

import asyncio

import pytest

from homeport.adapters.base import AttemptFailed, Limits
from homeport.adapters.http.pace import Pace
from support.turned_clock import TurnedClock


async def never() -> None:
    await asyncio.Event().wait()


async def late(pace: Pace) -> AttemptFailed:
    with pytest.raises(AttemptFailed) as caught:
        await asyncio.wait_for(pace.wait(never()), 10)
    return caught.value


@pytest.mark.parametrize(
    ("limits", "spoke", "kind"),
    [
        (Limits(1, 60, first_token_s=0.01), False, "first_token_timeout"),
        (Limits(1, 60, gap_s=0.01), True, "stall"),
        (Limits(1, 0.01), False, "deadline"),
        (Limits(1, 0.01), True, "deadline"),
        (Limits(1, 0.0), False, "deadline"),
    ],
)
async def test_each_limit_has_its_kind(limits: Limits, spoke: bool, kind: str) -> None:
    pace = Pace("m", limits)
    if spoke:
        pace.passed(3)
    failure = (await late(pace)).failure
    assert failure.kind == kind
    assert failure.sent_tokens == (3 if spoke else 0)


@pytest.mark.parametrize("spoke", [False, True])
async def test_a_sign_of_life_gives_the_time_anew(spoke: bool) -> None:
    clock = TurnedClock()
    pace = Pace("m", Limits(1, 100_000, first_token_s=600, gap_s=600))

    if spoke:
        pace.passed(1)
    for _ in range(6):
        await pace.wait(clock.turn(400))
        pace.alive()
    await clock.turn(700)
    assert (await late(pace)).failure.kind == ("stall" if spoke else "first_token_timeout")


async def test_the_result_comes_through() -> None:
    async def step() -> str:
        return "done"

    assert await Pace("m", Limits(1, 60)).wait(step()) == "done"


async def test_a_timeout_of_the_step_itself_is_not_ours() -> None:
    async def step() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await Pace("m", Limits(1, 60)).wait(step())


async def test_being_cancelled_is_not_being_late() -> None:
    task = asyncio.ensure_future(Pace("m", Limits(1, 60)).wait(never()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
