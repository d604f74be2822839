"""The Spend screen through a pilot."""

from __future__ import annotations

from homeport.client import wire
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from homeport.client.link import Lost
from homeport.tui.app import Options
from homeport.tui.live import LiveScreen
from support import room_sights, sights
from support.stage import staged

ASKED = f"spend day 30 {sights.SONNET}"


async def test_it_asks_when_it_opens_and_when_it_is_turned() -> None:
    async with staged(keys=["s"]) as stage:
        assert stage.line.asked == [ASKED]
        assert "2026-11-17" in stage.text
        await stage.press("tab")
        assert sights.SONNET in stage.text
        await stage.press("tab", "tab", "tab", "shift+tab", "w")
        asked = [question.rsplit(" ", 1)[0] for question in stage.line.asked]
        assert asked[1:4] == ["spend model 30", "spend client 30", "spend task 30"]
        assert asked[-1] == "spend task 365"
        assert "the last 365 days" in stage.text


async def test_it_says_what_was_saved_and_where_the_month_will_end() -> None:
    async with staged(keys=["s"]) as stage:
        assert "would have cost ~$24.10 at anthropic/claude-sonnet-5" in stage.text
        assert "about $11.20 at its end" in stage.text


async def test_it_asks_again_when_something_was_spent() -> None:
    async with staged(keys=["s"]) as stage:
        spend = room_sights.held_spend()
        await stage.tell(wire.BudgetChanged(41, sights.NOW_MS, spend))
        await stage.pilot.pause()
        assert stage.line.asked == [ASKED] * 2
        assert "$0.21 reserved" in stage.text


async def test_a_daemon_that_cannot_say_is_heard_and_asked_again() -> None:
    async with staged() as stage:
        reports = stage.line.reports
        stage.line.reports = DaemonError("The daemon drains.", status=503)
        await stage.press("s")
        assert "The daemon drains." in stage.text
        stage.line.reports = reports
        await stage.press("r")
        assert "2026-11-17" in stage.text


async def test_a_budget_is_asked_for_once_and_set() -> None:
    async with staged(keys=["s", "b"]) as stage:
        assert "New budget in dollars" in stage.rows[-1]
        assert "month 40" in stage.rows[-1]
        assert stage.line.asked == [ASKED]
        await stage.press(*["backspace"] * 8, *"day 4.5", "enter")
        assert stage.line.asked[-1] == "budget day 4.5"
        assert "Today's budget is $4.50 now." in stage.rows[-1]
        await stage.press("b", *["backspace"] * 8, *"day +1", "enter")
        assert stage.line.asked[-1] == "raise day 1.0"
        assert "Today's budget is $1.00 higher; the next is as before." in stage.rows[-1]
        await stage.press("b", *["backspace"] * 8, *"month none", "enter")
        assert stage.line.asked[-1] == "budget month None"
        assert "This month's budget has no limit now." in stage.rows[-1]


async def test_a_budget_can_be_left_as_it_is() -> None:
    async with staged(keys=["s", "b", "escape"]) as stage:
        assert "esc Back" in stage.rows[-1]
        assert stage.line.asked == [ASKED]
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)


async def test_a_budget_that_cannot_be_read_is_answered_in_words() -> None:
    async with staged(keys=["s", "b", *" much", "enter"]) as stage:
        assert "is no amount of dollars" in stage.rows[-1]
        assert stage.line.asked == [ASKED]


async def test_a_daemon_that_refuses_a_budget_is_heard() -> None:
    async with staged(keys=["s"]) as stage:
        stage.line.answer = BrokenAnswer("The config cannot be written.")
        await stage.press("b", "enter")
        assert "The config cannot be written." in stage.rows[-1]


async def test_readonly_sets_no_budget() -> None:
    async with staged(options=Options(readonly=True), keys=["s", "b"]) as stage:
        assert "this was started with --readonly" in stage.rows[-1]


async def test_a_narrow_terminal_asks_briefly() -> None:
    async with staged(size=(60, 16), keys=["s", "b"]) as stage:
        assert stage.rows[-1].startswith(" Budget:")


async def test_without_a_daemon_nothing_is_asked() -> None:
    async with staged("gone", keys=["s", "b"]) as stage:
        assert stage.line.asked == []
        assert "The daemon is not there to be told." in stage.rows[-1]
        assert "It cannot be asked." in stage.text


async def test_the_next_daemon_is_asked_anew() -> None:
    async with staged(keys=["s"]) as stage:
        await stage.tell(Lost(NoDaemon("Nobody.")))
        assert "2026-11-17" in stage.text
        await stage.tell(sights.snapshot(n=0, started_at_ms=sights.NOW_MS))
        await stage.pilot.pause()
        assert stage.line.asked == [ASKED, ASKED]
