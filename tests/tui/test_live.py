"""The Live screen through a pilot: what each key does."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.client import wire
from homeport.client.errors import BrokenAnswer
from homeport.client.link import Lost
from homeport.tui.app import Options
from homeport.tui.why import WhyScreen
from support import sights
from support.stage import Stage, staged


def cursor_row(stage: Stage) -> str:
    """The row that the cursor is on."""
    return next((row for row in stage.rows if "▸" in row), "")


def decided(n: int, id_: str = "new") -> wire.Decided:
    view = wire.RequestView(id_, sights.NOW_MS, "done", place="local", because="came later")
    return wire.Decided(n, sights.NOW_MS, view)


async def test_the_newest_row_is_followed() -> None:
    async with staged() as stage:
        assert "14:02:58" in cursor_row(stage)
        await stage.tell(decided(41))
        assert "came later" in cursor_row(stage)


async def test_the_cursor_goes_up_and_down_and_stays_on_its_decision() -> None:
    async with staged(keys=["k", "k"]) as stage:
        assert "14:02:40" in cursor_row(stage)
        await stage.tell(decided(41))
        assert "14:02:40" in cursor_row(stage)
        await stage.press("g")
        assert "14:02:07" in cursor_row(stage)
        await stage.press("down")
        assert "14:02:11" in cursor_row(stage)
        await stage.press("G")
        assert "came later" in cursor_row(stage)
        await stage.press("pageup")
        assert "14:02:07" in cursor_row(stage)
        await stage.press("pagedown")
        assert "following" in stage.text


async def test_a_pause_holds_the_feed_and_counts_what_is_new() -> None:
    async with staged(keys=["space"]) as stage:
        await stage.tell(decided(41), decided(42, "newer"))
        assert "came later" not in stage.text
        assert "○ paused" in stage.text
        assert "paused, 2 new · 7 of 7" in stage.text
        await stage.press("space")
        assert "following · 9 of 9" in stage.text


async def test_the_cursor_is_kept_in_sight_in_a_long_feed() -> None:
    rows = tuple(
        wire.RequestView(f"r{n}", sights.NOW_MS + n, "done", because=f"number {n}.")
        for n in range(150)
    )
    async with staged("starting", (80, 20)) as stage:
        await stage.tell(sights.snapshot(requests=rows))
        assert "number 149." in cursor_row(stage)
        await stage.press("g")
        assert "number 0." in cursor_row(stage)
        await stage.press(*["j"] * 30)
        assert "number 30." in cursor_row(stage)
        assert "31 of 150" in stage.text
        await stage.press("G")
        assert "number 149." in cursor_row(stage)


async def test_a_filter_narrows_at_each_letter_and_enter_keeps_it() -> None:
    async with staged(keys=["slash", *"clou"]) as stage:
        assert "1 of 1" in stage.text
        assert " / clou" in stage.text
        await stage.press("d")
        assert "2 of 2" in stage.text
        await stage.press("enter")
        assert "filter: cloud" in stage.text
        assert "enter Why?" in stage.text
        await stage.press("slash", "escape")
        assert "7 of 7" in stage.text


async def test_a_filter_with_brackets_is_no_markup() -> None:
    async with staged(keys=["slash", *"[red] [/", "enter"]) as stage:
        assert "filter: [red] [/" in stage.text
        assert "Nothing matches" in stage.text


async def test_errors_only() -> None:
    async with staged(keys=["e"]) as stage:
        assert "errors only · following · 2 of 2" in stage.text
        await stage.press("e")
        assert "following · 7 of 7" in stage.text


async def test_esc_retreats_step_by_step_and_then_says_so() -> None:
    async with staged(keys=["k", "space", "e", "slash", *"cloud", "enter", "o"]) as stage:
        assert "Go offline?" in stage.text
        await stage.press("escape")
        assert "filter: cloud" in stage.text
        await stage.press("escape", "escape", "escape")
        assert "following · 7 of 7" in stage.text
        await stage.press("escape")
        assert "This is the first screen; q leaves." in stage.text


async def test_going_offline_asks_once_and_says_what_changes() -> None:
    async with staged(keys=["o"]) as stage:
        assert "Go offline? Cloud models rest; local models go on." in stage.text
        assert stage.line.asked == []
        await stage.press("o")
        assert stage.line.asked == ["offline True"]
        chosen = wire.LinkView("offline", by_choice=True, since_ms=sights.NOW_MS)
        await stage.tell(wire.LinkChanged(41, sights.NOW_MS, chosen))
        assert "Offline by choice since 14:03" in stage.text
        await stage.press("o")
        assert "Go online?" in stage.text
        await stage.press("o")
        assert stage.line.asked == ["offline True", "offline False"]


async def test_any_other_key_is_no_consent() -> None:
    async with staged(keys=["o", "k", "o"]) as stage:
        assert stage.line.asked == []
        assert "Go offline?" in stage.text


async def test_a_daemon_that_does_not_obey_is_heard() -> None:
    async with staged(keys=["o"]) as stage:
        stage.line.answer = BrokenAnswer("The daemon broke off.")
        await stage.press("o")
        assert "The daemon broke off." in stage.text


async def test_readonly_changes_nothing_and_says_why() -> None:
    async with staged(options=Options(readonly=True), keys=["o", "o"]) as stage:
        assert "this was started with --readonly" in stage.text
        assert stage.line.asked == []


async def test_a_dimmed_key_says_why() -> None:
    async with staged("empty", keys=["enter"]) as stage:
        assert "There are no decisions yet." in stage.text
        await stage.press("r")
        assert "There is nothing to retry" in stage.text


async def test_the_id_is_copied() -> None:
    async with staged(keys=["k", "k", "y"]) as stage:
        assert stage.app.clipboard == "7f3a2c91"
        assert "Copied 7f3a2c91" in stage.text


async def test_thumbs_judge_the_chosen_answer_and_say_what_was_learned() -> None:
    async with staged(keys=["k", "k", "u"]) as stage:
        assert stage.line.asked == ["feedback 7f3a2c91 up"]
        assert "Noted as good: qwen3:14b at code, 0.61 before, 0.64 now." in stage.rows[-1]
        await stage.press("d")
        assert stage.line.asked[-1] == "feedback 7f3a2c91 down"


async def test_what_is_not_answered_cannot_be_judged() -> None:
    async with staged(keys=["u"]) as stage:
        assert "It is not answered yet." in stage.rows[-1]
        await stage.press("k", "d")
        assert "There is no whole answer to judge." in stage.rows[-1]
        assert stage.line.asked == []


async def test_a_verdict_that_is_refused_is_heard() -> None:
    async with staged(keys=["k", "k"]) as stage:
        stage.line.answer = BrokenAnswer("The daemon broke off.")
        await stage.press("u")
        assert "The daemon broke off." in stage.rows[-1]


async def test_readonly_judges_nothing() -> None:
    async with staged(options=Options(readonly=True), keys=["k", "k", "u"]) as stage:
        assert "this was started with --readonly" in stage.text
        assert stage.line.asked == []


async def test_what_if_opens_why_where_it_is_told() -> None:
    async with staged(size=(80, 24), keys=["k", "k", "p"]) as stage:
        assert isinstance(stage.app.screen, WhyScreen)
        assert "WHAT IF" in stage.text


async def test_retry_looks_for_the_daemon() -> None:
    async with staged("no-daemon", keys=["r"]) as stage:
        assert stage.line.asked == ["retry"]
        assert "Looking for the daemon" in stage.rows[-1]
        await stage.tell(sights.scenes()["no-daemon"][0][0])
        assert stage.rows[-1] == " It is not there yet."
        await stage.press("r")
        await stage.tell(sights.snapshot())
        assert "space Pause" in stage.rows[-1]


async def test_enter_opens_why_for_the_chosen_decision() -> None:
    async with staged(keys=["k", "k", "enter"]) as stage:
        assert isinstance(stage.app.screen, WhyScreen)
        assert stage.line.asked == ["why 7f3a2c91"]


async def test_a_click_chooses_a_row_and_the_wheel_moves_the_cursor() -> None:
    async with staged() as stage:
        await stage.pilot.click("#feed", offset=(10, 3))
        await stage.paint()
        assert "14:02:19" in cursor_row(stage)
        await stage.pilot.click("#feed", offset=(10, 20))
        assert "14:02:19" in cursor_row(stage)
        live = stage.app.screen
        live.on_mouse_scroll_down(None)  # type: ignore[attr-defined]
        await stage.paint()
        assert "14:02:44" in cursor_row(stage)
        live.on_mouse_scroll_up(None)  # type: ignore[attr-defined]
        await stage.paint()
        assert "14:02:19" in cursor_row(stage)


async def test_letters_without_a_meaning_do_nothing() -> None:
    async with staged(keys=["z", "f"]) as stage:
        assert "following · 7 of 7" in stage.text
        assert stage.line.asked == []


async def test_a_lost_daemon_keeps_its_picture_and_a_found_one_replaces_it() -> None:
    async with staged("gone") as stage:
        assert "The daemon is gone" in stage.text
        assert "14:02:19" in stage.text
        await stage.tell(sights.snapshot(n=3))
        assert "● live" in stage.text
        assert "The daemon is gone" not in stage.text


@pytest.mark.parametrize("opened", [[], ["c", "escape"]])
async def test_what_a_key_lacked_is_said_until_it_is_there(opened: list[str]) -> None:
    async with staged("gone", keys=[*opened, "o"]) as stage:
        assert "The daemon is not there to be told." in stage.text
        await stage.tell(sights.snapshot(n=3))
        assert "● live" in stage.text
        assert "The daemon is not there" not in stage.text


async def test_what_a_key_lacked_is_said_no_more_where_there_is_a_decision() -> None:
    async with staged("empty", keys=["enter"]) as stage:
        assert "There are no decisions yet." in stage.text
        await stage.tell(decided(41))
        assert "There are no decisions yet." not in stage.text


async def test_each_change_while_the_line_is_lost_is_one_sentence(tmp_path: Path) -> None:
    async with staged("gone") as stage:
        before = stage.text
        await stage.tell(Lost(BrokenAnswer("Another reason.")))
        assert stage.text == before


async def test_why_of_nothing_says_what_shows_all_again() -> None:
    async with staged(keys=["slash", *"zebra", "enter", "enter"]) as stage:
        assert stage.rows[-1] == " Nothing matches; esc shows all again."
