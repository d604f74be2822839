"""A clock that nobody can set, and what is timed by it while the wall's clock jumps."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from homeport.daemon.bus import now_ms
from homeport.daemon.clocks import steady
from homeport.daemon.routing.router import Router
from support.house import house
from support.scripted import Script, ScriptedAdapter, card, prompt

HOUR_MS = 3_600_000


def test_it_starts_at_the_walls_time_and_goes_on_by_itself() -> None:
    told = iter([HOUR_MS])
    clock_ms = steady(lambda: next(told))
    readings = [clock_ms() for _ in range(100)]
    assert readings == sorted(readings)
    assert HOUR_MS <= readings[0] <= readings[-1] < HOUR_MS + 60_000


async def test_an_answer_lasts_as_long_as_it_does_while_the_clock_is_set(tmp_path: Path) -> None:
    jumps = itertools.cycle([0, -9 * HOUR_MS, 9 * HOUR_MS])
    adapter = ScriptedAdapter({"a/b": Script(fails="reset"), "a/c": Script()},
                              [card("a/b"), card("a/c")])  # fmt: skip
    async with house(tmp_path, [adapter]) as home:
        rooms = replace(home.rooms, clock_ms=lambda: now_ms() + next(jumps))
        router = Router(rooms)
        async with router.answer(prompt(stream=True)) as answer:
            async for _ in answer.deltas():
                pass
        await router.settled()
        view = rooms.bus.requests()[-1]
        (model,) = [one for one in home.rooms.fleet.views() if one.id == view.model]
    assert 0 <= view.total_ms < 60_000
    for attempt in view.attempts:
        assert 0 <= attempt.first_token_ms - attempt.started_ms < 60_000
        assert 0 <= attempt.ended_ms - attempt.started_ms < 60_000
    assert model.state == "ready"
