"""The way of a request: decided, tried, continued, paid for, announced and logged."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from homeport.adapters.base import Finish, Labels, ResponseFormat, TextDelta, Usage
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import Price, flat
from homeport.daemon.routing.router import new_id
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import BadRequest, HomeportError, NotFound, OverBudget, Refused
from homeport.policies.model import ModelCard
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"


def two(a: Script, b: Script, **fields: object) -> ScriptedAdapter:
    """Two local models; `a` is the larger and so the first choice."""
    cards = [card(A, parameters=30 * 10**9, **fields), card(B, parameters=8 * 10**9, **fields)]
    return ScriptedAdapter({A: a, B: b}, cards)


async def text_of(home: House, **fields: object) -> tuple[str, Finish]:
    text, finish = "", None
    try:
        async with home.router.answer(prompt(**fields)) as answer:
            async for delta in answer.deltas():
                text += delta.text if isinstance(delta, TextDelta) else ""
                finish = delta if isinstance(delta, Finish) else finish
    finally:
        await home.router.settled()
    assert finish is not None
    return text, finish


async def test_an_answer_is_announced_paid_for_and_logged(tmp_path: Path) -> None:
    async with house(tmp_path, [two(Script(), Script())]) as home:
        text, finish = await text_of(home)
        view = home.rooms.bus.requests()[-1]
        await home.rooms.decisions.flush()
        record = await home.rooms.decisions.get(view.id)
    assert text == "Hello there."
    assert finish.usage == Usage(input=7, output=3)
    assert (view.state, view.model, view.place, view.cost_nano) == ("done", A, "local", 0)
    assert [attempt.outcome for attempt in view.attempts] == ["done"]
    assert record is not None
    assert replay(record) == "identical"


async def test_a_model_that_dies_in_mid_answer_is_continued_by_another(tmp_path: Path) -> None:
    adapter = two(
        Script(words=("Once ", "upon "), fails="worker_died"),
        Script(words=("a ", "time."), usage=Usage(input=9, output=2)),
    )
    # The same model is tried once more after its first death.
    async with house(tmp_path, [adapter]) as home:
        text, finish = await text_of(home)
        view = home.rooms.bus.requests()[-1]
    assert text == "Once upon Once upon a time."
    assert adapter.asked == [(A, ""), (A, "Once upon "), (B, "Once upon Once upon ")]
    assert [attempt.outcome for attempt in view.attempts] == ["worker_died", "worker_died", "done"]
    assert finish.usage.output == 6
    assert not finish.usage.certain


async def test_where_everything_fails_there_is_one_clear_error(tmp_path: Path) -> None:
    adapter = two(Script(words=(), fails="reset"), Script(words=(), fails="overloaded"))
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(HomeportError) as caught:
            await text_of(home)
        view = home.rooms.bus.requests()[-1]
    assert (caught.value.code, caught.value.status) == ("nothing_answered", 502)
    assert A in caught.value.sentence
    assert caught.value.decision == view.id
    assert view.state == "failed"


async def test_a_structured_answer_that_is_not_streamed_is_begun_anew(tmp_path: Path) -> None:
    adapter = two(
        Script(words=('{"a"',), fails="stall"), Script(words=('{"b":1}',)), capabilities=("json",)
    )
    async with house(tmp_path, [adapter]) as home:
        text, _ = await text_of(home, response_format=ResponseFormat(kind="json"))
    assert text == '{"b":1}'
    assert [prefix for _, prefix in adapter.asked] == ["", ""]


async def test_a_caller_that_goes_away_is_settled(tmp_path: Path) -> None:
    adapter = two(Script(words=("one ", "two "), hangs=True), Script())
    async with house(tmp_path, [adapter]) as home:
        async with home.router.answer(prompt()) as answer:
            stream = answer.deltas()
            while not isinstance(await anext(stream), TextDelta):
                pass
        await home.router.settled()
        view = home.rooms.bus.requests()[-1]
        report = await home.rooms.ledger.report("model", 0)
        assert home.router.in_flight == 0
    assert adapter.closed == 1
    assert view.state == "cancelled"
    assert [row.requests for row in report.rows] == [1]


async def test_books_that_cannot_be_written_end_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path, [two(Script(), Script())]) as home:

        def broken(*_: object) -> None:
            raise OSError("no paper left")

        home.rooms.ledger.settle_soon = broken  # type: ignore[method-assign,assignment]
        assert (await text_of(home))[0] == "Hello there."
        assert (await text_of(home))[0] == "Hello there."
        assert [view.state for view in home.rooms.bus.requests()] == ["done", "done"]
    assert "no paper left" in caplog.text


async def test_cancelling_the_caller_leaves_nothing_reserved(tmp_path: Path) -> None:
    cloud = card("scripted/c", place="cloud", price_ref="x/y")
    adapter = ScriptedAdapter({"scripted/c": Script(words=("one ",), hangs=True)}, [cloud])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=10**9)) as home:
        home.around.prices["scripted/c"] = dear_price()
        started = asyncio.Event()

        async def read() -> None:
            async with home.router.answer(prompt()) as answer:
                async for delta in answer.deltas():
                    if isinstance(delta, TextDelta):
                        started.set()

        task = asyncio.ensure_future(read())
        await started.wait()
        (window,) = home.rooms.ledger.budget().windows
        assert window.reserved_nano > 0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await home.router.settled()
        (window,) = home.rooms.ledger.budget().windows
    assert window.reserved_nano == 0
    assert window.spent_nano > 0


def dear_price() -> Price:
    """A thousand nano-dollars a token."""
    return flat(10**9, 10**9, source="a test")


async def test_hundreds_at_once_never_overshoot_the_budget(tmp_path: Path) -> None:
    cloud = card("scripted/c", place="cloud", price_ref="x/y", max_output=1000)
    usage = Usage(input=50, output=900)
    adapter = ScriptedAdapter({"scripted/c": Script(usage=usage)}, [cloud])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    limit = 10_000_000
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=limit)) as home:
        home.around.prices["scripted/c"] = dear_price()
        outcomes = await asyncio.gather(
            *(text_of(home) for _ in range(200)), return_exceptions=True
        )
        (window,) = home.rooms.ledger.budget().windows
    answered = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, OverBudget)]
    assert len(answered) + len(refused) == 200
    assert answered
    assert refused
    assert window.spent_nano <= limit
    assert window.spent_nano == len(answered) * 950_000
    assert window.reserved_nano == 0


async def test_an_unknown_model_is_named_with_its_nearest(tmp_path: Path) -> None:
    async with house(tmp_path, [two(Script(), Script())]) as home:
        with pytest.raises(NotFound) as caught:
            await text_of(home, labels=Labels(model="scripted/aa"))
    assert caught.value.param == "model"
    assert A in caught.value.sentence


async def test_a_private_prompt_with_cloud_models_alone_is_refused(tmp_path: Path) -> None:
    cloud = card("scripted/c", place="cloud")
    adapter = ScriptedAdapter({"scripted/c": Script()}, [cloud])
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(Refused) as caught:
            await text_of(home, labels=Labels(private=True))
    assert adapter.asked == []
    assert [veto.gate for veto in caught.value.vetoes] == ["privacy"]


@pytest.mark.parametrize("labels", [Labels(policy="fast"), Labels(strategy="magic")])
async def test_unknown_policies_and_strategies_are_named(tmp_path: Path, labels: Labels) -> None:
    async with house(tmp_path, [two(Script(), Script())]) as home:
        with pytest.raises(BadRequest):
            await text_of(home, labels=labels)
        assert home.rooms.bus.requests() == ()


async def test_a_dry_run_leaves_no_trace(tmp_path: Path) -> None:
    adapter = two(Script(), Script())
    async with house(tmp_path, [adapter]) as home:
        why = await home.router.explain(prompt())
        assert home.rooms.bus.n == 0
    assert why.steps[0].order[0].model == A
    assert adapter.asked == []
    assert {mode for mode, _ in why.what_if} >= {"local-only", "cloud-only"}


@pytest.mark.parametrize(
    ("labels", "listed"),
    [
        (Labels(model="gpt-9"), True),
        (Labels(policy="cloud-only"), True),
        (Labels(policy="local-only"), False),
        (Labels(private=True), False),
        (Labels(model="local"), False),
    ],
)
async def test_the_cloud_is_asked_for_its_models_when_a_prompt_may_leave(
    tmp_path: Path, labels: Labels, listed: bool
) -> None:
    at_home = two(Script(), Script())
    cloud = ScriptedAdapter({"cloud/gpt-9": Script()}, [])
    cloud.provider = "cloud"  # type: ignore[misc]
    cloud.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [at_home]) as home:
        home.rooms.fleet.replace_adapters([at_home, cloud])
        cloud.cards = [card("cloud/gpt-9", place="cloud")]
        await text_of(home, labels=labels)
        assert ("cloud/gpt-9" in home.rooms.fleet.ids()) is listed
        view = home.rooms.bus.requests()[-1]
    assert (view.model == "cloud/gpt-9") is listed


async def test_a_model_that_is_known_does_not_wait_for_the_clouds_list(tmp_path: Path) -> None:
    at_home, cloud = two(Script(), Script()), ScriptedAdapter({}, [])
    cloud.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [at_home]) as home:
        home.rooms.fleet.replace_adapters([at_home, cloud])
        listed, ended = asyncio.Event(), asyncio.Event()

        async def slow_list(*_: object) -> list[ModelCard]:
            try:
                await listed.wait()
            finally:
                ended.set()
            return []

        cloud.models = slow_list  # type: ignore[method-assign,assignment]
        assert (await text_of(home, labels=Labels(model=B)))[0] == "Hello there."
        assert not ended.is_set(), "the answer came while the cloud was still asked"
        listed.set()


async def test_no_model_at_all_says_how_to_get_one(tmp_path: Path) -> None:
    async with house(tmp_path, []) as home:
        with pytest.raises(HomeportError) as caught:
            await text_of(home)
    assert (caught.value.code, caught.value.status) == ("no_model", 503)
    assert "homeport models add" in caught.value.sentence


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert len(set(ids)) == 20_000
    assert {len(made) for made in ids} == {14}
    assert ids == sorted(ids)
