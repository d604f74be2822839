"""The Chat screen through a pilot."""

from __future__ import annotations

import asyncio

from msgspec import structs

from homeport.client import wire
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from homeport.client.wire import AskText, Turn
from homeport.tui.app import Options
from homeport.tui.chat import ChatScreen
from homeport.tui.editor import MOST_LETTERS
from homeport.tui.live import LiveScreen
from homeport.tui.why import WhyScreen
from support import sights, talk_sights
from support.stage import Stage, staged
from support.talk_stage import hear, say, settled


def editor_text(stage: Stage) -> str:
    screen = stage.app.screen
    assert isinstance(screen, ChatScreen)
    return screen.editor.text


async def test_an_answer_streams_and_its_way_stands_beside_it() -> None:
    async with staged(keys=["c"]) as stage:
        assert "Ask anything." in stage.text
        await say(stage, "hi", talk_sights.answer()[:5])
        assert "> hi" in stage.text
        assert "Sunlight is a mixture" in stage.text
        assert "answering" in stage.text
        assert "esc Stop" in stage.rows[-1]
        await hear(stage, talk_sights.answer()[5:])
        assert "│ local qwen3:14b" in stage.text
        assert "fits here, good enough" in stage.text
        assert "412ms, first word 103ms" in stage.text
        assert "$0 " in stage.text
        assert stage.line.requests[0].prompt == "hi"


async def test_the_conversation_goes_with_each_prompt() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "one", talk_sights.answer("first"))
        await say(stage, "two", talk_sights.answer("second"))
        assert stage.line.requests[1].messages == (Turn("user", "one"), Turn("assistant", "first"))


async def test_where_it_went_on_and_what_was_checked_is_told() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", talk_sights.moved_home())
        assert "cloud→local qwen3:14b" in stage.text
        assert "lost after 212 tokens; went on" in stage.text
        assert "arithmetic passed" in stage.text
        assert "schema failed: no brace ends it" in stage.text
        assert "~$0.0011" in stage.text


async def test_esc_stops_then_gives_the_keys_to_the_answers_then_leaves() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", talk_sights.answer()[:4])
        await stage.press("escape")
        assert "Stopped." in stage.text
        assert "answer 1 of 1" in stage.text
        await stage.press("escape")
        assert " i Write" in stage.rows[-1]
        await stage.press("escape")
        assert isinstance(stage.app.screen, LiveScreen)
        await stage.press("c")
        assert "> hi" in stage.text


async def test_offline_and_the_budget_are_a_key_away() -> None:
    async with staged(keys=["c", "escape", "o"]) as stage:
        assert "Go offline" in stage.rows[-1]
        await stage.press("o")
        assert stage.line.asked == ["offline True"]
        await stage.press("b")
        assert "New budget" in stage.rows[-1]


async def test_an_answer_goes_on_while_another_screen_is_open() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", talk_sights.answer()[:4])
        await stage.press("ctrl+p", "escape")
        stage.app.pop_screen()
        await hear(stage, talk_sights.answer()[4:])
        await stage.press("c")
        assert "red is left." in stage.text


async def test_keys_are_taken_in_their_order_however_fast_they_come() -> None:
    async with staged(keys=["c"]) as stage:
        for event in talk_sights.answer("first"):
            stage.line.heard.put_nowait(event)
        await stage.press(*"one", "ctrl+j", *"more", "enter", *"two", "escape", "u", "i", *"!")
        assert stage.line.requests[0].prompt == "one\nmore"
        assert editor_text(stage).startswith("two")


async def test_trouble_is_told_in_words_and_nothing_is_lost() -> None:
    vetoes = (wire.VetoView("mistral/mistral-large", "key", "there is no key for mistral"),)
    trouble = DaemonError("Nothing may answer this.", vetoes=vetoes, decision="8c41d07e")
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", [trouble])
        assert "Nothing may answer this." in stage.text
        assert "mistral/mistral-large: there is no key" in stage.text
        await say(stage, "again", [NoDaemon("No daemon is running.")])
        assert "Start it with: homeport start" in stage.text
        await say(stage, "third", [*talk_sights.answer()[:3], BrokenAnswer("It broke off.")])
        assert "It broke off." in stage.text
        assert "Sunlight is" in stage.text


async def test_the_last_prompt_is_asked_again_of_somebody_else() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", talk_sights.answer("first"))
        await stage.press("escape", "a", *"sonnet", "enter")
        await hear(stage, talk_sights.answer("second"))
        assert "> again: anthropic/claude-sonnet-5" in stage.text
        assert "Another answer took its place." in stage.text
        assert stage.line.requests[1].model == sights.SONNET


async def test_elsewhere_is_the_best_that_has_not_answered() -> None:
    async with staged(keys=["c"]) as stage:
        told = talk_sights.result("first", model_used=sights.SONNET)
        await say(stage, "hi", [*talk_sights.answer("first")[:-1], wire.AskDone(told)])
        await stage.press("escape", "a", "enter")
        await hear(stage, talk_sights.answer("second"))
        assert stage.line.requests[1].model == sights.QWEN
        await stage.press("a", "enter")
        await settled(stage)
        assert "No other model may answer this" in stage.text


async def test_who_answers_from_here_on() -> None:
    async with staged(keys=["c", "escape", "t", *"at home", "enter"]) as stage:
        assert "to models at home" in stage.text
        await say(stage, "hi", talk_sights.answer())
        assert stage.line.requests[0].model == "local"


async def test_private_holds_until_something_was_said_and_then_for_good() -> None:
    async with staged(keys=["c", "escape", "v", "v", "v", "i"]) as stage:
        await say(stage, "hi", talk_sights.answer())
        assert stage.line.requests[0].private
        assert "private: nothing left this" in stage.text
        await stage.press("escape", "v")
        assert "stays so" in stage.rows[-1]
        await stage.press("t")
        assert "in the cloud" not in stage.text
        assert "claude" not in stage.text


async def test_a_new_conversation_is_asked_about_once() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", talk_sights.answer())
        await stage.press("escape", "n")
        assert "Forget this conversation?" in stage.rows[-1]
        await stage.press("j", "n")
        assert "Forget this conversation?" in stage.rows[-1]
        await stage.press("n")
        assert "no prompts yet" in stage.text


async def test_thumbs_are_told_to_the_daemon_and_shown() -> None:
    async with staged(keys=["c", "escape", "u"]) as stage:
        assert "no whole answer to judge" in stage.rows[-1]
        await stage.press("i")
        await say(stage, "hi", talk_sights.answer())
        await stage.press("escape", "u")
        await settled(stage)
        assert stage.line.verdicts == [wire.FeedbackRequest("8c41d07e", "up")]
        assert "you said: good" in stage.text
        stage.line.answer = BrokenAnswer("The daemon broke off.")
        await stage.press("d")
        await settled(stage)
        assert "The daemon broke off." in stage.rows[-1]


async def test_answers_are_chosen_copied_and_explained() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "one", talk_sights.answer("first", "aa11"))
        await say(stage, "two", talk_sights.answer("second", "bb22"))
        await stage.press("escape", "[", "y")
        assert stage.app.clipboard == "first"
        await stage.press("]", "y")
        assert stage.app.clipboard == "second"
        await stage.press("[", "enter")
        assert isinstance(stage.app.screen, WhyScreen)
        assert stage.line.asked == ["why aa11"]


async def test_readonly_asks_nothing() -> None:
    async with staged(keys=["c"], options=Options(readonly=True)) as stage:
        await stage.press(*"hi", "enter")
        assert "started with --readonly" in stage.rows[-1]
        assert editor_text(stage) == "hi"
        assert stage.line.requests == []


async def test_a_megabyte_is_refused_in_one_sentence_and_a_page_is_not() -> None:
    async with staged(keys=["c"]) as stage:
        screen = stage.app.screen
        assert isinstance(screen, ChatScreen)
        await paste(stage, "a" * 1_000_000)
        assert "1 MB are too much to paste: 200 kB fit." in stage.rows[-1]
        assert editor_text(stage) == ""
        await paste(stage, "one\r\ntwo\x1b[31m\x00")
        assert editor_text(stage) == "one\ntwo[31m"
        await paste(stage, "a" * (MOST_LETTERS - 5))
        assert len(editor_text(stage)) < MOST_LETTERS


async def paste(stage: Stage, text: str) -> None:
    """As the terminal hands it over."""
    from textual.events import Paste

    screen = stage.app.screen
    assert isinstance(screen, ChatScreen)
    screen.editor.post_message(Paste(text))
    await stage.pilot.pause()
    await stage.paint()


async def test_what_was_sent_comes_back_with_the_upper_arrow() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "one", talk_sights.answer())
        await say(stage, "two", talk_sights.answer())
        await stage.press(*"dra", "up")
        assert editor_text(stage) == "two"
        await stage.press("up", "up")
        assert editor_text(stage) == "one"
        await stage.press("down", "down")
        assert editor_text(stage) == "dra"


async def test_hostile_text_leaves_the_screen_whole() -> None:
    hostile = "\x1b[2J\u202edet\u0000 界界界" + "e\u0301" * 300 + "👩\u200d👩\u200d👧 \t end"
    async with staged(keys=["c"], size=(80, 24)) as stage:
        await say(stage, "hi", talk_sights.answer(hostile))
        assert "\x1b" not in stage.text
        assert "\u202e" not in stage.text
        assert all(row.endswith("│") for row in stage.rows if row.startswith("│"))
        assert "end" in stage.text


async def test_a_megabyte_of_answer_is_shown_and_can_be_scrolled() -> None:
    lots = [AskText("many words flow " * 1_000) for _ in range(62)]
    events = [*talk_sights.answer()[:1], *lots, wire.AskDone(talk_sights.result())]
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", events)
        assert "many words flow" in stage.text
        await stage.press("escape", "g")
        assert "> hi" in stage.text
        assert "rows below" in stage.text
        await stage.press("G")
        assert "rows below" not in stage.text


async def test_a_cancelled_prompt_learns_its_cost_from_the_feed() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", talk_sights.answer(id_="99aa")[:4])
        await stage.press("escape")
        ended = structs.replace(
            talk_sights.running("99aa"), state="cancelled", total_ms=900, cost_nano=1_200_000
        )
        await stage.tell(wire.Settled(41, sights.NOW_MS, ended, sights.spend()))
        assert "$0.0012" in stage.text


async def test_a_click_chooses_and_the_wheel_scrolls() -> None:
    async with staged(keys=["c"], size=(120, 20)) as stage:
        await say(stage, "one", talk_sights.answer("first", "aa11"))
        await say(stage, "two", talk_sights.answer())
        screen = stage.app.screen
        screen.on_mouse_scroll_up(None)  # type: ignore[attr-defined]
        screen.on_mouse_scroll_up(None)  # type: ignore[attr-defined]
        await stage.paint()
        await stage.pilot.click("#page", offset=(10, 2))
        await stage.press("y")
        assert stage.app.clipboard == "first"
        screen.on_mouse_scroll_down(None)  # type: ignore[attr-defined]
        await stage.paint()
        assert "Copied" not in stage.rows[-1]


async def test_words_are_painted_in_batches() -> None:
    async with staged(keys=["c"]) as stage:
        screen = stage.app.screen
        assert isinstance(screen, ChatScreen)
        painted = 0
        paint = screen.errand.changed

        def count() -> None:
            nonlocal painted
            painted += 1
            paint()

        screen.errand.changed = count
        words = [AskText(f"{n} ") for n in range(2_000)]
        async with asyncio.timeout(30):
            await say(stage, "hi", [*talk_sights.answer()[:1], *words, talk_sights.answer()[-1]])
        assert 0 < painted < 200
