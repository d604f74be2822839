"""What the rooms share: one key from everywhere, the banner, the way back."""

from __future__ import annotations

import pytest

from homeport.tui.live import LiveScreen
from support import sights
from support.stage import staged

ROOMS = {"s": "spend", "m": "models", "h": "machine"}


@pytest.mark.parametrize("start", ["s", "m", "h"])
async def test_each_room_opens_from_each_other_and_esc_is_live(start: str) -> None:
    async with staged(keys=[start]) as stage:
        for key, name in ROOMS.items():
            await stage.press(key)
            assert f"╭─ {name} ─" in stage.text
            assert len(stage.app.screen_stack) == 2
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)


async def test_rooms_open_from_why_and_from_a_model() -> None:
    async with staged(keys=["k", "k", "enter", "m", "enter", "s"]) as stage:
        assert "╭─ spend ─" in stage.text
        assert len(stage.app.screen_stack) == 2


async def test_a_room_that_is_open_says_so() -> None:
    async with staged(keys=["h", "h"]) as stage:
        assert stage.rows[-1] == " This is Machine already; esc goes back."


async def test_what_is_unusual_stands_above_the_page() -> None:
    async with staged("offline-since", keys=["m"]) as stage:
        assert "Offline since 13:40" in stage.rows[1]


async def test_without_a_daemon_a_room_says_what_helps() -> None:
    async with staged("no-daemon", keys=["h"]) as stage:
        assert "homeport start" in stage.text
        await stage.press("r")
        assert stage.line.asked == ["retry"]
        assert stage.rows[-1] == " Looking for the daemon…"
        await stage.tell(sights.snapshot())
        assert "AMD Ryzen" in stage.text


async def test_the_palette_opens_rooms() -> None:
    async with staged(keys=["ctrl+p", *"spend", "enter"]) as stage:
        assert "╭─ spend" in stage.rows[1]
