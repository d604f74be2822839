"""What was decided before a wait in line is judged again behind it, and goes elsewhere at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    Labels,
    Limits,
    Permit,
    Prompt,
    TextDelta,
    failed,
)
from homeport.daemon.config.settings import Config, Timeouts
from homeport.daemon.fleet.entrance import Entrance
from homeport.daemon.routing.router import Router
from homeport.daemon.storage.decision_record import DecisionRecord, replay
from homeport.daemon.strategies import backing_off
from homeport.policies.errors import HomeportError
from homeport.policies.model import FailureKind, ModelCard
from support.house import House, house
from support.polling import until
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"


def one_seat(model: str = A, **fields: object) -> ModelCard:
    """Of a model that is quick, so that it is worth to wait for, and answers one prompt at once."""
    return card(model, parameters=10**7, at_once=1, **fields)


class Held(ScriptedAdapter):
    """The first prompts that each model is asked wait for what becomes of them."""

    def __init__(self, *cards: ModelCard, held: tuple[str, ...] = (A,)) -> None:
        super().__init__({one.id: Script() for one in cards}, cards)
        loop = asyncio.get_running_loop()
        self.becomes: dict[str, asyncio.Future[AttemptFailed | None]] = {
            model: loop.create_future() for model in held
        }
        self.order: list[str] = []
        """Clients, as they were asked."""

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """A word, or what the test says."""
        self.asked.append((card.id, prefix))
        self.limits.append(limits)
        self.order.append(f"{card.name} {prompt.labels.client}")
        if card.id in self.becomes:
            error = await self.becomes[card.id]
            if error is not None and error.failure.sent_tokens:
                yield TextDelta("Once upon ")
            if error is not None:
                self.becomes.pop(card.id, None)
                raise error
        yield TextDelta("Well.")
        yield Finish("stop", self.scripts[card.id].usage)


async def ask(home: House, client: str, model: str = "auto", *, private: bool = False) -> str:
    """Who answered, and what."""
    asked = prompt(labels=Labels(client=client, model=model, private=private))
    async with home.router.answer(asked) as answer:
        text = "".join([d.text async for d in answer.deltas() if isinstance(d, TextDelta)])
        return f"{answer.view.model} {text}"


async def error_of(home: House, client: str, *, private: bool = False) -> HomeportError:
    with pytest.raises(HomeportError) as caught:
        await ask(home, client, private=private)
    return caught.value


def with_times(home: House, deadline_s: float, first_token_s: float = 45.0) -> None:
    """Prompts have so long; what is asked does not learn from it how long that is."""
    times = Timeouts(deadline_s=deadline_s, first_token_s=first_token_s, learned=False)
    config = Config(timeouts=times)
    home.router = Router(replace(home.rooms, config=lambda: config))


def wait_in(home: House, model: str = A) -> int:
    """Prompts in the line of a model."""
    line = home.rooms.fleet.entrance.line(model)
    return 0 if line is None else line.waiting


async def record_of(home: House, client: str) -> DecisionRecord:
    await home.router.settled()
    await home.rooms.decisions.flush()
    (request,) = [view.id for view in home.rooms.bus.requests() if view.client == client]
    record = await home.rooms.decisions.get(request)
    assert record is not None
    return record


async def test_what_hangs_costs_its_share_once_for_those_in_line_too(tmp_path: Path) -> None:
    adapter = Held(one_seat(), card(B))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        with_times(home, 600.0)
        first = tasks.create_task(ask(home, "first", A))
        await until(lambda: bool(adapter.asked), 3)
        others = [tasks.create_task(ask(home, f"{number}", A)) for number in range(3)]
        await until(lambda: wait_in(home) == 3, 3)
        adapter.becomes[A].set_result(failed(A, "first_token_timeout", "It gave no token."))
        assert {await first, *[await other for other in others]} == {f"{B} Well."}
        record = await record_of(home, "0")
    assert adapter.order[0] == "a first"
    assert {asked.partition(" ")[0] for asked in adapter.order[1:]} == {"b"}
    assert [step.decision.order[0].model for step in record.steps] == [A, B]
    assert [veto.gate for veto in record.steps[1].decision.vetoes] == ["state"]
    assert replay(record) == "identical"


def link(state: str) -> Callable[[House], None]:
    def change(home: House) -> None:
        home.around.links["cloud"] = state  # type: ignore[assignment]

    return change


def key_is_refused(home: House) -> None:
    home.around.key = "refused"


CHANGES = pytest.mark.parametrize(
    "change", [link("offline"), link("offline-by-choice"), key_is_refused]
)


@CHANGES
async def test_who_waits_for_what_cannot_be_reached_goes_elsewhere_at_once(
    tmp_path: Path, change: Callable[[House], None]
) -> None:
    adapter = Held(one_seat(place="cloud"), card(B))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(home, "first", A))
        await until(lambda: bool(adapter.asked), 3)
        second = tasks.create_task(ask(home, "second", A))
        await until(lambda: wait_in(home) == 1, 3)
        change(home)
        home.rooms.fleet.look_at_lines()
        assert await second == f"{B} Well."
        assert not first.done(), "nobody waited for the one that still runs"
        adapter.becomes[A].set_result(None)


@CHANGES
async def test_where_nobody_else_may_answer_it_is_said_at_once(
    tmp_path: Path, change: Callable[[House], None]
) -> None:
    adapter = Held(one_seat(place="cloud"))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(home, "first"))
        await until(lambda: bool(adapter.asked), 3)
        second = tasks.create_task(error_of(home, "second"))
        await until(lambda: wait_in(home) == 1, 3)
        change(home)
        home.rooms.fleet.look_at_lines()
        assert (await second).status in (403, 503)
        assert not first.done()
        adapter.becomes[A].set_result(None)


async def test_what_changed_unheard_is_seen_when_the_turn_comes(tmp_path: Path) -> None:
    adapter = Held(one_seat(place="cloud"), card(B))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(home, "first", A))
        await until(lambda: bool(adapter.asked), 3)
        second = tasks.create_task(ask(home, "second", A))
        third = tasks.create_task(ask(home, "third", A))
        await until(lambda: wait_in(home) == 2)
        home.set_policy(mode="local-only")
        adapter.becomes[A].set_result(None)
        assert {await second, await third} == {f"{B} Well."}
        assert await first == f"{A} Well."
        line = home.rooms.fleet.entrance.line(A)
        assert line is not None
        assert (line.taken, line.waiting) == (0, 0), "both seats that came were given back"


async def test_a_private_prompt_stays_at_home_whatever_becomes_of_its_model(tmp_path: Path) -> None:
    adapter = Held(one_seat(), card(B, place="cloud"))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(error_of(home, "first", private=True))
        await until(lambda: bool(adapter.asked), 3)
        second = tasks.create_task(error_of(home, "second", private=True))
        await until(lambda: wait_in(home) == 1, 3)
        adapter.becomes[A].set_result(failed(A, "first_token_timeout", "It gave no token."))
        await first
        assert {veto.gate for veto in (await second).vetoes} == {"state", "privacy"}
    assert adapter.order == ["a first"]


async def test_a_share_holds_nothing_of_a_wait_in_line_that_is_over(tmp_path: Path) -> None:
    adapter = Held(one_seat())
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        with_times(home, 20.0, 3.0)
        first = tasks.create_task(ask(home, "first"))
        await until(lambda: bool(adapter.asked), 3)
        second = tasks.create_task(ask(home, "second"))
        await until(lambda: wait_in(home) == 1, 3)
        adapter.becomes[A].set_result(None)
        await first, await second
        record = await record_of(home, "second")
    before, behind = [step.candidates[0].wait_ms for step in record.steps]
    assert before > 0
    assert behind == 0
    assert [limits.first_token_s for limits in adapter.limits] == [3.0, 3.0]
    assert replay(record) == "identical"


async def test_a_server_that_lets_wait_itself_is_given_that_time(tmp_path: Path) -> None:
    adapter = Held(card(A))  # a server that says nothing of its seats
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        with_times(home, 600.0, 3.0)
        for number in range(6):
            tasks.create_task(ask(home, f"{number}"))
            await until(lambda before=number: len(adapter.asked) > before)
        adapter.becomes[A].set_result(None)
    assert adapter.limits[0].first_token_s == 3.0
    assert adapter.limits[5].first_token_s > 3.0


@pytest.mark.parametrize("bound", [64, 1])
async def test_an_answer_that_was_cut_off_is_first_in_line_and_never_refused(
    tmp_path: Path, bound: int
) -> None:
    adapter = Held(card(A, place="cloud"), one_seat(B), held=(A, B))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        home.rooms.fleet.entrance = Entrance(most_waiting=lambda: bound)
        await home.rooms.fleet.refresh(cloud=True)
        cut = tasks.create_task(ask(home, "person", A))
        await until(lambda: len(adapter.asked) == 1, 3)
        tasks.create_task(ask(home, "other", B, private=True))
        await until(lambda: len(adapter.asked) == 2)
        for number in range(min(bound, 3)):
            tasks.create_task(ask(home, "person", B, private=True))
            await until(lambda before=number: wait_in(home, B) > before)
        waited = wait_in(home, B)
        adapter.becomes[A].set_result(failed(A, "stall", "It was cut.", sent_tokens=1))
        await until(lambda: wait_in(home, B) > waited, 3)
        adapter.becomes[B].set_result(None)
        assert await cut == f"{B} Once upon Well."
        await home.router.settled()
    handed = [prefix for model, prefix in adapter.asked if model == B]
    assert handed[:2] == ["", "Once upon "], "it was let in before all that waited"
    assert len(handed) == 2 + waited


async def test_what_said_when_it_has_room_is_waited_for_where_nobody_else_may_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_off, "FIRST_S", 0.01)
    adapter = Held(one_seat(place="cloud"))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(ask(home, "first"))
        await until(lambda: bool(adapter.asked), 3)
        others = [tasks.create_task(ask(home, f"{number}")) for number in range(3)]
        await until(lambda: wait_in(home) == 3, 3)
        busy = failed(A, "rate_limited", "It is busy.", status=429, retry_after_ms=150)
        adapter.becomes[A].set_result(busy)
        assert {await first, *[await other for other in others]} == {f"{A} Well."}


@pytest.mark.parametrize("kind", ["first_token_timeout", "stall"])
async def test_what_is_left_alone_for_long_is_not_waited_for(
    tmp_path: Path, kind: FailureKind
) -> None:
    adapter = Held(one_seat())
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        first = tasks.create_task(error_of(home, "first"))
        await until(lambda: bool(adapter.asked), 3)
        second = tasks.create_task(error_of(home, "second"))
        await until(lambda: wait_in(home) == 1, 3)
        adapter.becomes[A].set_result(failed(A, kind, "It hung."))
        assert ((await first).code, (await second).code) == ("nothing_answered", "nothing_ready")
    assert adapter.order == ["a first"]


async def test_a_wait_changes_nothing_of_how_the_prompt_is_answered(tmp_path: Path) -> None:
    adapter = Held(one_seat(), card(B, place="cloud", parameters=10**6))
    async with house(tmp_path, [adapter]) as home, asyncio.TaskGroup() as tasks:
        with_times(home, 600.0)
        home.set_policy(hedge_after_ms=1, hedge_late_ms=10**9)
        first = tasks.create_task(ask(home, "first", A))
        await until(lambda: bool(adapter.asked), 3)
        second = tasks.create_task(ask(home, "second"))
        await until(lambda: wait_in(home) == 1, 3)
        home.set_policy(hedge_after_ms=1, hedge_late_ms=0)
        adapter.becomes[A].set_result(None)
        assert {await first, await second} == {f"{A} Well."}
        record = await record_of(home, "second")
    assert [step.decision.strategy for step in record.steps] == ["single", "single"]
    assert record.view.strategy == "single"
    assert record.steps[1].ask.deadline_ms <= record.steps[0].ask.deadline_ms
