"""What is learned: at once, over restarts, per model, and never in the way of a prompt."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from homeport.daemon.fleet.abilities import Prior, predicted_quality, prior_of
from homeport.daemon.learning.calibration import LEAST
from homeport.daemon.learning.learned import LONG, Learned, Outcome
from homeport.daemon.learning.outcomes import KEPT_DAYS, Outcomes
from homeport.daemon.storage.database import Database
from homeport.policies.model import Ask, Task
from support.asks import ask
from support.ledgers import NOON_MS, Clock
from support.outcomes import an_outcome
from support.scripted import card

CARD = card("scripted/a", version="1")
DAY_MS = 86_400_000


@asynccontextmanager
async def learned_in(folder: Path, clock: Clock | None = None) -> AsyncIterator[Learned]:
    """As the assembly makes it, over a real database."""
    db = await Database.open(folder / "ledger.db")
    learned = Learned(Outcomes(db), clock or Clock())
    async with asyncio.TaskGroup() as tasks:
        learned.start(tasks)
        yield learned
        await learned.settled()
    await db.close()


@pytest.fixture
async def learned(tmp_path: Path) -> AsyncIterator[Learned]:
    async with learned_in(tmp_path) as made:
        await made.prepare([CARD])
        yield made


def outcome(number: int = 0, **fields: Any) -> Outcome:
    return an_outcome(number, **{"at_ms": NOON_MS, "model": CARD.id, "difficulty": 55} | fields)


def asking(task: Task = "code", difficulty: int = 55) -> Ask:
    made: Ask = ask(task=task, difficulty=difficulty)
    return made


async def test_before_any_outcome_the_prior_holds(learned: Learned) -> None:
    quality = learned.quality(CARD, asking())
    assert (quality.mean, quality.source) == predicted_quality(CARD, asking())
    assert learned.predicted(CARD, asking()) == (quality.mean, "its size and quantisation")
    assert 0 < quality.sd < 0.5
    assert learned.views(CARD) == ()


async def test_thumbs_and_checks_move_it_at_once_and_are_named(learned: Learned) -> None:
    before = learned.quality(CARD, asking())
    for number in range(12):
        learned.note(outcome(number))
    for number in range(3):
        learned.note(outcome(20 + number, source="thumb"))
    after = learned.quality(CARD, asking())
    assert after.mean > before.mean
    assert after.sd < before.sd
    assert after.source == "12 checks and 3 thumbs at code"
    elsewhere = learned.quality(CARD, asking("chat"))
    assert after.mean > elsewhere.mean > before.mean
    assert elsewhere.source == "its size and quantisation, 15 judgements at other tasks"
    learned.note(outcome(30, task="chat", source="retry", good=0.0))
    assert learned.quality(CARD, asking()).source.endswith("at code, 1 judgement at other tasks")
    assert learned.quality(CARD, asking("chat")).source.startswith("1 retry at chat")
    assert [view.task for view in learned.views(CARD)] == ["code", "chat"]
    assert repr(learned) == "Learned(16 outcomes of 1 models)"


async def test_it_is_the_same_after_a_restart(tmp_path: Path) -> None:
    async with learned_in(tmp_path) as first:
        first.note(outcome(1), CARD)  # before what is stored was read
        await first.prepare([CARD])
        for number in range(2, 9):
            first.note(outcome(number, good=number % 2, at_ms=NOON_MS + number * DAY_MS // 3))
        before = first.quality(CARD, asking())
    async with learned_in(tmp_path) as again:
        await again.prepare([CARD])
        assert again.quality(CARD, asking()).mean == pytest.approx(before.mean, abs=1e-12)
        assert again.quality(CARD, asking()).source == "8 checks at code"


async def test_a_second_thumb_takes_the_first_one_back(learned: Learned) -> None:
    first = learned.quality(CARD, asking())
    learned.note(outcome(1, source="thumb", good=1.0))
    learned.note(outcome(1, source="thumb", good=0.0))
    found = learned.quality(CARD, asking())
    assert found.source == "1 thumb at code"
    assert found.mean < first.mean
    learned.note(outcome(1, source="thumb", good=1.0))
    assert learned.quality(CARD, asking()).mean > first.mean


async def test_a_long_history_is_folded_in_beside_everything_else(learned: Learned) -> None:
    for number in range(LONG + 1):
        learned.note(outcome(number, task=("code", "chat")[number % 2], source="thumb"))
    before = learned.quality(CARD, asking())
    for number in range(0, 60, 2):
        learned.note(outcome(number, source="thumb", good=0.0))
    assert learned.quality(CARD, asking()).mean == pytest.approx(before.mean)
    await learned.settled()
    assert learned.quality(CARD, asking()).mean < before.mean


async def test_other_weights_under_the_same_name_are_another_model(learned: Learned) -> None:
    newer = dataclasses.replace(CARD, version="2")
    learned.note(outcome(good=0.0))
    assert learned.quality(CARD, asking()).source == "1 check at code"
    assert learned.quality(newer, asking()).source == "its size and quantisation"
    learned.note(outcome(good=0.0), CARD)
    assert learned.quality(CARD, asking()).source == "2 checks at code"


async def test_what_was_learned_fades(tmp_path: Path) -> None:
    clock = Clock()
    async with learned_in(tmp_path, clock) as learned:
        await learned.prepare([CARD])
        prior = learned.quality(CARD, asking())
        for number in range(10):
            learned.note(outcome(number, good=0.0))
        fresh = learned.quality(CARD, asking())
        clock.now_ms += 100 * DAY_MS
        later = learned.quality(CARD, asking())
        assert fresh.mean < later.mean < prior.mean
        assert fresh.sd < later.sd
        clock.now_ms += KEPT_DAYS * DAY_MS
        assert await learned.prune(clock()) == 10


async def test_another_prior_is_taken_up(tmp_path: Path) -> None:
    points = [50.0]
    db = await Database.open(tmp_path / "ledger.db")
    learned = Learned(Outcomes(db), Clock(), lambda _: Prior(points[0], 4.0, "your config"))
    await learned.settled()
    learned.note(outcome())
    low = learned.quality(CARD, asking())
    points[0] = 80.0
    learned.forget_priors()
    assert learned.quality(CARD, asking()).mean > low.mean
    assert learned.quality(CARD, asking("chat")).source.startswith("your config")
    await db.close()


async def test_what_says_nothing_is_passed_over(learned: Learned) -> None:
    learned.note(outcome(good=float("nan")))
    assert learned.quality(CARD, asking()).source == prior_of(CARD).source


def judged(count: int, task: Task = "code") -> list[Outcome]:
    """Of a model that is right a third of the time when it says 0.9."""
    chance = random.Random(2)
    found = []
    for number in range(count):
        raw = chance.uniform(0.6, 0.98)
        good = float(chance.random() < raw - 0.5)
        found.append(outcome(number, raw=raw, good=good, task=task))
    return found


async def test_a_confidence_is_raw_until_enough_answers_were_judged(learned: Learned) -> None:
    assert learned.confidence(CARD, "code", None, {}).value is None
    for one in judged(LEAST - 1):
        learned.note(one)
    raw = learned.confidence(CARD, "code", 0.9, {})
    assert (raw.value, raw.calibrated, raw.ece) == (0.9, False, None)
    assert raw.note == f"not calibrated yet ({LEAST - 1} of {LEAST} answers)"
    learned.note(outcome(999, source="agreement", raw=0.9))
    assert learned.confidence(CARD, "code", 0.9, {}).n == LEAST - 1


async def test_then_it_is_a_chance_with_its_error(learned: Learned) -> None:
    for one in judged(140):
        learned.note(one)
    await learned.settled()
    found = learned.confidence(CARD, "code", 0.9, {"least": 0.2})
    assert found.calibrated
    assert found.value is not None
    assert found.value == pytest.approx(0.4, abs=0.12)
    assert found.note.startswith("calibrated on 1")
    assert found.ece is not None
    assert found.ece < 0.15
    pooled = learned.confidence(CARD, "chat", 0.9, {})
    assert pooled.calibrated
    (view,) = learned.views(CARD)
    assert (view.calibrated, view.confidence) == (True, found.note)
    assert view.error == found.ece


async def test_thin_tasks_rest_on_all_of_them(learned: Learned) -> None:
    for one in (*judged(100), *judged(10, "chat")):
        learned.note(one)
    await learned.settled()
    found = learned.confidence(CARD, "chat", 0.9, {})
    assert found.pooled
    assert "answers at all tasks, error" in found.note


async def test_a_threshold_is_given_where_the_promise_can_be_kept(learned: Learned) -> None:
    assert learned.threshold(CARD, "code", 0.1) is None
    for number in range(80):
        learned.note(outcome(number, raw=0.97))
    for number in range(80, 120):
        learned.note(outcome(number, raw=0.55, good=0.0))
    assert learned.threshold(CARD, "code", 0.1) == 0.6
    assert learned.threshold(CARD, "code", 0.01) is None
