"""Embeddings: one exact model, with every gate, the books and the log of a prompt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Inputs, Labels, Usage
from homeport.daemon.fleet.predictions import worst_nano
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.plausible import plausible
from homeport.daemon.money.price import flat
from homeport.daemon.routing.embedding import Embeddings, ask_of
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import (
    BadRequest,
    HomeportError,
    NotFound,
    NothingAnswered,
    OverBudget,
    Refused,
)
from homeport.policies.model import FailureKind, ModelCard
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card
from support.vectors import VectorAdapter, vector_card

A, B, CLOUD, CHAT = "vectors/a", "vectors/b:latest", "cloudy/v", "scripted/chat"
Set = tuple[House, VectorAdapter, Embeddings]


@asynccontextmanager
async def set_up(
    folder: Path, *cards: ModelCard, fails: Sequence[FailureKind] = (), day_nano: int | None = None
) -> AsyncIterator[Set]:
    adapter = VectorAdapter(cards or (vector_card(A),), fails)
    chat = ScriptedAdapter({CHAT: Script()}, [card(CHAT)])
    limits = LedgerLimits(day_nano=day_nano) if day_nano is not None else None
    async with house(folder, [adapter, chat], limits=limits) as home:
        yield home, adapter, Embeddings(home.rooms)


def inputs(model: str = A, *texts: str, **labels: object) -> Inputs:
    return Inputs(texts or ("one", "three"), Labels(model=model, **labels))  # type: ignore[arg-type]


async def test_vectors_are_announced_paid_for_and_logged(tmp_path: Path) -> None:
    async with set_up(tmp_path) as (home, _, embeddings):
        home.around.prices[A] = flat(2_000_000, 0, source="test")
        vectors = await embeddings.embed(inputs())
        shown = home.rooms.bus.requests()[-1]
        await home.rooms.decisions.flush()
        record = await home.rooms.decisions.get(vectors.view.id)
        spent = home.rooms.ledger.spend_view()
    assert vectors.embedded.vectors == ((3.0, 3.0), (5.0, 5.0))
    assert (shown.state, shown.model, shown.input_tokens, shown.cost_nano) == ("done", A, 11, 22)
    assert [attempt.outcome for attempt in shown.attempts] == ["done"]
    assert record is not None
    assert replay(record) == "identical"
    assert {veto.gate for veto in record.steps[0].decision.vetoes} == {"purpose"}
    assert (spent.requests_today, embeddings.in_flight) == (1, 0)
    assert repr(embeddings) == "Embeddings(0 in flight)"


@pytest.mark.parametrize("name", [B, "b", "b:latest"])
async def test_a_name_means_its_one_model(tmp_path: Path, name: str) -> None:
    async with set_up(tmp_path, vector_card(A), vector_card(B)) as (_, adapter, embeddings):
        await embeddings.embed(inputs(name))
        assert [model for model, _ in adapter.asked] == [B]


async def test_an_alias_means_what_it_stands_for(tmp_path: Path) -> None:
    async with set_up(tmp_path, vector_card(A), vector_card(B)) as (home, adapter, embeddings):
        home.set_policy(aliases=(("text-embedding-3-small", B),))
        await embeddings.embed(inputs("text-embedding-3-small"))
        assert adapter.asked[0][0] == B


async def test_auto_is_the_only_one_that_may_take_it(tmp_path: Path) -> None:
    both = vector_card(A), vector_card(CLOUD, place="cloud")
    async with set_up(tmp_path, *both) as (home, adapter, embeddings):
        for model, labels in (
            ("auto", {"private": True}),
            ("auto:local-only", {}),
            ("local", {}),
            ("cloud", {}),
            ("auto", {"policy": "cloud-only"}),
        ):
            await embeddings.embed(inputs(model, **labels))
        home.set_policy(mode="local-only")
        await embeddings.embed(inputs("auto"))
        assert [model for model, _ in adapter.asked] == [A, A, A, CLOUD, CLOUD, A]


async def test_auto_among_several_is_refused_with_their_names(tmp_path: Path) -> None:
    async with set_up(tmp_path, vector_card(A), vector_card(B)) as (_, adapter, embeddings):
        with pytest.raises(BadRequest, match="vectors/a, vectors/b:latest") as caught:
            await embeddings.embed(inputs("auto"))
        assert (caught.value.code, adapter.asked) == ("ambiguous_model", [])


async def test_auto_does_not_move_to_another_one_while_one_is_away(tmp_path: Path) -> None:
    both = vector_card(A), vector_card(CLOUD, place="cloud")
    async with set_up(tmp_path, *both) as (home, _, embeddings):
        home.around.links["cloud"] = "offline"
        with pytest.raises(BadRequest, match="name one"):
            await embeddings.embed(inputs("auto"))


async def test_a_bare_name_of_two_models_is_refused(tmp_path: Path) -> None:
    both = vector_card("vectors/v"), vector_card(CLOUD, place="cloud")
    async with set_up(tmp_path, *both) as (_, _, embeddings):
        with pytest.raises(BadRequest, match="cloudy/v, vectors/v"):
            await embeddings.embed(inputs("v"))


@pytest.mark.parametrize("name", ["text-embedding-3-small", "vectors/gone", "vec"])
async def test_an_unknown_name_is_no_wish(tmp_path: Path, name: str) -> None:
    async with set_up(tmp_path) as (_, _, embeddings):
        with pytest.raises(NotFound, match="There are: vectors/a") as caught:
            await embeddings.embed(inputs(name))
        assert caught.value.code == "model_not_found"


async def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    async with set_up(tmp_path, card("vectors/chat-too")) as (_, _, embeddings):
        with pytest.raises(NotFound, match=r"^No model that makes embeddings is known") as caught:
            await embeddings.embed(inputs("auto"))
        assert caught.value.code == "no_embedding_model"


async def test_a_model_that_chats_makes_none(tmp_path: Path) -> None:
    async with set_up(tmp_path) as (_, _, embeddings):
        with pytest.raises(BadRequest, match=r"makes no embeddings\. There are: vectors/a"):
            await embeddings.embed(inputs(CHAT))


async def test_the_reason_is_that_of_the_model_that_was_named(tmp_path: Path) -> None:
    both = vector_card(A), vector_card(CLOUD, place="cloud")
    async with set_up(tmp_path, *both) as (_, _, embeddings):
        with pytest.raises(Refused, match="closest was cloudy/v: This prompt is private"):
            await embeddings.embed(inputs(CLOUD, private=True))


async def test_one_that_can_be_pooled_does_when_named(tmp_path: Path) -> None:
    pooled = card("vectors/chat", capabilities=("json", "pooling"))
    async with set_up(tmp_path, vector_card(A), pooled) as (_, adapter, embeddings):
        await embeddings.embed(inputs("vectors/chat"))
        await embeddings.embed(inputs("auto"))
        assert [model for model, _ in adapter.asked] == ["vectors/chat", A]


async def test_another_model_never_stands_in(tmp_path: Path) -> None:
    set_of = set_up(tmp_path, vector_card(A), vector_card(B), fails=["overloaded"] * 2)
    async with set_of as (_, adapter, embeddings):
        with pytest.raises(NothingAnswered, match=A) as caught:
            await embeddings.embed(inputs(A))
        assert [model for model, _ in adapter.asked] == [A, A]
        assert {v.model: v.gate for v in caught.value.vetoes}[B] == "requested"


async def test_the_same_model_is_tried_again_after_a_lost_worker(tmp_path: Path) -> None:
    async with set_up(tmp_path, fails=["worker_died"]) as (home, adapter, embeddings):
        await embeddings.embed(inputs(A))
        assert len(adapter.asked) == 2
        outcomes = [attempt.outcome for attempt in home.rooms.bus.requests()[-1].attempts]
        assert outcomes == ["worker_died", "done"]


async def test_private_inputs_stay_here(tmp_path: Path) -> None:
    async with set_up(tmp_path, vector_card(CLOUD, place="cloud")) as (_, adapter, embeddings):
        with pytest.raises(Refused, match="private"):
            await embeddings.embed(inputs(CLOUD, private=True))
        assert adapter.asked == []


async def test_offline_and_a_refused_key_are_told(tmp_path: Path) -> None:
    async with set_up(tmp_path, vector_card(CLOUD, place="cloud")) as (home, _, embeddings):
        home.around.links["cloud"] = "offline"
        with pytest.raises(NothingAnswered, match="offline"):
            await embeddings.embed(inputs(CLOUD))
        home.around.links["cloud"] = "ok"
        home.around.key = "refused"
        with pytest.raises(Refused, match="refused its key"):
            await embeddings.embed(inputs(CLOUD))


async def test_the_sum_of_all_inputs_is_reserved(tmp_path: Path) -> None:
    one = vector_card(CLOUD, place="cloud", context=10)
    async with set_up(tmp_path, one, day_nano=400) as (home, adapter, embeddings):
        home.around.prices[CLOUD] = flat(1_000_000, 0, source="test")
        await embeddings.embed(inputs(CLOUD, *["four"] * 20))
        with pytest.raises(OverBudget):
            await embeddings.embed(inputs(CLOUD, *["four"] * 40))
        assert len(adapter.asked) == 1


async def test_what_the_server_did_not_count_is_an_estimate(tmp_path: Path) -> None:
    async with set_up(tmp_path) as (_, adapter, embeddings):
        adapter.usage = Usage(certain=False)
        vectors = await embeddings.embed(inputs(A, "word " * 50, "word " * 50))
        assert not vectors.embedded.usage.certain
        assert (vectors.embedded.usage.input or 0) > 90


async def test_a_length_that_the_model_does_not_have(tmp_path: Path) -> None:
    async with set_up(tmp_path) as (_, _, embeddings):
        with pytest.raises(HomeportError, match="leave `dimensions` out"):
            await embeddings.embed(Inputs(("a",), Labels(model=A), dimensions=7))


async def test_an_input_that_is_too_long_for_the_model(tmp_path: Path) -> None:
    async with set_up(tmp_path, vector_card(A, context=16)) as (_, _, embeddings):
        await embeddings.embed(inputs(A, *["short"] * 100))
        with pytest.raises(HomeportError, match="tokens of context"):
            await embeddings.embed(inputs(A, "long " * 100))


def test_tokens_are_counted_as_they_are() -> None:
    ask = ask_of(Inputs(((1, 2, 3), (4,))), 1000)
    assert (ask.input_tokens, ask.input_tokens_bound, ask.max_tokens) == (4, 20, 1)
    assert ask.longest_tokens == 3


MANY = ["word " * 50] * 1_000
"""Of about 46 tokens each."""


@pytest.mark.parametrize("reported", [Usage(input=50_000), Usage(input=0), Usage(), Usage(input=-1),
                                      Usage(input=10**12)])  # fmt: skip
async def test_all_texts_are_paid_for_whatever_is_reported(tmp_path: Path, reported: Usage) -> None:
    async with set_up(tmp_path, vector_card(CLOUD, place="cloud", context=512)) as (
        home,
        adapter,
        embeddings,
    ):
        home.around.prices[CLOUD] = flat(1_000_000, 0, source="test")
        adapter.usage = reported
        vectors = await embeddings.embed(inputs(CLOUD, *MANY))
        (candidate,) = home.rooms.bus.requests()[-1].attempts
    is_true = reported.input == 50_000
    assert vectors.view.certain is is_true
    assert vectors.view.cost_nano == (50_000 if is_true else 46_000)
    assert candidate.cost_nano == vectors.view.cost_nano


@pytest.mark.parametrize("kind", ["reset", "deadline"])
async def test_each_try_that_is_cut_off_is_booked_for_all_texts(
    tmp_path: Path, kind: FailureKind
) -> None:
    away = vector_card(CLOUD, place="cloud")
    async with set_up(tmp_path, away, fails=[kind, "reset"]) as (home, adapter, embeddings):
        home.around.prices[CLOUD] = flat(1_000_000, 0, source="test")
        adapter.usage = Usage(input=50_000)
        with suppress(NothingAnswered):
            await embeddings.embed(inputs(CLOUD, *MANY))
        shown = home.rooms.bus.requests()[-1]
        (window,) = home.rooms.ledger.spend_view().windows[:1]
    costs = [(attempt.outcome, attempt.cost_nano) for attempt in shown.attempts]
    assert costs[0] == (kind, 46_000)
    assert {cost for _, cost in costs} <= {46_000, 50_000}
    assert (window.spent_nano, window.reserved_nano) == (shown.cost_nano, 0)
    assert shown.cost_nano == sum(cost or 0 for _, cost in costs)


async def test_who_leaves_pays_for_all_texts_that_were_sent(tmp_path: Path) -> None:
    async with set_up(tmp_path, vector_card(CLOUD, place="cloud")) as (home, adapter, embeddings):
        home.around.prices[CLOUD] = flat(1_000_000, 0, source="test")
        arrived, adapter.hangs = asyncio.Event(), True
        adapter.before = arrived.set
        asking = asyncio.create_task(embeddings.embed(inputs(CLOUD, *MANY)))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        (attempt,) = home.rooms.bus.requests()[-1].attempts
    assert (attempt.outcome, attempt.cost_nano) == ("cancelled", 46_000)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=30), st.data())
def test_what_is_set_aside_covers_every_text(texts: list[str], data: st.DataObject) -> None:
    price = flat(7 * 10**9, 0, source="the test")
    ask = ask_of(Inputs(tuple(texts)), 1_000)
    worst = worst_nano((price,), vector_card(CLOUD, place="cloud", context=16), ask, 1, 0)
    body = sum(len(text.encode()) for text in texts)
    counted = data.draw(st.integers(0, body))
    for reported in (Usage(input=counted, output=0), Usage(input=counted), Usage()):
        usage = plausible(reported, input_tokens=ask.input_tokens, sent_tokens=0, context=16)
        assert (price.cost(usage) or 0) <= worst
    assert ask.longest_tokens <= ask.input_tokens <= ask.input_tokens_bound
