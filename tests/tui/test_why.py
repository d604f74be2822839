"""The Why screen through a pilot."""

from __future__ import annotations

from msgspec import structs

from homeport.client import wire
from homeport.client.errors import DaemonError
from homeport.tui.live import LiveScreen
from homeport.tui.reducer import CUT_OFF
from support import sights
from support.stage import staged

WHY_KEYS = ("k", "k", "enter")


async def test_it_shows_what_the_daemon_says_and_scrolls() -> None:
    async with staged(size=(100, 24), keys=WHY_KEYS) as stage:
        assert "why 7f3a2c91" in stage.text
        assert "cloud→local ollama/qwen3:14b answered in 2.8s" in stage.text
        assert "WHAT IF" not in stage.text
        await stage.press("G")
        assert "WHAT IF" in stage.text
        await stage.press("g", "j", "j", "k")
        assert "answered in 2.8s" not in stage.text
        assert "21 of" in stage.text
        await stage.press("pagedown", "pageup")
        assert "21 of" in stage.text


async def test_esc_goes_back_to_the_row_it_came_from() -> None:
    async with staged(keys=(*WHY_KEYS, "escape")) as stage:
        assert isinstance(stage.app.screen, LiveScreen)
        assert any("▸14:02:40" in row for row in stage.rows)


async def test_a_daemon_that_knows_no_reason_is_heard_and_asked_again() -> None:
    trouble = DaemonError("There is no decision 7f3a2c91.", status=404)
    async with staged(why=trouble, keys=WHY_KEYS) as stage:
        assert "There is no decision 7f3a2c91." in stage.text
        assert "r asks again" in stage.text
        stage.line.answer = sights.why()
        await stage.press("r")
        assert "THE CANDIDATES" in stage.text


async def test_a_prompt_on_its_way_is_told_as_far_as_it_is_known() -> None:
    trouble = DaemonError("There is no decision 7f3a2c91.", status=404)
    running = structs.replace(sights.requests()[4], state="streaming", total_ms=None)
    async with staged("empty", why=trouble) as stage:
        await stage.tell(wire.Decided(41, sights.NOW_MS, running))
        await stage.press("enter")
        assert "There is no decision" not in stage.text
        assert "when it has ended, all about it is here" in stage.text
        assert running.because in stage.text


async def test_what_a_dead_daemon_left_behind_is_told_as_far_as_it_is_known() -> None:
    trouble = DaemonError("There is no decision 7f3a2c91.", status=404)
    left = structs.replace(sights.requests()[4], state="failed", error=CUT_OFF)
    async with staged("empty", why=trouble) as stage:
        await stage.tell(wire.Settled(41, sights.NOW_MS, left, sights.spend()))
        await stage.press("enter")
        assert "There is no decision" not in stage.text
        assert "It was never written down" in stage.text


async def test_trouble_at_a_second_look_keeps_the_page() -> None:
    async with staged(keys=WHY_KEYS) as stage:
        stage.line.answer = DaemonError("The daemon drains.", status=503)
        await stage.press("r")
        assert "THE CANDIDATES" in stage.text
        assert "The daemon drains." in stage.text


async def test_a_prompt_that_moves_on_is_asked_about_again() -> None:
    async with staged(keys=["enter"]) as stage:
        assert stage.line.asked == ["why 6f94ab02"]
        ended = structs.replace(sights.requests()[-1], state="done", total_ms=9_100)
        await stage.tell(wire.Attempted(41, sights.NOW_MS, ended))
        await stage.paint()
        assert stage.line.asked == ["why 6f94ab02"] * 2


async def test_the_id_is_copied() -> None:
    async with staged(keys=(*WHY_KEYS, "y")) as stage:
        assert stage.app.clipboard == "7f3a2c91"
        assert "Copied 7f3a2c91" in stage.text


async def test_the_header_goes_on_living() -> None:
    async with staged(keys=WHY_KEYS) as stage:
        await stage.tell(wire.LinkChanged(41, sights.NOW_MS, wire.LinkView("offline")))
        assert "offline" in stage.rows[0]


async def test_what_if_is_one_key_away() -> None:
    async with staged(size=(80, 24), keys=WHY_KEYS) as stage:
        assert "WHAT IF" not in stage.text
        await stage.press("p")
        assert "WHAT IF" in stage.text


async def test_the_answer_is_judged() -> None:
    async with staged(keys=(*WHY_KEYS, "d")) as stage:
        assert stage.line.asked[-1] == "feedback 7f3a2c91 down"
        assert "There is no decision" not in stage.text
        assert "Noted as bad" in stage.rows[-1]
