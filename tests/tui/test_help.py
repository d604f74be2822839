"""The Help screen through a pilot."""

from __future__ import annotations

from homeport.tui.live import LiveScreen
from support.stage import staged


async def test_help_shows_the_keys_and_goes_back() -> None:
    async with staged(keys=["question_mark"]) as stage:
        assert "Holds the feed as it is" in stage.text
        await stage.press("question_mark")
        assert "This is the help; esc goes back." in stage.text
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)


async def test_help_opens_from_every_screen() -> None:
    async with staged(keys=["enter", "question_mark"]) as stage:
        assert "KEYS" in stage.text
        await stage.press("escape")
        assert "why 6f94ab02" in stage.text


async def test_the_wheel_scrolls() -> None:
    async with staged(size=(60, 14), keys=["question_mark"]) as stage:
        top = stage.rows[2]
        stage.app.screen.on_mouse_scroll_down(None)  # type: ignore[attr-defined]
        await stage.paint()
        assert stage.rows[2] != top
        stage.app.screen.on_mouse_scroll_up(None)  # type: ignore[attr-defined]
        await stage.paint()
        assert stage.rows[2] == top
