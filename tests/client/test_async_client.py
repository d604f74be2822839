"""The door for asyncio programs: before a real daemon, and before one that misbehaves."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from homeport.client import (
    AsyncClient,
    BrokenAnswer,
    ClientError,
    Closed,
    DaemonError,
    NoDaemon,
    aask,
)
from homeport.client.wire import AskDone, AskFailed, AskStatus, AskText, Trouble
from support.fake_daemon import FakeDaemon, Lines, Refusal
from support.views import ask_result, request
from support.whole_daemon import TOKEN, whole_daemon

ECHO = "name=calm;words=Hello there, sailor."


def answered(*pieces: str, **fields: Any) -> Lines:
    result = ask_result(response="".join(pieces), **fields)
    return Lines([AskStatus(request()), *map(AskText, pieces), AskDone(result)])


def endless() -> Iterator[Any]:
    yield AskStatus(request())
    while True:
        yield AskText("word ")


async def abandoned(fake: FakeDaemon) -> bool:
    return await asyncio.to_thread(fake.abandoned.wait, 10)


# A real daemon


async def test_a_real_daemon_answers_streams_and_explains() -> None:
    async with (
        whole_daemon(ECHO) as daemon,
        AsyncClient("tests", url=daemon.url, token=TOKEN) as client,
    ):
        answer = await client.ask("hello", private=True, max_tokens=5)
        assert (answer.text, answer.place) == ("Hello there, sailor.", "local")
        assert (await answer.why()).request.client == "tests"

        stream = client.ask("hello", stream=True)
        assert "".join([piece async for piece in stream]) == "Hello there, sailor."
        assert stream.result.decision == stream.decision != answer.decision

        assert [m.id for m in await client.models(refresh=True)] == ["echo/calm"]
        assert (await client.status()).models[0].id == "echo/calm"
        assert (await client.spend("client", days=1)).rows[0].group == "tests"
        assert (await client.route("hello")).steps[0].order[0].model == "echo/calm"
        assert (await answer.feedback("down")).model == "echo/calm"
        with pytest.raises(DaemonError) as unknown:
            await client.ask("hello", strategy="magic")
        assert unknown.value.code == "unknown_strategy"


async def test_many_tasks_share_a_client() -> None:
    async with whole_daemon(ECHO) as daemon, asyncio.TaskGroup() as group:
        client = AsyncClient(url=daemon.url, token=TOKEN)
        tasks = [group.create_task(client.ask(f"hello {n}")) for n in range(24)]
        assert {(await task).text for task in tasks} == {"Hello there, sailor."}


# One that says what a test wrote down


async def test_aask_uses_the_socket_of_this_environment(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("Be", "cause.")
    assert (await aask("Why?", model="local")).text == "Because."
    body = {"prompt": "Why?", "client": "python", "model": "local"}
    assert fake.last("POST ask").body == body


async def test_a_stream_gives_pieces_and_its_result_at_the_end(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("a", "b")
    async with aask("hello", stream=True) as stream:
        with pytest.raises(ClientError, match="not come to its end"):
            _ = stream.result
        assert [piece async for piece in stream] == ["a", "b"]
        assert stream.result.text == (await stream.read()).text == "ab"
        assert repr(stream) == "AsyncStream(7f3a9c, whole)"


async def test_comparing_names_its_strategy_and_models(fake: FakeDaemon) -> None:
    lines = [AskText("a", 0), AskText("x", 1), AskDone(ask_result())]
    fake.answers["POST ask"] = Lines(lines)
    await AsyncClient().compare("hi", ["a/b", "c/d"])
    body = fake.last("POST ask").body
    assert (body["strategy"], body["models"]) == ("compare", ["a/b", "c/d"])
    events = AsyncClient().ask("hi", stream=True).events()
    assert [event async for event in events] == lines[:2]


async def test_a_refusal_has_its_sentence_code_and_decision(fake: FakeDaemon) -> None:
    trouble = Trouble("refused", "policy", "Nothing may.", decision="7f3a")
    for answer in (Refusal(trouble, 403), Lines([AskText("half"), AskFailed(trouble)])):
        fake.answers["POST ask"] = answer
        with pytest.raises(DaemonError, match="Nothing may") as caught:
            await aask("hello")
        assert (caught.value.code, caught.value.decision) == ("refused", "7f3a")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (Lines([AskText("half")], cut=True), "middle of an answer"),
        (Lines([AskText("half")]), "ended before the answer did"),
        (Lines([b"<html>"]), "not JSON"),
        (Lines([b'{"type":"done"}']), "not readable"),
    ],
    ids=["cut", "no end", "no JSON", "no result"],
)
async def test_a_daemon_that_misbehaves_is_said(fake: FakeDaemon, lines: Any, said: str) -> None:
    fake.answers["POST ask"] = lines
    with pytest.raises(BrokenAnswer, match=said):
        await aask("hello")


async def test_kinds_that_nobody_knows_are_passed_over(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = Lines([{"type": "weather"}, *answered("ok").values])
    assert (await aask("hello")).text == "ok"


async def test_none_is_started_where_told_not_to() -> None:
    with pytest.raises(NoDaemon):
        await AsyncClient(start=False).ask("hello")


# Closing


async def test_leaving_a_stream_cancels_its_answer(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = Lines(endless())
    async with aask("hello", stream=True) as stream:
        async for piece in stream:
            assert piece == "word "
            break
    assert await abandoned(fake)
    with pytest.raises(Closed):
        await stream.read()


async def test_a_stream_that_nobody_holds_is_cancelled(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = Lines(endless())
    async for piece in aask("hello", stream=True):
        assert piece == "word "
        break
    gc.collect()
    assert await abandoned(fake)


@pytest.mark.parametrize("how", ["cancel", "close"])
async def test_who_stops_waiting_stops_the_answer(fake: FakeDaemon, how: str) -> None:
    waiting, may_end = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def silent() -> Iterator[Any]:
        yield AskStatus(request())
        loop.call_soon_threadsafe(waiting.set)
        may_end.wait(20)
        while True:
            yield AskText("word ")

    fake.answers["POST ask"] = Lines(silent())
    client = AsyncClient()
    asked = asyncio.ensure_future(client.ask("hello"))
    await waiting.wait()
    if how == "cancel":
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    else:
        await client.aclose()
        with pytest.raises(Closed, match="cancelled"):
            await asked
        with pytest.raises(Closed, match="closed"):
            await client.models()
    may_end.set()
    assert await abandoned(fake)
