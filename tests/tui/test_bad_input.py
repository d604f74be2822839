"""Whatever a daemon sends, the screen stays whole and says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from homeport.client import wire
from homeport.client.destinations import UnixDestination
from homeport.client.link import Watch
from homeport.tui.app import HomeportApp
from homeport.tui.line import DaemonLine
from support import room_sights, sights, talk_sights
from support.fake_events import FakeEvents
from support.stage import Stage, staged
from support.strange import Kind, strange
from support.talk_stage import say

WALK = ("enter", "G", "escape", "s", "tab", "escape", "m", "G", "enter", "G", "h", "G", "escape")
SIZES = ((100, 28), (20, 6))


def assert_whole(stage: Stage, width: int, height: int) -> None:
    """Every row fits, and nothing on the screen commands a terminal."""
    assert len(stage.rows) <= height
    for row in stage.rows:
        assert cell_len(row) <= width, row
        assert row.isprintable(), row
    first = stage.rows[0]
    assert first.startswith((" homeport", "Needs"))


@pytest.mark.parametrize("kind", Kind)
async def test_strange_values_on_every_screen(kind: Kind) -> None:
    why = strange(sights.why(), kind, 3)
    async with staged("empty", SIZES[0], why=why) as stage:
        stage.line.reports = {
            by: strange(report, kind) for by, report in room_sights.reports().items()
        }
        stage.line.saved = strange(room_sights.savings(), kind)
        await stage.tell(msgspec.structs.replace(strange(sights.snapshot(), kind), n=100))
        await stage.tell(*room_sights.looks(2, 101))
        look = strange(room_sights.look(0, sights.NOW_MS), kind, 5)
        await stage.tell(wire.MachineChanged(105, sights.NOW_MS, look))
        for size in SIZES:
            await stage.resize(*size)
            for key in WALK:
                await stage.press(key)
                assert_whole(stage, *size)


async def test_strange_answers_in_chat_and_compare() -> None:
    async with staged("live", (80, 24), keys=["c"]) as stage:
        await say(stage, talk_sights.SKY, strange(talk_sights.moved_home(), Kind.TEXT))
        assert_whole(stage, 80, 24)
        await stage.press("escape", "escape", "x")
        await say(stage, talk_sights.SKY, strange(talk_sights.comparison(), Kind.TEXT))
        assert_whole(stage, 80, 24)


async def half_a_line(daemon: FakeEvents) -> None:
    daemon.say_bytes(b'{"type":"decided","n":41,"at_ms":17')
    daemon.hang_up(politely=False)


async def a_megabyte(daemon: FakeEvents) -> None:
    daemon.say_bytes(b'{"type":"novel","n":41,"text":"' + b"x" * 1_100_000 + b'"}\n')


async def no_end_of_line(daemon: FakeEvents) -> None:
    for _ in range(20):
        daemon.say_bytes(b"y" * 1_000_000)


async def no_json(daemon: FakeEvents) -> None:
    daemon.say_bytes(b"<html>502</html>\n\x00\xff\n")


async def wrong_types(daemon: FakeEvents) -> None:
    daemon.say_bytes(b'{"type":"decided","n":"forty","request":7}\n')


async def wrong_order(daemon: FakeEvents) -> None:
    link = wire.LinkView("offline")
    for n in (7, 41, 41, 3, -5, 10**15):
        daemon.say(wire.LinkChanged(n, sights.NOW_MS, link))


async def unknown_events(daemon: FakeEvents) -> None:
    for n in range(41, 60):
        daemon.say_bytes(json.dumps({"type": "weather", "n": n, "rain": [n] * n}).encode() + b"\n")


BAD: tuple[Callable[[FakeEvents], Awaitable[None]], ...] = (
    half_a_line,
    a_megabyte,
    no_end_of_line,
    no_json,
    wrong_types,
    wrong_order,
    unknown_events,
)


async def test_bad_lines_are_survived_one_after_the_other(tmp_path: Path) -> None:
    """After each the picture is whole again by itself, with what happened since."""
    async with FakeEvents(tmp_path / "s.sock", sights.snapshot()) as daemon:
        watch = Watch(lambda: (UnixDestination(str(daemon.path)),))
        app = HomeportApp(DaemonLine(watch), now_ms=lambda: sights.NOW_MS)
        async with app.run_test(size=(80, 24)) as pilot:
            stage = Stage(app, None, pilot)  # type: ignore[arg-type]  # a real line
            for turn, bad in enumerate(BAD):
                await daemon.watched(1)
                await bad(daemon)
                await pilot.pause()
                assert_whole(stage, 80, 24)
                fresh = msgspec.structs.replace(sights.snapshot(), n=100 + turn, mode=bad.__name__)
                daemon.snapshot = fresh
                daemon.hang_up()
                while app.state.picture.mode != bad.__name__ or app.state.phase != "live":
                    await pilot.pause(0.01)
                    app.line.retry()
                await stage.paint()
                assert "● live" in stage.text
                assert "7 of 7" in stage.text
