"""`compare`: answers side by side on our own wire, one after the other on any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.adapters.base import AnswerPart, Finish, Labels, TextDelta
from homeport.policies.errors import HomeportError
from homeport.policies.model import StrategyOptions
from support.polling import until
from support.scripted import prompt
from support.several import BEST, HOME, OTHER, TALK, Several, broken, says, several

NAMES = (HOME, BEST)


async def parts_of(s: Several, names: tuple[str, ...] = NAMES) -> tuple[dict[int, str], object]:
    """Texts by the number of their answer, and the answers as the caller gets them."""
    labels = Labels(strategy="compare", options=StrategyOptions(models=names))
    texts: dict[int, str] = {}
    async with s.house.router.answer(prompt(TALK, labels=labels, wire="homeport")) as answer:
        async for delta in answer.deltas():
            if isinstance(delta, AnswerPart):
                assert isinstance(delta.delta, TextDelta)
                texts[delta.answer] = texts.get(delta.answer, "") + delta.delta.text
        answers = answer.answers
    await s.house.router.settled()
    return texts, answers


async def test_each_piece_says_whose_it_is(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says("Wave", "s.")]}, {BEST: [says("Foa", "m.")]}) as s:
        texts, answers = await parts_of(s)
        await until(s.is_idle)
    assert texts == {0: "Waves.", 1: "Foam."}
    first, second = answers  # type: ignore[misc]
    assert (first.model, first.text, first.ok, first.chosen) == (HOME, "Waves.", True, True)
    assert (second.model, second.ok, second.output_tokens) == (BEST, True, 3)
    assert (first.cost_nano, second.cost_nano) == (0, s.view.cost_nano)
    assert s.view.strategy == "compare"


async def test_another_wire_gets_one_text_with_headings(tmp_path: Path) -> None:
    home = {HOME: [says("Wave", "s.")], OTHER: [says("Foam.")]}
    async with several(tmp_path, home) as s:
        told = await s.ask(TALK, "compare", models=(OTHER, HOME))
    assert told.text == f"## {OTHER}\n\nFoam.\n\n## {HOME}\n\nWaves."
    assert isinstance(told.deltas[-1], Finish)
    assert told.deltas[-1].usage.output == 6


async def test_a_side_that_fails_says_so_and_the_others_stand(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")], OTHER: [says("Foam.")]}
    async with several(tmp_path, home) as s:
        told = await s.ask(TALK, "compare", models=(HOME, OTHER))
        _, answers = await parts_of(s, (HOME, OTHER))
        await until(s.is_idle)
    assert told.text.startswith(f"## {HOME}\n\n(no answer: ")
    assert told.text.endswith(f"## {OTHER}\n\nFoam.")
    assert told.view.model == OTHER
    failed, whole = answers  # type: ignore[misc]
    assert (failed.ok, whole.ok, whole.chosen) == (False, True, True)
    assert "broke" in failed.error


async def test_where_no_side_answers_there_is_an_error(tmp_path: Path) -> None:
    home = {HOME: [broken("out_of_memory")], OTHER: [broken("out_of_memory")]}
    async with several(tmp_path, home) as s:
        with pytest.raises(HomeportError):
            await s.ask(TALK, "compare", models=(HOME, OTHER))
        assert s.view.state == "failed"


async def test_the_slow_side_is_told_as_it_comes(tmp_path: Path) -> None:
    home = {HOME: [says("One ", hangs=True)], OTHER: [says("Foam.")]}
    async with several(tmp_path, home) as s:
        labels = Labels(strategy="compare", options=StrategyOptions(models=(HOME, OTHER)))
        heard = ""
        async with s.house.router.answer(prompt(TALK, labels=labels)) as answer:
            async for delta in answer.deltas():
                heard += delta.text if isinstance(delta, TextDelta) else ""
                if heard.endswith("One "):
                    break
        await s.house.router.settled()
        await until(s.is_idle)
    assert heard == f"## {HOME}\n\nOne "
