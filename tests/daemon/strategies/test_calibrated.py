"""A confidence that was calibrated decides; one that was not is said not to tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from homeport.adapters.base import Labels, TextDelta
from homeport.adapters.echo import EchoAdapter, EchoScript
from homeport.client.wire import CheckView, RequestView
from homeport.daemon.learning.outcome import Outcome
from homeport.policies.model import StrategyOptions
from support.house import House, house
from support.scripted import prompt

HOME, CLOUD = "echo/home", "echo/cloud"
TALK = "Tell me about the sea."


@asynccontextmanager
async def judged(folder: Path, right: float) -> AsyncIterator[House]:
    """A house whose home model was judged on a hundred answers, so many of them right."""
    scripts = (
        EchoScript(name="home", words="Waves.", confidence=-0.1, parameters=3 * 10**9),
        EchoScript(name="cloud", words="Foam.", place="cloud", parameters=400 * 10**9),
    )
    async with house(folder, [EchoAdapter(scripts)]) as made:
        for number in range(100):
            for task in ("chat", "question", "writing"):
                outcome = Outcome(
                    at_ms=made.rooms.clock_ms(), decision="", model=HOME, task=task,
                    difficulty=20, source="benchmark", good=float(number < 100 * right), raw=0.9,
                )  # fmt: skip
                made.rooms.learned.note(outcome, made.rooms.fleet.card(HOME))
        await made.rooms.learned.settled()
        yield made


async def asked(made: House, strategy: str) -> tuple[str, RequestView, CheckView]:
    options = StrategyOptions(models=(HOME, CLOUD), threshold=0.6)
    text, labels = "", Labels(strategy=strategy, options=options)
    async with made.router.answer(prompt(TALK, labels=labels)) as answer:
        async for delta in answer.deltas():
            text += delta.text if isinstance(delta, TextDelta) else ""
    await made.router.settled()
    view = made.rooms.bus.requests()[-1]
    return text, view, view.checks[-1]


@pytest.mark.parametrize("strategy", ["verify", "fallback"])
@pytest.mark.parametrize(("right", "words"), [(0.95, "Waves."), (0.2, "Foam.")])
async def test_what_answers_like_it_were_worth_decides(
    tmp_path: Path, strategy: str, right: float, words: str
) -> None:
    async with judged(tmp_path, right) as made:
        text, view, check = await asked(made, strategy)
    assert text == words
    assert (check.check, check.passed) == ("confidence", right > 0.6)
    assert check.score is not None
    assert abs(check.score - right) < 0.1
    assert "calibrated on" in check.sentence
    assert "0.60 is enough" in check.sentence
    if words == "Waves.":
        assert view.calibrated
        assert view.confidence == check.score


async def test_without_judged_answers_it_is_said_that_it_cannot_tell(tmp_path: Path) -> None:
    async with judged(tmp_path, 0.9) as made:
        made.rooms.learned._students.clear()
        made.rooms.learned.forget_priors()
        _, view, check = await asked(made, "verify")
    assert check.passed is None
    assert "not calibrated yet" in check.sentence
    assert not view.calibrated
