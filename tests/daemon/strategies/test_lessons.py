"""What checks teach of a model: failures more than passes, and some passes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from homeport.daemon.strategies.lessons import BELIEVED
from homeport.policies.model import CheckKind
from support.scripted import Script
from support.several import BEST, HOME, SUM, broken, says, several


@pytest.mark.parametrize("check", get_args(CheckKind))
def test_a_failure_is_believed_at_least_as_much_as_a_pass(check: CheckKind) -> None:
    assert BELIEVED.get((check, False), 0.0) >= BELIEVED.get((check, True), 0.0)


def test_that_an_answer_does_not_refuse_says_nothing_of_it() -> None:
    assert ("refusal", True) not in BELIEVED
    assert ("truncation", True) not in BELIEVED


def test_a_confidence_does_not_teach_itself() -> None:
    assert not any(check == "confidence" for check, _ in BELIEVED)


async def test_what_a_better_model_says_judges_the_one_before_it(tmp_path: Path) -> None:
    home, sky = {HOME: [says("41"), says("43")]}, {BEST: [says("42")]}
    async with several(tmp_path, home, sky) as s:
        learned, card = s.house.rooms.learned, s.house.rooms.fleet.card(HOME)
        await s.ask(SUM, "verify")
        await learned.settled()
        (view,) = learned.views(card)
    assert view.outcomes == 2  # the second sample, and the one who took over
    assert "judgement" in view.source


@pytest.mark.parametrize("last", [broken("link_lost", "It is "), says("I cannot help with that.")])
async def test_an_answer_that_is_not_the_better_models_own_judges_nobody(
    tmp_path: Path, last: Script
) -> None:
    home = {HOME: [says("41"), says("43"), says("41")]}
    async with several(tmp_path, home, {BEST: [last]}) as s:
        learned, card = s.house.rooms.learned, s.house.rooms.fleet.card(HOME)
        await s.ask(SUM, "verify")
        await learned.settled()
        (view,) = learned.views(card)
    assert view.outcomes == 1  # the second sample alone
    assert "judgement" not in view.source
