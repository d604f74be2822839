"""`ensemble`: several answers at once, of which one is given."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from homeport.adapters.base import StatusDelta
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import HomeportError
from support.polling import until
from support.several import BEST, CLOUD, HOME, OTHER, SUM, TALK, broken, says, several

TESTS = "assert add(2, 3) == 5"
RIGHT, WRONG, SLOW = says("42"), says("41"), says("40", hangs=True)


async def test_what_most_say_is_given(tmp_path: Path) -> None:
    home = {HOME: [WRONG], OTHER: [says("It is 42.")]}
    async with several(tmp_path, home, {BEST: [RIGHT]}) as s:
        told = await s.ask(SUM, "ensemble", models=(HOME, OTHER, BEST))
        await until(s.is_idle)
    assert told.text == "42"
    assert (told.view.strategy, told.view.model) == ("ensemble", BEST)
    assert told.checks == [("second-model", True)]
    assert told.view.checks[0].sentence == "2 of 3 answers say the same."
    assert told.view.because == "2 of 3 answers say the same"
    assert told.finish is not None
    assert (told.finish.usage.input, told.finish.usage.output) == (21, 9)
    assert told.record is not None
    assert replay(told.record) == "identical"
    assert [step.branch for step in told.record.steps] == ["", "answer 1", "answer 2", "answer 3"]


async def test_the_rest_is_stopped_once_it_can_change_nothing(tmp_path: Path) -> None:
    home = {HOME: [RIGHT], OTHER: [RIGHT]}
    async with several(tmp_path, home, {BEST: [SLOW]}) as s:
        s.home.gate.clear()
        asked = s.ask(SUM, "ensemble", models=(HOME, OTHER, BEST))
        asking = asyncio.get_running_loop().create_task(asked)
        await s.sky.told.wait()
        s.home.gate.set()
        told = await asking
        await until(s.is_idle)
    assert told.text == "42"
    assert dict(told.outcomes)[BEST] == "cancelled"
    assert "1 could not change that" in told.view.checks[0].sentence
    cut = next(a for a in told.view.attempts if a.outcome == "cancelled")
    assert cut.cost_nano
    assert told.view.cost_nano == cut.cost_nano
    assert not told.view.certain


async def test_one_model_is_asked_again_warmly(tmp_path: Path) -> None:
    turns = [RIGHT, WRONG, says("The answer is 42.")]
    async with several(tmp_path, {HOME: turns}) as s:
        told = await s.ask(SUM, "ensemble", size=3)
        heat = [prompt.sampling.temperature for _, prompt in s.home.prompts]
    assert heat == [None, 0.8, 0.8]
    assert told.checks == [("second-sample", True)]
    assert "42" in told.text


async def test_one_model_at_home_is_not_asked_for_more_than_is_needed(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [RIGHT, says("It is 42."), WRONG]}) as s:
        told = await s.ask(SUM, "ensemble", size=3)
        await until(s.is_idle)
    assert told.text == "42"
    assert told.outcomes == [(HOME, "done")] * 2
    assert told.view.checks[0].sentence == ("2 of 2 answers say the same; 1 could not change that.")


async def test_a_member_that_fails_is_missed_by_nobody(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")], OTHER: [RIGHT]}
    async with several(tmp_path, home, {BEST: [RIGHT]}) as s:
        told = await s.ask(SUM, "ensemble", models=(HOME, OTHER, BEST))
        await until(s.is_idle)
    assert told.text == "42"
    assert (HOME, "out_of_memory") in told.outcomes


async def test_where_no_member_answers_the_rest_of_the_order_does(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")], OTHER: [broken("out_of_memory")]}
    async with several(tmp_path, home, {BEST: [RIGHT], CLOUD: [RIGHT]}) as s:
        told = await s.ask(SUM, "ensemble", size=2)
        with pytest.raises(HomeportError):
            await s.ask(SUM, "ensemble", models=(HOME, OTHER))
        await until(s.is_idle)
        assert s.view.state == "failed"
    assert told.text == "42"
    assert told.view.place == "cloud"


async def test_two_that_refuse_are_no_majority(tmp_path: Path) -> None:
    no = says("I cannot answer.")
    asked = "Classify the sentiment of this review: the sea was lovely. One word."
    async with several(tmp_path, {HOME: [no], OTHER: [no]}, {BEST: [says("Positive")]}) as s:
        told = await s.ask(asked, "ensemble", models=(HOME, OTHER, BEST))
    assert told.record is not None
    assert told.record.ask.checkable == "label"
    assert (told.text, told.view.model) == ("Positive", BEST)
    assert told.view.checks[-1].sentence == "No two of 3 answers say the same."


async def test_free_text_is_weighed(tmp_path: Path) -> None:
    home = {HOME: [says("")]}
    sky = {CLOUD: [says("The sea is deep and blue.")], BEST: [says("The sea is deep and blue!")]}
    async with several(tmp_path, home, sky) as s:
        told = await s.ask(TALK, "ensemble", models=(HOME, CLOUD, BEST))
    assert told.view.model == BEST
    assert told.checks == [("confidence", None), ("confidence", None), ("confidence", True)]
    weighs = told.view.checks[-1].sentence
    assert weighs.startswith("Weighs ")
    assert "completeness 1.00" in weighs
    assert told.view.because == "weighs most of 3 answers"


async def test_a_member_that_may_pass_the_tests_is_waited_for(tmp_path: Path) -> None:
    code = "```python\ndef add(a, b):\n    return a {} b\n```"
    wrong, right = says(code.format("-")), says(code.format("+"))
    async with several(tmp_path, {HOME: [wrong], OTHER: [wrong]}, {BEST: [right]}) as s:
        if not (await s.house.rooms.sandbox().available()).runs:
            pytest.skip("programs are only parsed on this machine")
        s.sky.gate.clear()
        asked = s.ask(
            "Write a Python function.", "ensemble", models=(HOME, OTHER, BEST), tests=TESTS
        )
        asking = asyncio.get_running_loop().create_task(asked)
        await until(lambda: len(s.home.asked) == 2 and not s.home.open)
        s.sky.gate.set()
        told = await asking
    assert told.view.model == BEST


async def test_what_a_judge_says_of_its_own_answer_teaches_nothing(tmp_path: Path) -> None:
    sky = {BEST: [says("Blue."), says("2")], CLOUD: [says("1")]}
    async with several(tmp_path, {HOME: [says("Waves.")]}, sky) as s:
        fleet, learned = s.house.rooms.fleet, s.house.rooms.learned
        own = await s.ask(TALK, "ensemble", models=(HOME, BEST), method="judge", judge=BEST)
        told = await s.ask(TALK, "ensemble", models=(HOME, BEST), method="judge", judge=CLOUD)
        await learned.settled()
        views = [learned.views(fleet.card(model)) for model in (BEST, HOME)]
    assert (own.view.model, told.view.model) == (BEST, HOME)
    assert [len(view) for view in views] == [0, 1]


async def test_a_judge_picks_among_numbered_answers(tmp_path: Path) -> None:
    home = {HOME: [says("Waves.")], OTHER: [says("Foam.")]}
    async with several(tmp_path, home, {BEST: [says("Answer ", "2")]}) as s:
        told = await s.ask(TALK, "ensemble", models=(HOME, OTHER), method="judge", judge=BEST)
        await until(s.is_idle)
        (judged,) = [prompt for model, prompt in s.sky.prompts if model == BEST]
    assert told.text == "Foam."
    assert told.view.checks[0].sentence == f"{BEST} picked it of 2 answers."
    shown = judged.messages[-1].text
    assert "--- answer 1 ---\nWaves.\n" in shown
    assert "--- answer 2 ---\nFoam.\n" in shown
    assert judged.messages[0].text == TALK
    assert told.record is not None
    assert told.record.steps[-1].branch == "judge"
    bound = told.record.steps[-1].ask.input_tokens_bound
    assert bound > told.record.ask.input_tokens_bound + len("Waves.Foam.")


@pytest.mark.parametrize("said", [says("I like both."), broken()])
async def test_a_judge_that_picks_none_leaves_it_to_the_weights(
    tmp_path: Path, said: object
) -> None:
    home = {HOME: [says("Waves.")], OTHER: [says("")]}
    async with several(tmp_path, home, {BEST: [said]}) as s:  # type: ignore[list-item]
        told = await s.ask(TALK, "ensemble", models=(HOME, OTHER), method="judge", judge=BEST)
    assert told.text == "Waves."


async def test_private_answers_are_judged_at_home(tmp_path: Path) -> None:
    home = {HOME: [says("Waves.")], OTHER: [says("Foam.")]}
    async with several(tmp_path, home, {BEST: [says("1")]}) as s:
        told = await s.ask(TALK, "ensemble", private=True, method="judge", judge=BEST, size=2)
    assert s.sky.asked == []
    assert told.view.place == "local"


async def test_a_caller_that_goes_away_stops_every_member(tmp_path: Path) -> None:
    home = {HOME: [SLOW], OTHER: [SLOW]}
    async with several(tmp_path, home, {BEST: [SLOW]}) as s:

        async def go() -> None:
            await s.ask(SUM, "ensemble", models=(HOME, OTHER, BEST))

        asking = asyncio.get_running_loop().create_task(go())
        await until(lambda: s.home.open == 2 and s.sky.open == 1)
        asking.cancel()
        await asyncio.wait((asking,))
        await until(s.is_idle)
        assert s.view.state == "cancelled"
        assert [a.outcome for a in s.view.attempts] == ["cancelled"] * 3


async def test_the_caller_hears_how_it_stands(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [RIGHT], OTHER: [WRONG]}) as s:
        told = await s.ask(SUM, "ensemble", size=2)
    said = [delta.sentence for delta in told.deltas if isinstance(delta, StatusDelta)]
    assert said[0] == "0 of 2 answers are there."
    assert said[-1] == "2 of 2 answers are there."


async def test_a_refusal_of_the_best_weighs_less_than_an_answer(tmp_path: Path) -> None:
    sky = {BEST: [says("I'm sorry, but I cannot help with that.")]}
    async with several(tmp_path, {HOME: [says("The sea is deep.")]}, sky) as s:
        told = await s.ask(TALK, "ensemble", models=(HOME, BEST))
    assert told.view.model == HOME
    assert "Weighs 0.00" in told.view.checks[1].sentence


async def test_of_programs_one_that_passes_the_tests_is_given(tmp_path: Path) -> None:
    asked = "Write a Python function add(a, b) that adds two numbers."
    wrong, right = (f"```python\ndef add(a, b):\n    return a {sign} b\n```" for sign in "-+")
    home = {HOME: [says(wrong)], OTHER: [says(wrong)]}
    async with several(tmp_path, home, {BEST: [says(right)]}) as s:
        if not (await s.house.rooms.sandbox().available()).runs:
            pytest.skip("programs are only parsed on this machine")
        told = await s.ask(
            asked, "ensemble", models=(BEST, HOME, OTHER), method="weighted", tests=TESTS
        )
    assert told.text == right
    assert [check for check in told.checks if check[0] == "tests"] == [
        ("tests", True),
        ("tests", False),
        ("tests", False),
    ]
