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


async def test_who_reads_the_end_goes_on_to_at_another_size() -> None:
    async with staged("live", (120, 32), keys=["question_mark", "G"]) as stage:
        end = stage.rows[-3]
        for size in ((120, 20), (80, 24), (120, 32)):
            await stage.resize(*size)
            seen, rows = stage.app.screen.page.reach  # type: ignore[attr-defined]
            assert seen == rows
        assert stage.rows[-3] == end
        await stage.press("k")
        await stage.resize(80, 24)
        seen, rows = stage.app.screen.page.reach  # type: ignore[attr-defined]
        assert seen < rows


async def test_without_a_daemon_the_look_for_it_comes_first() -> None:
    async with staged("no-daemon", (60, 16), keys=["s"]) as stage:
        assert stage.rows[-1].startswith(" r Retry")
