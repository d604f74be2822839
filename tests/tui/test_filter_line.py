"""The line in which a filter is typed."""

from __future__ import annotations

from support.stage import staged


async def test_it_starts_with_the_filter_in_force() -> None:
    async with staged(keys=["slash", *"cloud", "enter", "slash"]) as stage:
        assert stage.rows[-1] == " / cloud"
        await stage.press("backspace", "enter")
        assert "filter: clou " in stage.text


async def test_it_says_what_could_be_typed() -> None:
    async with staged(keys=["slash"]) as stage:
        assert stage.rows[-1].startswith(" / cloud  failed  private  >1c")
        assert "7 of 7" in stage.text


async def test_letters_are_text_and_not_keys_while_it_is_open() -> None:
    async with staged(keys=["slash", *"qoe"]) as stage:
        assert stage.rows[-1] == " / qoe"
        assert stage.app.return_code is None
        assert stage.line.asked == []


async def test_news_do_not_disturb_what_is_typed() -> None:
    async with staged(keys=["slash", *"cl"]) as stage:
        await stage.paint()
        assert stage.rows[-1] == " / cl"
        await stage.press("escape")
        assert "space Pause" in stage.rows[-1]
