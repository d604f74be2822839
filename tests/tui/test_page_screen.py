"""Moving on a page of text."""

from __future__ import annotations

from support.stage import staged


async def test_every_way_to_move() -> None:
    async with staged(size=(60, 16), keys=["question_mark"]) as stage:
        seen = []
        for key in ("j", "k", "pagedown", "pageup", "G", "g"):
            await stage.press(key)
            seen.append(stage.rows[-2].split(" of ")[0].split()[-1])
        top, page = "12", "23"
        end = stage.rows[-2].split(" of ")[1].split()[0]
        assert seen == ["13", top, page, top, end, top]


async def test_a_page_that_fits_says_no_position() -> None:
    async with staged(size=(160, 60), keys=["question_mark"]) as stage:
        assert " of " not in stage.rows[-2]
