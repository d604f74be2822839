"""`race`: the first to say something answers, the others are stopped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from homeport.adapters.base import Labels, TextDelta
from homeport.policies.errors import HomeportError
from homeport.policies.model import StrategyOptions
from support.polling import until
from support.scripted import prompt
from support.several import BEST, CLOUD, HOME, OTHER, SUM, TALK, broken, says, several


async def test_the_first_word_wins_and_the_rest_is_stopped_and_booked(tmp_path: Path) -> None:
    sky = {BEST: [says("  ", hangs=True)]}
    async with several(tmp_path, {HOME: [says("Wave", "s.")]}, sky) as s:
        s.home.gate.clear()
        asking = asyncio.get_running_loop().create_task(s.ask(TALK, "race", models=(BEST, HOME)))
        await s.sky.told.wait()
        s.home.gate.set()
        told = await asking
        await until(s.is_idle)
    assert told.text == "Waves."
    assert (told.view.strategy, told.view.model, told.view.place) == ("race", HOME, "local")
    assert told.view.because == f"{HOME} was first to answer"
    lost = next(a for a in told.view.attempts if a.model == BEST)
    assert (lost.outcome, lost.sentence) == ("cancelled", f"{HOME} was first")
    assert told.view.cost_nano == lost.cost_nano


async def test_a_runner_that_ends_without_a_word_leaves_it_to_the_other(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says()]}, {BEST: [says("42"), says()]}) as s:
        s.sky.gate.clear()
        asking = asyncio.get_running_loop().create_task(s.ask(SUM, "race", models=(HOME, BEST)))
        await until(lambda: s.home.asked and not s.home.open)
        s.sky.gate.set()
        told = await asking
        silent = await s.ask(SUM, "race", models=(HOME, BEST))
        await until(s.is_idle)
    assert (told.text, told.view.model) == ("42", BEST)
    assert (silent.text, silent.view.state) == ("", "done")
    assert silent.view.because == "nobody in the race said a word"
    assert silent.finish is not None


async def test_a_runner_that_fails_leaves_it_to_the_other(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [broken("out_of_memory")]}, {BEST: [says("42")]}) as s:
        told = await s.ask(SUM, "race", models=(HOME, BEST))
        await until(s.is_idle)
    assert told.text == "42"


async def test_a_winner_that_is_cut_off_is_continued_by_who_lost(tmp_path: Path) -> None:
    home = {HOME: [says(hangs=True), says("and wide.")]}
    async with several(tmp_path, home, {BEST: [broken("link_lost", "Blue ")]}) as s:
        told = await s.ask(TALK, "race", models=(HOME, BEST))
        await until(s.is_idle)
    assert told.text == "Blue and wide."
    assert s.home.asked[-1] == (HOME, "Blue ")


async def test_where_all_fail_the_rest_of_the_order_answers(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")], OTHER: [broken("out_of_memory")]}
    async with several(tmp_path, home, {BEST: [broken()], CLOUD: [says("42")]}) as s:
        told = await s.ask(SUM, "race", size=3)
        with pytest.raises(HomeportError):
            await s.ask(SUM, "race", models=(HOME, OTHER))
        await until(s.is_idle)
    assert told.text == "42"


async def test_a_caller_that_goes_away_in_mid_answer_settles_once(tmp_path: Path) -> None:
    sky = {BEST: [says(hangs=True)]}
    async with several(tmp_path, {HOME: [says("One ", hangs=True)]}, sky) as s:
        labels = Labels(strategy="race", options=StrategyOptions(models=(HOME, BEST)))
        async with s.house.router.answer(prompt(TALK, labels=labels)) as answer:
            async for delta in answer.deltas():
                if isinstance(delta, TextDelta):
                    break
        await s.house.router.settled()
        await until(s.is_idle)
    assert s.view.state == "cancelled"
    assert [a.outcome for a in s.view.attempts if a.model == HOME] == ["cancelled"]
