"""Spend, Models and Machine as they are used, as text at four sizes.

`HOMEPORT_GOLDEN=update` writes them afresh; read the diff before you keep it.
"""

from __future__ import annotations

import pytest

from homeport.client import wire
from homeport.tui.app import Options
from support import room_sights, sights
from support.goldens import SIZES, assert_golden
from support.stage import Stage, staged

ROOMS = {"spend": "s", "models": "m", "machine": "h"}

# Name of the golden, the keys pressed on an afternoon with forty looks and reserved money.
POSES = {
    "spend-full": ("s",),
    "spend-by-model": ("s", "tab"),
    "spend-by-task": ("s", "tab", "tab", "tab"),
    "spend-asks-budget": ("s", "b"),
    "models-chosen": ("m", "j", "j"),
    "models-filtering": ("m", "slash", *"loc"),
    "models-filtered": ("m", "slash", *"local", "enter"),
    "models-nothing-matches": ("m", "slash", *"zebra", "enter"),
    "machine-asks-offline": ("h", "o"),
    "model": ("m", "enter"),
    "model-end": ("m", "enter", "G"),
    "models-full": ("m",),
    "machine-full": ("h",),
}


async def assert_sizes(stage: Stage, name: str) -> None:
    """The screen at every size; it ends as large as it began."""
    for width, height in SIZES:
        await stage.resize(width, height)
        assert_golden(f"{name}-{width}x{height}", stage.text)
    await stage.resize(*SIZES[0])


async def an_afternoon(stage: Stage) -> None:
    """Forty looks, and money that is reserved."""
    await stage.tell(*room_sights.looks())
    n = stage.app.state.picture.n + 1
    await stage.tell(wire.BudgetChanged(n, sights.NOW_MS, room_sights.held_spend()))


@pytest.mark.parametrize("pose", POSES)
async def test_what_the_rooms_show_of_an_afternoon(pose: str) -> None:
    async with staged("live", SIZES[0]) as stage:
        await an_afternoon(stage)
        await stage.press(*POSES[pose])
        await stage.pilot.pause()
        await assert_sizes(stage, pose)


@pytest.mark.parametrize("room", ROOMS)
async def test_the_rooms_in_ascii(room: str) -> None:
    async with staged("live", (80, 24), options=Options(ascii_only=True)) as stage:
        await an_afternoon(stage)
        await stage.press(ROOMS[room])
        await stage.pilot.pause()
        assert stage.text.isascii()
        assert_golden(f"{room}-ascii-80x24", stage.text)


@pytest.mark.parametrize("room", ROOMS)
async def test_the_rooms_are_the_same_without_colour(
    room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged("live", SIZES[0]) as stage:
        await an_afternoon(stage)
        await stage.press(ROOMS[room])
        await stage.pilot.pause()
        assert stage.app.no_color
        assert_golden(f"{room}-full-120x32", stage.text)


async def test_why_of_a_checked_answer() -> None:
    async with staged("live", SIZES[0], why=sights.checked_why(), keys="kk") as stage:
        await stage.press("enter")
        for _ in range(2):
            await stage.pilot.pause()
        await assert_sizes(stage, "why-checked")
