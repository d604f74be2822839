"""Keys that come faster than they can be read do what they do one by one.

`HOMEPORT_PROVE=N` presses N bursts that chance makes, instead of two.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homeport.tui.keys import KEYS
from support.stage import staged

_TYPED = ("a", "b", "z", "4", ">", "space", "backspace")
_LEAVE = ("q", "ctrl+c", "ctrl+q")
PRESSED = sorted({key for entry in KEYS for key in entry.keys.split(",")} - {*_LEAVE} | {*_TYPED})


async def end_of(keys: Sequence[str], *, at_once: bool) -> tuple[object, ...]:
    """Where keys lead, from Live: the screens, what is shown, what was asked."""
    async with staged("live", (80, 24)) as stage:
        for part in [keys] if at_once else [[key] for key in keys]:
            await stage.burst(*part)
        await stage.paint()
        screens = [type(screen) for screen in stage.app.screen_stack]
        asked = [request.messages for request in stage.line.requests]
        return screens, stage.rows, stage.line.asked, asked


@given(st.lists(st.sampled_from(PRESSED), min_size=2, max_size=14))
@example(["slash", "q", "enter", "m", "slash", "z", "enter", "escape", "s"])
@example(["ctrl+p", "f", "i", "l", "t", "enter", "c", "l", "enter", "j"])
@example(["enter", "G", "escape", "c", "a", "enter", "b", "escape", "escape", "t", "z", "enter"])
@example(["x", "escape", "t", "space", "down", "space", "enter", "a", "escape", "k"])
@example(["b", "4", "enter", "w", "escape", "slash", "a", "escape", "j", "o", "escape"])
@settings(max_examples=int(os.environ.get("HOMEPORT_PROVE") or 2))
async def test_keys_in_one_write_do_what_they_do_one_by_one(keys: list[str]) -> None:
    assert await end_of(keys, at_once=True) == await end_of(keys, at_once=False)


@pytest.mark.parametrize("opens", ["c", "x"])
async def test_what_is_typed_while_a_screen_opens_is_written_there(opens: str) -> None:
    async with staged("live", (80, 24)) as stage:
        await stage.burst(opens, *"why", "space", *"is", "space", "q", "space", *"quiet")
        assert stage.app.screen.editor.text == "why is q quiet"  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", [(), ("m",)])
async def test_a_filter_takes_what_is_typed_at_once_behind_its_key(room: Sequence[str]) -> None:
    async with staged("live", (80, 24)) as stage:
        await stage.burst(*room, "slash", *"qwen", "enter")
        assert "filter: qwen" in stage.text
        await stage.burst("slash", "enter", "slash", *"3", "escape")
        assert "filter" not in stage.text


async def test_keys_behind_the_one_that_leaves_are_nobodys() -> None:
    async with staged("live", (80, 24)) as stage:
        await stage.burst("m", "q", "j", "c", "a")
        assert stage.app.return_code == 0
        assert not stage.line.requests


async def test_many_keys_leave_the_screen_whole() -> None:
    async with staged("live", (80, 24)) as stage:
        await stage.burst(*("jkjkeehhssmmgGjkjj" * 2), *["escape"] * 6)
        assert "following · 7 of 7" in stage.text
