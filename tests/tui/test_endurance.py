"""Much of everything: sizes, events, daemons that come and go. `HOMEPORT_PROVE` makes it more."""

from __future__ import annotations

import os
import random
from pathlib import Path

from msgspec import structs

from homeport.client import wire
from homeport.client.destinations import UnixDestination
from homeport.client.link import Patience, Watch
from homeport.tui.app import HomeportApp
from homeport.tui.history import MOST_SAMPLES
from homeport.tui.line import DaemonLine
from homeport.tui.reducer import apply
from homeport.tui.state import MOST_ROWS, State
from support import room_sights, sights
from support.fake_events import FakeEvents
from support.goldens import SIZES, assert_golden
from support.stage import Stage, staged

PROVE = int(os.environ.get("HOMEPORT_PROVE") or 0)
RESIZES = 100 if PROVE else 12
EVENTS = 10_000


def decisions(count: int, first_n: int) -> list[wire.Decided | wire.Settled]:
    """So many prompts, each decided and settled."""
    told: list[wire.Decided | wire.Settled] = []
    template = sights.request("00000000", "14:02:07", sights.QWEN, "fits here, good enough")
    for number in range(count // 2):
        row = structs.replace(template, id=f"{number:08x}", at_ms=sights.NOW_MS + number)
        running = structs.replace(row, state="streaming", total_ms=None, attempts=())
        n = first_n + 2 * number
        told.append(wire.Decided(n, row.at_ms, running))
        told.append(wire.Settled(n + 1, row.at_ms, row, sights.spend()))
    return told


def test_ten_thousand_events_leave_what_is_bounded() -> None:
    state = apply(State(), sights.snapshot())
    for event in decisions(EVENTS, 41):
        state = apply(state, event)
    assert not state.needs_snapshot
    assert len(state.rows) == MOST_ROWS
    assert list(state.rows)[-1] == f"{EVENTS // 2 - 1:08x}"
    for look in room_sights.looks(2 * MOST_SAMPLES, 41 + EVENTS):
        state = apply(state, look)  # type: ignore[arg-type]  # all of them are events
    assert len(state.history.samples) == MOST_SAMPLES
    assert len(state.history.links) <= 100


async def test_ten_thousand_events_are_shown_as_they_end() -> None:
    async with staged("live", (80, 24)) as stage:
        for event in decisions(EVENTS, 41):
            stage.app.receive(event)
        await stage.paint()
        assert "following · 2000 of 2000" in stage.text
        await stage.press("g")
        assert "1 of 2000" in stage.text
        await stage.press("slash", *"failed", "enter")
        assert "Nothing matches." in stage.text


async def test_a_terminal_that_is_resized_often_shows_the_same_at_the_end() -> None:
    chance = random.Random(7)  # noqa: S311  # sizes
    async with staged("live", SIZES[0]) as stage:
        for number in range(RESIZES):
            if number % 4 == 0:
                await stage.press(chance.choice(("h", "m", "s", "escape", "escape")))
            await stage.resize(chance.randint(1, 160), chance.randint(1, 50))
        await stage.resize(*SIZES[0])
        await stage.press("escape", "escape", "G")
        assert_golden("live-120x32", stage.text)


async def test_a_daemon_that_is_restarted_under_it(tmp_path: Path) -> None:
    """What was known stays below what the new daemon knows; nothing is there twice."""
    path = tmp_path / "s.sock"
    patience = Patience(start=0.01, knock=0.01, retry=0.01)
    watch = Watch(lambda: (UnixDestination(str(path)),), patience)
    app = HomeportApp(DaemonLine(watch), now_ms=lambda: sights.NOW_MS)
    async with app.run_test(size=(80, 24)) as pilot:
        stage = Stage(app, None, pilot)  # type: ignore[arg-type]  # a real line
        for turn in range(3):
            newest = structs.replace(
                sights.requests()[0], id=f"turn{turn}", at_ms=sights.NOW_MS + turn
            )
            rows = (*sights.requests()[: 6 * (turn == 0)], newest)
            snapshot = sights.snapshot(n=turn, pid=turn, requests=rows)
            async with FakeEvents(path, snapshot):
                while app.state.picture.pid != turn or app.state.phase != "live":
                    await pilot.pause(0.01)
                await stage.paint()
                assert "● live" in stage.text
                assert f"{7 + turn} of {7 + turn}" in stage.text
            while app.state.phase != "stopped":
                await pilot.pause(0.01)
            await stage.paint()
            assert "○ stopped" in stage.text
            assert "its last picture" in stage.text
