"""The Compare screen through a pilot."""

from __future__ import annotations

from msgspec import structs

from homeport.client import wire
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from homeport.tui.app import Options
from homeport.tui.why import WhyScreen
from support import sights, talk_sights
from support.stage import Stage, staged
from support.talk_stage import hear, say, settled

PICKED = ("x", "escape", "t", "down", "space", "down", "space", "down", "space", "enter")


async def fought(stage: Stage) -> None:
    """Three models have answered, and the answers have the keys."""
    await say(stage, "hi", talk_sights.comparison())
    await stage.press("escape")


async def test_two_to_four_models_are_picked() -> None:
    async with staged(keys=PICKED) as stage:
        assert "to llama3.3:8b, qwen3:14b, claude-sonnet-5" in stage.text
        await stage.press("escape", "t", *["down"] * 3, "space", "down", "space", "enter")
        await say(stage, "hi")
        assert stage.line.requests[0].models == (
            sights.LLAMA,
            sights.QWEN,
            sights.GPT,
        )
        assert stage.line.requests[0].strategy == "compare"


async def test_a_prompt_is_no_markup() -> None:
    async with staged(keys=PICKED) as stage:
        await say(stage, "why [/b] [$x] [/", talk_sights.comparison())
        assert "compare: why [/b] [$x] [/ ─" in stage.text


async def test_too_few_and_too_many_are_told() -> None:
    async with staged(keys=["x", "escape", "t", "space", "enter"]) as stage:
        assert "Mark 2 to 4 with space; 1 are marked." in stage.rows[-1]
        await stage.press(*["down", "space"] * 4)
        assert "4 are marked already" in stage.rows[-1]


async def test_answers_stream_side_by_side_with_time_tokens_and_cost() -> None:
    async with staged(keys=PICKED) as stage:
        await say(stage, "hi", talk_sights.comparison()[:2])
        assert "waiting for the first word" in stage.text
        assert "Sunlight is a mixture" in stage.text
        await hear(stage, talk_sights.comparison()[2:])
        assert "1 local qwen3:14b" in stage.text
        assert "412ms, first word 103ms" in stage.text
        assert "5 tokens, 8/s · $0.0012" in stage.text
        assert "No answer: the model could not be" in stage.text
        assert "compare: hi" in stage.text


async def test_the_pick_is_told_as_feedback_counts_answers() -> None:
    async with staged(keys=PICKED) as stage:
        await fought(stage)
        await stage.press("]", "u")
        await settled(stage)
        assert stage.line.verdicts == [wire.FeedbackRequest("8c41d07e", "up", 1)]
        assert "900ms · your pick" in stage.text
        await stage.press("[", "u")
        await settled(stage)
        assert stage.text.count("your pick") == 1
        await stage.press("]", "]", "d")
        assert "There is no whole answer to judge." in stage.rows[-1]


async def test_the_chosen_answer_is_copied_and_the_decision_explained() -> None:
    async with staged(keys=PICKED) as stage:
        await fought(stage)
        await stage.press("]", "y")
        assert stage.app.clipboard == "Rayleigh scattering."
        await stage.press("enter")
        assert isinstance(stage.app.screen, WhyScreen)


async def test_a_narrow_terminal_turns_the_columns_over() -> None:
    async with staged(size=(60, 20), keys=PICKED) as stage:
        await fought(stage)
        assert "1 local qwen3:14b" in stage.text
        assert "claude-sonnet-5 " not in stage.rows[2]
        assert "1 of 3, [ ] turns" in stage.text
        await stage.press("]")
        assert "2 cloud claude-sonnet-5" in stage.text
        await stage.resize(120, 20)
        assert "1 local qwen3:14b" in stage.text
        assert "3 local llama3.3:8b" in stage.text


async def test_stopping_keeps_the_words() -> None:
    async with staged(keys=PICKED) as stage:
        await say(stage, "hi", talk_sights.comparison()[:2])
        await stage.press("escape")
        assert "Stopped." in stage.rows[-1]
        assert "Sunlight is" in stage.text
        await stage.press("escape", "a")
        assert len(stage.line.requests) == 2


async def test_what_was_stopped_is_named_once_it_is_written_down() -> None:
    why = sights.why()
    plan = wire.PlanView("compare", (sights.QWEN, sights.SONNET))
    step = structs.replace(why.steps[0], plan=plan)
    async with staged(keys=["x"], why=DaemonError("There is no decision.", status=404)) as stage:
        asked = talk_sights.comparison()[0].request
        await say(stage, "hi", talk_sights.comparison()[:2])
        await stage.press("escape")
        assert "answer 1" in stage.text
        ended = structs.replace(asked, state="cancelled")
        stage.line.answer = structs.replace(why, request=ended, steps=(step,))
        await stage.tell(wire.Settled(41, sights.NOW_MS, ended, sights.spend()))
        await settled(stage)
        assert "1 qwen3:14b" in stage.text
        assert "2 claude-sonnet-5" in stage.text


async def test_trouble_is_told_in_words() -> None:
    async with staged(keys=PICKED) as stage:
        await say(stage, "hi", [NoDaemon("No daemon is running.")])
        assert "Start it with: homeport start" in stage.text
        await say(stage, "hi", [*talk_sights.comparison()[:2], BrokenAnswer("It broke off.")])
        assert "It broke off." in stage.text
        assert "Sunlight is" in stage.text


async def test_who_may_not_answer_is_told() -> None:
    why = sights.why()
    step = structs.replace(why.steps[0], plan=wire.PlanView("compare", (sights.QWEN,)))
    why = structs.replace(why, request=talk_sights.running(), steps=(step,))
    async with staged(keys=["x", "escape", "t", *"qwen", "space"], why=why) as stage:
        await stage.press(*["backspace"] * 4, *"mistral", "space", "enter")
        await say(stage, "hi", talk_sights.comparison()[:1])
        assert "mistral/mistral-large does not answer: there is no key" in stage.text


async def test_what_cannot_be_done_is_told() -> None:
    async with staged(keys=["x", "escape", "a"]) as stage:
        assert "There is nothing to ask again." in stage.rows[-1]
        await stage.press("n")
        assert "Nothing was compared yet." in stage.rows[-1]
        await stage.press("y")
        assert "There is no answer to copy." in stage.rows[-1]
        await stage.press(".")
        assert "No answer is coming." in stage.rows[-1]
        await stage.press("enter")
        assert "Nothing was decided yet." in stage.rows[-1]


async def test_private_leaves_the_cloud_out() -> None:
    async with staged(keys=["x", "escape", "v", "t"]) as stage:
        assert "claude" not in stage.text
        await stage.press("escape", "i")
        await say(stage, "hi", talk_sights.comparison())
        assert stage.line.requests[0].private
        await stage.press("escape", "n", "n")
        assert "One prompt, two to four models" in stage.text


async def test_readonly_asks_nothing() -> None:
    async with staged(keys=["x"], options=Options(readonly=True)) as stage:
        await say(stage, "hi")
        assert "started with --readonly" in stage.rows[-1]
        assert stage.line.requests == []


async def test_the_columns_scroll_together_and_a_click_chooses() -> None:
    async with staged(size=(120, 16), keys=PICKED) as stage:
        await fought(stage)
        assert "rows below" in stage.text
        await stage.press("G")
        assert "rows below" not in stage.text
        assert "1 local qwen3:14b" in stage.text
        await stage.press("g", "pagedown", "pageup")
        await stage.pilot.click("#page", offset=(60, 2))
        await stage.press("y")
        assert stage.app.clipboard == "Rayleigh scattering."
