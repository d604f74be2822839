"""The program: when it paints, when it rests, and what the palette offers."""

from __future__ import annotations

import asyncio

import pytest

from homeport.client import wire
from homeport.client.link import Silent
from homeport.tui.app import HomeportApp, Options
from homeport.tui.keys import keys_of
from homeport.tui.picker import PickScreen
from support import sights
from support.scripted_line import ScriptedLine
from support.stage import Stage, staged


async def until_resting(stage: Stage) -> None:
    """Waits until the tick has stopped."""
    async with asyncio.timeout(20):
        while not stage.app.is_resting:
            await stage.pilot.pause(0.05)


async def test_news_are_painted_at_the_next_tick_and_then_it_rests() -> None:
    async with staged("empty") as stage:
        await until_resting(stage)
        stage.app.receive(wire.LinkChanged(41, 0, wire.LinkView("offline")))
        assert not stage.app.is_resting
        assert "Offline: cloud" not in stage.text
        await until_resting(stage)
        assert "Offline: cloud" in stage.text


async def test_while_a_prompt_runs_the_clock_goes_on() -> None:
    async with staged("live") as stage:
        stage.app.now_ms = lambda: sights.NOW_MS + 20_000
        async with asyncio.timeout(20):
            while "29s" not in stage.text:
                await stage.pilot.pause(0.05)
        assert not stage.app.is_resting


async def test_a_change_of_phase_is_painted_at_once() -> None:
    async with staged("starting") as stage:
        stage.app.receive(sights.snapshot())
        await stage.pilot.pause()
        assert "● live" in stage.text


async def test_a_silence_grows_on_the_screen() -> None:
    async with staged("quiet") as stage:
        assert "quiet 34s" in stage.text
        stage.app.receive(Silent(39.0))
        await until_resting(stage)
        assert "quiet 39s" in stage.text


async def test_the_palette_offers_every_key_by_its_name() -> None:
    async with staged(keys=["ctrl+p"]) as stage:
        screen = stage.app.screen
        assert isinstance(screen, PickScreen)
        named = {choice.name for choice in screen.shown}
        assert {key.label for key in keys_of("live") if key.id != "palette"} <= named
        assert {"Theme: light", f"Model: {sights.QWEN}"} <= named
        await stage.press(*"pause", "enter")
        assert "○ paused" in stage.text


async def test_the_palette_changes_the_colours_and_opens_models() -> None:
    async with staged(keys=["ctrl+p", *"theme", "space", *"light", "enter"]) as stage:
        assert stage.app.look.name == "light"
        ground = stage.app.screen.styles.background.hex
        await stage.press("ctrl+p", *"theme", "space", *"dark", "enter")
        assert stage.app.screen.styles.background.hex != ground
        await stage.press("ctrl+p", *"model:", "space", *"qwen", "enter")
        assert f"model {sights.QWEN}" in stage.text


async def test_the_palette_closes_and_is_there_while_somebody_writes() -> None:
    async with staged(keys=["ctrl+p", "escape"]) as stage:
        assert "following" in stage.text
        await stage.press("c", "h", "i", "ctrl+p")
        assert isinstance(stage.app.screen, PickScreen)
        await stage.press(*"private", "enter")
        assert "hi" in stage.text
        assert stage.rows[-1].startswith(" Private: from here on")


async def test_q_leaves() -> None:
    async with staged(keys=["q"]) as stage:
        assert stage.app.return_code == 0


async def test_once_leaves_with_the_first_whole_frame() -> None:
    line = ScriptedLine()
    await line.told.put(sights.snapshot())
    app = HomeportApp(line, Options(once=True), now_ms=lambda: sights.NOW_MS)
    async with asyncio.timeout(30):
        frame = await app.run_async(headless=True, size=(120, 32))
    assert frame
    assert "● live" in frame
    assert "▸14:02:58" in frame
    assert "cpu    12% of 8 cores" in frame


async def test_a_key_can_be_re_mapped_by_its_id() -> None:
    async with staged() as stage:
        stage.app.set_keymap({"pause": "z"})
        await stage.press("z")
        assert "○ paused" in stage.text


@pytest.mark.parametrize("key", ["c", "x", "/", "ctrl+p"])
async def test_no_timer_runs_where_somebody_could_write(key: str) -> None:
    async with staged("live", (80, 24), keys=[key]) as stage:
        await stage.pilot.pause()
        writing = stage.app.focused
        assert writing is not None
        assert not [timer for timer in writing._timers if timer._active.is_set()]
