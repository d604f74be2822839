"""`single`: the bounds of an attempt, what is learned from it, and when it gives up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Finish, Labels, Sampling, TextDelta, Usage
from homeport.client.wire import Decided, RequestView, Settled
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import flat
from homeport.policies.errors import HomeportError, OverBudget
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B, C = "scripted/a", "scripted/b", "scripted/c"


async def said(home: House, **fields: object) -> str:
    text = ""
    try:
        async with home.router.answer(prompt(**fields)) as answer:
            async for delta in answer.deltas():
                text += delta.text if isinstance(delta, TextDelta) else ""
    finally:
        await home.router.settled()
    return text


async def test_the_next_attempt_may_only_write_what_is_left(tmp_path: Path) -> None:
    adapter = ScriptedAdapter(
        {A: Script(words=("1 ", "2 ", "3 "), fails="overloaded"), B: Script(words=("4",))},
        [card(A, parameters=30 * 10**9), card(B)],
    )
    async with house(tmp_path, [adapter]) as home:
        assert await said(home, sampling=Sampling(max_tokens=10)) == "1 2 3 4"
    first, second = adapter.limits
    assert (first.max_tokens, second.max_tokens) == (10, 7)
    assert second.deadline_s <= first.deadline_s


async def test_an_attempt_has_no_longer_than_the_caller_has(tmp_path: Path) -> None:
    adapter = ScriptedAdapter({A: Script()}, [card(A)])
    async with house(tmp_path, [adapter]) as home:
        await said(home, labels=Labels(deadline_ms=15_000))
    assert adapter.limits[0].deadline_s <= 15


async def test_a_whole_answer_teaches_the_speed_and_proves_the_key(tmp_path: Path) -> None:
    adapter = ScriptedAdapter({A: Script(usage=Usage(input=9, output=30))}, [card(A)])
    async with house(tmp_path, [adapter]) as home:
        assert home.rooms.fleet.speeds.seen(A) is None
        await said(home)
        assert home.rooms.fleet.speeds.seen(A) is not None
        assert home.keys_noted == [("scripted", "valid")]


async def test_a_refused_key_is_noted_and_no_sibling_is_tried(tmp_path: Path) -> None:
    adapter = ScriptedAdapter({A: Script(words=(), fails="unauthorized")}, [card(A), card(B)])
    adapter.scripts[B] = Script(words=(), fails="unauthorized")
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(HomeportError):
            await said(home)
        assert home.keys_noted == [("scripted", "refused")]
    assert len(adapter.asked) == 1


async def test_a_model_that_went_away_costs_one_attempt(tmp_path: Path) -> None:
    adapter = ScriptedAdapter(
        {A: Script(), B: Script(words=("here",))}, [card(A, parameters=30 * 10**9), card(B)]
    )
    async with house(tmp_path, [adapter]) as home:
        real = home.rooms.fleet.begin
        home.rooms.fleet.begin = (  # type: ignore[method-assign]
            lambda model, way=0: None if model == A else real(model, way)
        )
        assert await said(home) == "here"
        (view,) = home.rooms.bus.requests()
    assert [attempt.outcome for attempt in view.attempts] == ["missing", "done"]


async def test_a_budget_that_shrinks_meanwhile_sends_the_prompt_home(tmp_path: Path) -> None:
    cloud = ScriptedAdapter({C: Script()}, [card(C, place="cloud", price_ref="x/y")])
    cloud.origin = "https://api.example.com"  # type: ignore[misc]
    home_adapter = ScriptedAdapter({A: Script(words=("at home",))}, [card(A)])
    async with house(tmp_path, [cloud, home_adapter]) as home:
        home.set_policy(mode="prefer-cloud")
        home.around.prices[C] = flat(10**9, 10**9, source="a test")
        async with home.router.answer(prompt()) as answer:
            assert answer.decision.order[0].model == C
            home.rooms.ledger.set_limits(LedgerLimits(day_nano=1))
            deltas = [delta async for delta in answer.deltas()]
            assert answer.view.model == A
        await home.router.settled()
    assert isinstance(deltas[-1], Finish)
    assert cloud.asked == []


async def test_a_budget_without_a_model_at_home_is_refused(tmp_path: Path) -> None:
    cloud = ScriptedAdapter({C: Script()}, [card(C, place="cloud", price_ref="x/y")])
    cloud.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [cloud], limits=LedgerLimits(day_nano=1)) as home:
        home.around.prices[C] = flat(10**9, 10**9, source="a test")
        with pytest.raises(OverBudget):
            await said(home)
    assert cloud.asked == []


async def test_a_decision_that_is_looked_at_twice_is_told_once(tmp_path: Path) -> None:
    """What is paid for may go on with what the one before it leaves: it is decided again then."""
    adapter = ScriptedAdapter(
        {A: Script(words=("1 ",), fails="reset"), B: Script(words=("2",))},
        [card(A, place="cloud", price_ref="x/y"), card(B, place="cloud", price_ref="x/z")],
    )
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=10**12)) as home:
        home.set_policy(mode="prefer-cloud")
        home.around.prices = {name: flat(10**9, 10**9, source="a test") for name in (A, B)}
        with home.rooms.bus.watch() as watcher:
            events = aiter(watcher)
            await anext(events)
            assert await said(home) == "1 2"
            told = await decided(events)
    assert [request.model for request in told] == [A, B]


async def decided(events: AsyncIterator[Any]) -> list[RequestView]:
    """Every decision among them, until the prompt was settled."""
    told = []
    async for event in events:
        if isinstance(event, Decided):
            told.append(event.request)
        if isinstance(event, Settled):
            break
    return told
