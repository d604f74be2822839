"""What the screens share."""

from __future__ import annotations

from support.stage import staged


async def test_too_small_a_terminal_is_said_on_every_screen() -> None:
    for keys in ((), ("enter",), ("question_mark",)):
        async with staged(size=(47, 30), keys=keys) as stage:
            assert stage.text.strip() == "Needs 48 x 12; this is 47 x 30."
            await stage.resize(48, 12)
            assert "homeport" in stage.rows[0]
            await stage.resize(100, 11)
            assert stage.text.strip() == "Needs 48 x 12; this is 100 x 11."


async def test_a_label_is_no_markup() -> None:
    async with staged() as stage:
        feed = stage.app.screen.query_one("#feed")
        stage.app.screen.label(feed, "[bold]x[/bold]")  # type: ignore[attr-defined]
        assert feed.border_subtitle == r"\[bold]x\[/bold]"


async def test_the_palette_opens_by_its_key_in_every_screen() -> None:
    for keys in (("ctrl+p",), ("question_mark", "ctrl+p")):
        async with staged(keys=keys) as stage:
            assert "╭─ commands" in stage.text
