"""`verify` and `fallback`: an answer is looked at before it is given, and another takes over."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from homeport.adapters.base import Labels, ResponseFormat, StatusDelta, TextDelta, Tool
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import HomeportError
from support.deciding import ask
from support.polling import until
from support.scripted import Script, prompt
from support.several import BEST, CENT, CLOUD, HOME, OTHER, SUM, TALK, broken, says, several

RIGHT, WRONG = says("42"), says("41")


async def test_an_answer_that_agrees_with_itself_is_given(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [RIGHT, says("It", " is", " 42.")]}, {BEST: [WRONG]}) as s:
        told = await s.ask(SUM, "verify")
        await until(s.is_idle)
    assert told.text == "42"
    assert (told.view.model, told.view.strategy, told.view.state) == (HOME, "verify", "done")
    assert told.checks == [
        ("refusal", True),
        ("truncation", True),
        ("second-sample", True),
        ("confidence", None),
    ]
    assert s.sky.asked == []
    assert told.record is not None
    assert replay(told.record) == "identical"
    assert [step.branch for step in told.record.steps] == ["", "step 1", "second answer"]


async def test_a_second_sample_is_drawn_warm_and_without_the_seed(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [RIGHT]}, {BEST: [WRONG]}) as s:
        await s.ask(SUM, "verify")
        first, second = [prompt for _, prompt in s.home.prompts]
    assert first.sampling.temperature is None
    assert (second.sampling.temperature, second.sampling.seed) == (0.8, None)


@pytest.mark.parametrize(("second", "model"), [(RIGHT, HOME), (WRONG, BEST)])
async def test_a_second_model_is_asked_where_one_is_named(
    tmp_path: Path, second: Script, model: str
) -> None:
    home, sky = {HOME: [RIGHT], OTHER: [second]}, {BEST: [says("The best says 42.")]}
    async with several(tmp_path, home, sky) as s:
        told = await s.ask(SUM, "verify", models=(HOME, BEST), judge=OTHER)
        assert [asked for asked, _ in s.home.asked] == [HOME, OTHER]
    assert told.view.model == model
    assert ("second-model", model == HOME) in told.checks


async def test_disagreement_sends_it_on_and_teaches(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [WRONG, says("43")]}, {BEST: [RIGHT]}) as s:
        card, a_sum = s.house.rooms.fleet.card(HOME), ask(task="mathematics")
        before = s.house.rooms.learned.quality(card, a_sum)
        told = await s.ask(SUM, "verify")
        after = s.house.rooms.learned.quality(card, a_sum)
        await until(s.is_idle)
    assert told.text == "42"
    assert (told.view.model, told.view.place) == (BEST, "cloud")
    assert told.checks[-1] == ("second-sample", False)
    assert told.view.because == f"{HOME} failed a check (second-sample): sent on"
    assert told.outcomes == [(HOME, "done"), (HOME, "done"), (BEST, "done")]
    assert told.finish is not None
    assert (told.finish.usage.input, told.finish.usage.output) == (21, 9)
    assert told.view.cost_nano == told.view.attempts[-1].cost_nano
    assert told.view.cost_nano
    assert after.mean < before.mean


@pytest.mark.parametrize(
    "second", [says("I'm sorry, but I cannot help with that."), says("Well:\n", "```\n43")]
)
async def test_a_second_answer_that_is_none_disagrees_with_nothing(
    tmp_path: Path, second: Script
) -> None:
    async with several(tmp_path, {HOME: [RIGHT, second]}, {BEST: [WRONG]}) as s:
        told = await s.ask(SUM, "verify")
    assert told.text == "42"
    assert ("second-sample", None) in told.checks
    assert s.sky.asked == []


async def test_a_refusal_is_answered_elsewhere(tmp_path: Path) -> None:
    no = says("I'm sorry, but I cannot help with that.")
    async with several(tmp_path, {HOME: [no]}, {BEST: [says("The sea.")]}) as s:
        told = await s.ask(TALK, "verify")
    assert told.text == "The sea."
    assert told.checks == [("refusal", False)]


async def test_what_cannot_be_escalated_is_given_as_it_is(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [WRONG, says("43")]}, {BEST: [broken()]}) as s:
        told = await s.ask(SUM, "verify")
        await until(s.is_idle)
    assert told.text == "41"
    assert (told.view.model, told.view.state) == (HOME, "done")
    assert (BEST, "overloaded") in told.outcomes
    assert told.checks[-1] == ("second-sample", False)
    assert told.view.because == f"{HOME} failed a check (second-sample), and nobody better answers"


async def test_a_home_that_fails_sends_it_on(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [broken("out_of_memory")]}, {BEST: [RIGHT]}) as s:
        told = await s.ask(SUM, "verify")
    assert told.text == "42"
    assert told.checks == []


async def test_where_nobody_answers_there_is_one_error(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [broken("out_of_memory")]}, {BEST: [broken()]}) as s:
        with pytest.raises(HomeportError) as caught:
            await s.ask(SUM, "verify")
        await until(s.is_idle)
        assert s.view.state == "failed"
    assert caught.value.code == "nothing_answered"


async def test_an_escalation_that_is_cut_off_goes_on_at_home(tmp_path: Path) -> None:
    home = {HOME: [says("I cannot help with that."), says("and wide.")]}
    async with several(tmp_path, home, {BEST: [broken("link_lost", "Blue ")]}) as s:
        told = await s.ask(TALK, "verify")
    assert told.text == "Blue and wide."
    assert s.home.asked[-1] == (HOME, "Blue ")


async def test_a_limit_of_the_caller_holds_for_all_steps_together(tmp_path: Path) -> None:
    home = {HOME: [WRONG, says("43"), WRONG, says("43")]}
    async with several(tmp_path, home, {BEST: [RIGHT]}) as s:
        s.price(HOME, CENT)
        free = await s.ask(SUM, "verify")
        assert free.record is not None
        dearest = max(card.worst_cost_nano for card in free.record.steps[0].decision.order)
        told = await s.ask(SUM, "verify", max_cost_nano=dearest)
        await until(s.is_idle)
    assert free.text == "42"
    assert told.text == "41"
    assert s.sky.asked == [(BEST, "")]
    assert told.record is not None
    assert [veto.gate for veto in told.record.steps[-1].decision.vetoes if veto.model == BEST] == [
        "max_cost"
    ]


async def test_a_chain_stops_at_the_first_that_is_likely_right(tmp_path: Path) -> None:
    home = {HOME: [says("Waves.")], OTHER: [says("Foam.")]}
    async with several(tmp_path, home, {CLOUD: [says("Mid.")], BEST: [says("Best.")]}) as s:
        low = await s.ask(TALK, "fallback", threshold=0.1)
        high = await s.ask(TALK, "fallback", threshold=1.0)
    assert (low.text, low.view.strategy) == ("Waves.", "fallback")
    assert low.checks[-1] == ("confidence", True)
    assert high.text == "Best."
    assert [model for model, _ in high.outcomes] == [HOME, CLOUD, BEST]
    assert [c for c in high.checks if c[1] is False] == [("confidence", False)] * 2


async def test_models_that_are_named_are_asked_in_turn_and_no_others(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")], OTHER: [broken("out_of_memory")]}
    async with several(tmp_path, home, {BEST: [RIGHT]}) as s:
        with pytest.raises(HomeportError):
            await s.ask(SUM, "fallback", models=("other", HOME))
        assert [model for model, _ in s.home.asked] == [OTHER, HOME]
    assert s.sky.asked == []


async def test_a_refusal_is_given_only_where_nothing_else_is_there(tmp_path: Path) -> None:
    home = {HOME: [says("I cannot help with that.")], OTHER: [says("Foam.")]}
    async with several(tmp_path, home, {BEST: [broken()]}) as s:
        told = await s.ask(TALK, "fallback", models=(OTHER, HOME, BEST), threshold=1.0)
    assert told.text == "Foam."
    assert told.view.model == OTHER


async def test_the_last_step_streams_and_those_before_are_kept(tmp_path: Path) -> None:
    home = {HOME: [says("I cannot help with that.")]}
    async with several(tmp_path, home, {BEST: [says("One ", "two ", hangs=True)]}) as s:
        async with s.house.router.answer(prompt(TALK, labels=Labels(strategy="verify"))) as answer:
            heard = []
            async for delta in answer.deltas():
                heard.append(delta)
                if delta == TextDelta("two "):
                    break
            assert answer.view.state == "streaming"
            assert answer.view.model == BEST
        await s.house.router.settled()
        await until(s.is_idle)
        assert s.view.state == "cancelled"
        assert s.view.attempts[-1].outcome == "cancelled"
    assert [d.text for d in heard if isinstance(d, TextDelta)] == ["One ", "two "]
    said = [d.sentence for d in heard if isinstance(d, StatusDelta)]
    assert said == [
        f"{HOME} answers first; its answer is looked at before it is given.",
        f"{BEST} takes over.",
    ]


async def test_a_caller_that_goes_away_stops_what_is_looked_at(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says("4", hangs=True)]}, {BEST: [RIGHT]}) as s:

        async def go() -> None:
            await s.ask(SUM, "verify")

        asking = asyncio.get_running_loop().create_task(go())
        await s.home.told.wait()
        asking.cancel()
        await asyncio.wait((asking,))
        await s.house.router.settled()
        await until(s.is_idle)
        assert s.view.state == "cancelled"
        assert [a.outcome for a in s.view.attempts] == ["cancelled"]
    assert s.sky.asked == []


async def test_json_that_misses_its_schema_is_answered_elsewhere(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    shape = ResponseFormat(kind="json_schema", schema=schema)
    able = {"capabilities": ("json", "json_schema")}
    home, sky = {HOME: [says('{"n": "one"}')]}, {BEST: [says('{"n": 1}')]}
    async with several(tmp_path, home, sky, **able) as s:
        told = await s.ask("Give n as JSON.", "verify", response_format=shape)
    assert told.text == '{"n": 1}'
    assert told.checks == [("refusal", True), ("truncation", True), ("schema", False)]


async def test_a_call_of_a_tool_is_answered_by_one_model_and_says_why(tmp_path: Path) -> None:
    tool = Tool(name="look", parameters={"type": "object"})
    home, sky = {HOME: [RIGHT]}, {BEST: [RIGHT]}
    async with several(tmp_path, home, sky, capabilities=("tools",)) as s:
        told = await s.ask(SUM, "verify", tools=(tool,))
    assert told.view.strategy == "single"
    assert told.record is not None
    assert "tools" in told.record.steps[0].decision.plan.why


async def test_a_prompt_that_can_be_checked_is_looked_at_unasked(tmp_path: Path) -> None:
    hard = SUM.replace(
        "17 + 25", "17 + 25, and then the square of the sum of its divisors, by hand"
    )
    async with several(tmp_path, {HOME: [WRONG]}, {BEST: [RIGHT]}) as s:
        whole = await s.ask(hard)
        streamed = await s.ask(hard, stream=True)
        talk = await s.ask(TALK)
    assert (whole.view.strategy, streamed.view.strategy) == ("verify", "single")
    assert talk.view.strategy == "single"
    assert whole.record is not None
    assert "takes over where a check fails" in whole.record.steps[0].decision.plan.why


@pytest.mark.parametrize(
    ("body", "model", "passed"), [("a + b", HOME, (True, None)), ("a - b", BEST, (False,))]
)
async def test_code_has_to_pass_the_tests_that_came_with_the_prompt(
    tmp_path: Path, body: str, model: str, passed: tuple[bool | None, ...]
) -> None:
    code = f"```python\ndef add(a, b):\n    return {body}\n```"
    best = "```python\ndef add(a, b):\n    return sum((a, b))\n```"
    asked = "Write a Python function add(a, b) that adds two numbers."
    async with several(tmp_path, {HOME: [says(code)]}, {BEST: [says(best)]}) as s:
        if not (await s.house.rooms.sandbox().available()).runs:
            pytest.skip("programs are only parsed on this machine")
        told = await s.ask(asked, "verify", tests="assert add(2, 3) == 5")
    assert told.view.model == model
    assert told.checks[:3] == [("refusal", True), ("truncation", True), ("code", True)]
    assert told.checks[3][0] == "tests"
    assert tuple(verdict for _, verdict in told.checks[3:]) == passed


async def test_tests_find_no_program_in_prose(tmp_path: Path) -> None:
    home, sky = {HOME: [says("You just add them.")]}, {BEST: [says("Add them.")]}
    async with several(tmp_path, home, sky) as s:
        told = await s.ask("Write a Python function.", "verify", tests="assert add(2, 3) == 5")
    assert ("tests", False) in told.checks


async def test_all_steps_share_one_deadline(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says(hangs=True)]}, {BEST: [RIGHT]}) as s:
        with pytest.raises(HomeportError) as caught:
            await s.ask(SUM, "verify", deadline_ms=1_200)
        await until(s.is_idle)
    assert (caught.value.code, caught.value.status) == ("nothing_answered", 504)
    assert s.sky.asked == []


@pytest.mark.parametrize("strategy", ["verify", "ensemble", "race", "compare"])
async def test_time_that_is_used_up_is_no_refusal(tmp_path: Path, strategy: str) -> None:
    async with several(tmp_path, {HOME: [RIGHT]}, {BEST: [RIGHT]}) as s:
        with pytest.raises(HomeportError) as caught:
            await s.ask(SUM, strategy, deadline_ms=1)
    assert caught.value.status in (503, 504)
