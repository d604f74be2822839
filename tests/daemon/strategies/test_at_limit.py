"""A prompt that waits at a limit: raised, refused, or left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from homeport.adapters.base import Labels, StatusDelta, TextDelta
from homeport.client.wire import BudgetQuestion
from homeport.daemon.bus import now_ms
from homeport.daemon.config.settings import BudgetLimits, Config
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import flat
from homeport.daemon.money.questions import Questions
from homeport.daemon.money.raises import raise_for
from homeport.daemon.money.scopes import Limit
from homeport.daemon.routing.asking import ask_of
from homeport.daemon.routing.router import Router
from homeport.daemon.shelf.shelf import Shelf
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import OverBudget
from homeport.policies.model import Ask
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

DOLLAR = 10**9
HOME, SKY = "home/small", "sky/large"


class Person:
    """Hears what is asked, and what became of it."""

    def __init__(self) -> None:
        self.heard: list[BudgetQuestion] = []
        self.asked = asyncio.Event()

    def hear(self, question: BudgetQuestion) -> None:
        self.heard.append(question)
        self.asked.set()

    @property
    def states(self) -> list[str]:
        return [question.state for question in self.heard]


@asynccontextmanager
async def asking(
    folder: Path,
    *,
    limits: LedgerLimits | None = None,
    wait_s: float = 60.0,
    at_home: bool = True,
) -> AsyncIterator[tuple[House, Person]]:
    """A house whose cloud is better and over the budget, under `at_limit = "ask"`."""
    large = card(SKY, place="cloud", parameters=400 * 10**9, price_ref="x/y", host="api.example")
    sky = ScriptedAdapter({SKY: Script(words=("sky",))}, [large])
    sky.origin = "https://api.example"
    small = [card(HOME, parameters=10**8)] if at_home else []
    person, here = Person(), ScriptedAdapter({HOME: Script(words=("home",))}, small)
    async with house(folder, [sky, here], limits=limits or LedgerLimits(day_nano=1)) as home:
        home.around.prices[SKY] = flat(DOLLAR, DOLLAR, source="a test")
        home.set_policy(at_limit="ask", mode="prefer-cloud")
        questions = Questions(person.hear)
        home.rooms.ledger.on_spent = questions.look
        config = Config(budget=BudgetLimits(ask_wait_s=wait_s))
        home.rooms = replace(home.rooms, questions=questions, config=lambda: config)
        home.router = Router(home.rooms)
        yield home, person


def measured() -> Ask:
    return ask_of(prompt(), 60_000)


async def told(home: House, labels: Labels | None = None) -> tuple[str, list[str]]:
    """The answer, and what was said before it."""
    words, said = "", []
    async with home.router.answer(prompt(labels=labels or Labels())) as answer:
        async for delta in answer.deltas():
            words += delta.text if isinstance(delta, TextDelta) else ""
            said += [delta.sentence] if isinstance(delta, StatusDelta) else []
    await home.router.settled()
    return words, said


async def test_a_raise_lets_it_go_on_where_it_wanted_to(tmp_path: Path) -> None:
    async with asking(tmp_path) as (home, person):
        answering = asyncio.ensure_future(told(home))
        await person.asked.wait()
        (question,) = home.rooms.questions.views()
        assert (question.model, question.window, question.state) == (SKY, "day", "open")
        assert f"homeport budget raise --day {question.raise_nano / DOLLAR:.2f}" in (
            question.sentence
        )
        await home.rooms.ledger.raise_limit(raise_for(question, now_ms()))
        words, said = await answering
        assert (words, said) == ("sky", [question.sentence])
        view = home.rooms.bus.requests()[-1]
        assert view.because.endswith("; the budget was raised for it")
        assert person.states == ["open", "raised"]
        assert home.rooms.questions.views() == ()
        record = await home.rooms.decisions.get("last")
        assert record is not None
        assert [len(step.decision.order) for step in record.steps] == [0, 2]
        assert replay(record) == "identical"


async def test_who_loses_the_race_for_the_last_of_it_is_asked_too(tmp_path: Path) -> None:
    async with asking(tmp_path, limits=LedgerLimits(day_nano=DOLLAR)) as (home, person):
        worst = home.rooms.fleet.candidates(measured())[0].worst_cost_nano
        assert worst
        home.rooms.ledger.set_limits(LedgerLimits(day_nano=worst + worst // 2))
        both = [asyncio.ensure_future(told(home)) for _ in range(2)]
        await person.asked.wait()
        (question,) = home.rooms.questions.views()
        await home.rooms.ledger.raise_limit(raise_for(question, now_ms()))
        assert [words for words, _ in await asyncio.gather(*both)] == ["sky", "sky"]
        assert person.states == ["open", "raised"]


async def test_refused_it_goes_on_at_home_and_says_so(tmp_path: Path) -> None:
    async with asking(tmp_path) as (home, person):
        answering = asyncio.ensure_future(told(home))
        await person.asked.wait()
        assert home.rooms.questions.refuse() == 1
        assert (await answering)[0] == "home"
        assert home.rooms.bus.requests()[-1].because.endswith("; a raise of the budget was refused")
        assert person.states == ["open", "refused"]


async def test_nobody_answers_in_time(tmp_path: Path) -> None:
    async with asking(tmp_path, wait_s=0.01) as (home, person):
        assert (await told(home))[0] == "home"
        assert person.states == ["open", "timed-out"]
        assert "nobody raised the budget in time" in home.rooms.bus.requests()[-1].because


async def test_with_nothing_at_home_it_is_refused_and_said(tmp_path: Path) -> None:
    async with asking(tmp_path, wait_s=0.01, at_home=False) as (home, _):
        with pytest.raises(OverBudget) as refused:
            await told(home)
        assert refused.value.sentence.endswith("Nobody raised the budget in time.")
        assert home.rooms.bus.requests()[-1].state == "failed"


async def test_a_caller_that_goes_away_takes_its_question_along(tmp_path: Path) -> None:
    async with asking(tmp_path) as (home, person):
        answering = asyncio.ensure_future(told(home))
        await person.asked.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        assert person.states == ["open", "gone"]
        await home.router.settled()


async def test_a_session_cannot_be_raised_and_goes_on_at_home(tmp_path: Path) -> None:
    limits = LedgerLimits(scoped=(Limit(window="week", nano=1), Limit(window="session", nano=1)))
    async with asking(tmp_path, limits=limits) as (home, person):
        words, _ = await told(home, Labels(session="one"))
        assert (words, person.heard) == ("home", [])


async def test_two_windows_are_asked_about_one_after_the_other(tmp_path: Path) -> None:
    limits = LedgerLimits(day_nano=2, month_nano=1)
    async with asking(tmp_path, limits=limits) as (home, person):
        answering = asyncio.ensure_future(told(home))
        for window in ("month", "day"):
            await person.asked.wait()
            person.asked.clear()
            while not (open_ones := home.rooms.questions.views()) or open_ones[0].window != window:
                await asyncio.sleep(0)
            await home.rooms.ledger.raise_limit(raise_for(open_ones[0], now_ms()))
        assert (await answering)[0] == "sky"
        assert person.states == ["open", "raised", "open", "raised"]


async def test_a_policy_that_the_program_named_holds_after_the_wait_too(tmp_path: Path) -> None:
    async with asking(tmp_path, wait_s=0.01) as (home, person):
        (tmp_path / "careful.toml").write_text(
            f'[[rule]]\nname = "not that one"\nthen = {{ deny = "{HOME}" }}\n', "utf-8"
        )
        home.shelf = Shelf(tmp_path)
        with pytest.raises(OverBudget) as refused:
            await told(home, Labels(policy="careful"))
        assert person.states == ["open", "timed-out"]
        assert refused.value.vetoes[0].gate == "rule"
        record = await home.rooms.decisions.get("last")
        assert record is not None
        first, last = record.steps
        assert last.policy.name == "careful"
        assert last.ask.deadline_ms < first.ask.deadline_ms
        assert replay(record) == "identical"
