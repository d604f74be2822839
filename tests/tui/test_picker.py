"""A list to pick from, through a pilot."""

from __future__ import annotations

from homeport.tui.chat import ChatScreen
from homeport.tui.choices import Choice
from homeport.tui.picker import PickScreen
from support.stage import staged

CHOICES = [Choice(f"m{number}", f"maker/model-{number}") for number in range(40)]


async def test_letters_narrow_and_enter_takes() -> None:
    taken: list[tuple[str, ...]] = []
    async with staged(size=(80, 16)) as stage:
        stage.app.show_pick("who", CHOICES, taken.append)
        await stage.press(*"model-3", "down", "down", "enter")
        assert taken == [("m31",)]
        stage.app.show_pick("who", CHOICES, taken.append)
        await stage.press(*"zebra", "enter")
        assert "Nothing matches." in stage.text
        await stage.press(*["backspace"] * 5, "enter")
        assert taken[1:] == [("m0",)]


async def test_the_cursor_stays_in_sight_and_in_the_list() -> None:
    async with staged(size=(80, 16)) as stage:
        stage.app.show_pick("who", CHOICES, lambda _: None)
        await stage.press("up", "pagedown", "pagedown")
        assert sum("▸ maker/model-" in row for row in stage.rows) == 1
        assert "1 of 40" not in stage.text.replace("21 of 40", "")
        await stage.press(*["pagedown"] * 4)
        assert "40 of 40" in stage.text
        await stage.press("pageup", "escape")
        assert not isinstance(stage.app.screen, PickScreen)


async def test_a_title_is_no_markup() -> None:
    async with staged(size=(80, 16)) as stage:
        stage.app.show_pick("[/ [red]who", CHOICES, lambda _: None)
        await stage.pilot.pause()
        assert "╭─ [/ [red]who ─" in stage.text


async def test_esc_takes_nothing() -> None:
    async with staged(keys=["c", "escape", "t", "down", "escape"]) as stage:
        assert isinstance(stage.app.screen, ChatScreen)
        assert "to whichever suits" in stage.text
