"""The Machine screen through a pilot."""

from __future__ import annotations

from homeport.client.link import Silent
from homeport.tui.machine import MachineScreen
from support import room_sights, sights
from support.stage import staged


async def test_it_follows_the_looks() -> None:
    async with staged(keys=["h"]) as stage:
        assert isinstance(stage.app.screen, MachineScreen)
        assert "the first look" in stage.text
        await stage.tell(*room_sights.looks(40))
        assert "a look every 15s" in stage.text
        assert "▁▂▃" in stage.text or "▂▄▆" in stage.text


async def test_nothing_moves_between_two_looks() -> None:
    async with staged("empty", keys=["h"]) as stage:
        await stage.tell(*room_sights.looks(3))
        before = stage.text
        stage.app._paint_dirty()
        stage.app._paint_dirty()
        assert stage.app.is_resting
        assert stage.text == before


async def test_a_line_that_is_quiet_dims_the_picture() -> None:
    async with staged(keys=["h"]) as stage:
        await stage.tell(Silent(34.0), now_ms=sights.NOW_MS + 34_000)
        assert "Nothing heard from the daemon for 34s" in stage.text
        assert "AMD Ryzen" in stage.text


async def test_r_says_that_it_follows_by_itself() -> None:
    async with staged(keys=["h", "r"]) as stage:
        assert "This page follows the daemon by itself." in stage.rows[-1]
        await stage.press("j")
        assert "esc Back" in stage.rows[-1]
