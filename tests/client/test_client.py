"""The door for Python programs: before a real daemon, and before one that misbehaves."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from homeport.client import (
    BrokenAnswer,
    Client,
    ClientError,
    Closed,
    DaemonError,
    NoDaemon,
    ask,
)
from homeport.client.wire import (
    AskDone,
    AskFailed,
    AskRequest,
    AskStatus,
    AskText,
    FeedbackReply,
    FeedbackRequest,
    SpendReport,
    Trouble,
    VetoView,
)
from support.fake_daemon import FakeDaemon, Lines, Refusal, listening_on_tcp
from support.views import ask_result, model, request, snapshot, spend, why
from support.whole_daemon import TOKEN, whole_daemon

ECHO = "name=calm;words=Hello there, sailor."


def answered(*pieces: str, **fields: Any) -> Lines:
    result = ask_result(response="".join(pieces), **fields)
    return Lines([AskStatus(request()), *map(AskText, pieces), AskDone(result)])


# A real daemon


async def test_a_real_daemon_answers_streams_and_explains() -> None:
    def program(url: str) -> None:
        with Client("tests", url=url, token=TOKEN) as client:
            answer = client.ask("hello", private=True, max_tokens=5, deadline=20.0)
            assert (answer.text, answer.place) == ("Hello there, sailor.", "local")
            assert answer.models == (answer.model,) == ("echo/calm",)
            assert (answer.cost, answer.strategy) == (0.0, "single")
            assert answer.why().request.id == answer.decision
            assert answer.why().request.client == "tests"

            stream = client.ask("hello", stream=True)
            assert "".join(stream) == "Hello there, sailor."
            assert stream.result.decision == stream.decision != answer.decision

            assert [m.id for m in client.models()] == ["echo/calm"]
            assert client.status().models == client.models(refresh=True)
            assert client.spend("client").rows[0].group == "tests"
            assert client.route("hello").steps[0].order[0].model == "echo/calm"
            noted = answer.feedback("up")
            assert (noted.verdict, noted.model) == ("up", "echo/calm")
            edited = client.feedback(stream.decision, "edit", similarity=0.25)
            assert edited.kept == 0.25

    async with whole_daemon(ECHO) as daemon:
        await asyncio.to_thread(program, daemon.url)


async def test_a_real_daemon_says_why_not() -> None:
    def program(url: str) -> None:
        client = Client(url=url, token=TOKEN)
        with pytest.raises(DaemonError) as refused:
            client.ask("hello", model="cloud", private=True)
        assert refused.value.blame in ("policy", "upstream")
        assert client.why(refused.value.decision).request.error == refused.value.sentence
        with pytest.raises(DaemonError) as unknown:
            client.ask("hello", strategy="magic")
        assert unknown.value.code == "unknown_strategy"
        with pytest.raises(DaemonError) as empty:
            client.ask(" ")
        assert empty.value.status == 400
        with pytest.raises(DaemonError, match="token"):
            Client(url=url, token="wrong").models()

    async with whole_daemon(ECHO) as daemon:
        await asyncio.to_thread(program, daemon.url)


async def test_many_threads_share_a_client() -> None:
    def program(url: str) -> None:
        client = Client(url=url, token=TOKEN)
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(client.ask, [f"hello {n}" for n in range(24)]))
        assert {answer.text for answer in answers} == {"Hello there, sailor."}
        assert len({answer.decision for answer in answers}) == 24

    async with whole_daemon(ECHO) as daemon:
        await asyncio.to_thread(program, daemon.url)


# One that says what a test wrote down


def test_ask_uses_the_socket_of_this_environment(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("Be", "cause.")
    before = [{"role": "user", "text": "Is it blue?"}, {"role": "assistant", "text": "Yes."}]
    answer = ask("Why?", model="local", max_cost=0.01, messages=before)
    assert answer.text == "Because."
    assert fake.last("POST ask").body == {
        "prompt": "Why?",
        "client": "python",
        "model": "local",
        "max_cost_nano": 10_000_000,
        "messages": before,
    }


def test_a_stream_gives_pieces_and_its_result_at_the_end(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("a", "b", "c")
    with ask("hello", stream=True) as stream:
        pieces = iter(stream)
        assert next(pieces) == "a"
        assert stream.decision == "7f3a9c"
        with pytest.raises(ClientError, match="not come to its end"):
            _ = stream.result
        assert list(pieces) == ["b", "c"]
        assert stream.result.text == stream.read().text == "abc"
        assert list(stream) == []
        assert repr(stream) == "Stream(7f3a9c, whole)"


def test_of_several_answers_the_first_is_iterated_and_all_are_events(fake: FakeDaemon) -> None:
    lines = [AskText("a", 0), AskText("x", 1), AskText("b", 0), AskDone(ask_result())]
    fake.answers["POST ask"] = Lines(lines)
    client = Client()
    assert list(client.ask("hi", stream=True, strategy="compare")) == ["a", "b"]
    assert list(client.ask("hi", stream=True, strategy="compare").events()) == lines[:3]


def test_comparing_names_its_strategy_and_models(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("a")
    Client("notes").compare("hi", ["a/b", "c/d"], private=True)
    assert fake.last("POST ask").body == {
        "prompt": "hi",
        "client": "notes",
        "strategy": "compare",
        "models": ["a/b", "c/d"],
        "private": True,
    }


def test_what_the_daemon_knows(fake: FakeDaemon) -> None:
    report = SpendReport("model", 0, (), spend())
    fake.answers |= {
        "GET models": {"models": [model()]},
        "GET status": snapshot(),
        "GET spend": report,
        "GET decisions/a%2Fb": why(),
    }
    client = Client()
    assert client.models(refresh=True) == (model(),)
    assert fake.last("GET models").query == "refresh=1"
    assert client.status() == snapshot()
    assert client.spend("model", days=7) == report
    assert fake.last("GET spend").query == "by=model&days=7"
    assert client.why("a/b").request == why().request


def test_feedback_says_which_answer_is_meant(fake: FakeDaemon) -> None:
    reply = FeedbackReply(request(), "edit", "a/x", "code", 0.5, 0.4, 0.5, "1 edit")
    fake.answers["POST feedback"] = reply
    said = Client().feedback("7f3a", "edit", answer=1, original="a", edited="b")
    assert said == reply
    body = {"decision": "7f3a", "verdict": "edit", "answer": 1, "original": "a", "edited": "b"}
    assert fake.last("POST feedback").body == body
    assert msgspec.convert(body, FeedbackRequest).answer == 1


def test_a_refusal_has_its_sentence_code_decision_and_vetoes(fake: FakeDaemon) -> None:
    vetoes = (VetoView("m", "privacy", "It is private."),)
    trouble = Trouble("refused", "policy", "Nothing may.", vetoes=vetoes, decision="7f3a")
    for answer in (Refusal(trouble, 403), Lines([AskText("half"), AskFailed(trouble)])):
        fake.answers["POST ask"] = answer
        with pytest.raises(DaemonError, match="Nothing may") as caught:
            ask("hello")
        assert (caught.value.code, caught.value.decision) == ("refused", "7f3a")
        assert caught.value.vetoes[0].reason == "It is private."


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (Lines([AskText("half")], cut=True), "broke off"),
        (Lines([AskText("half")]), "ended before the answer did"),
        (Lines([b"<html>"]), "not JSON"),
        (Lines([b'{"type":"done"}']), "not readable"),
        ([], "ended before the answer did|not JSON"),
    ],
    ids=["cut", "no end", "no JSON", "no result", "no stream"],
)
def test_a_daemon_that_misbehaves_is_said(fake: FakeDaemon, lines: Any, said: str) -> None:
    fake.answers["POST ask"] = lines
    with pytest.raises(BrokenAnswer, match=said):
        ask("hello")


def test_a_value_of_another_shape_is_said(fake: FakeDaemon) -> None:
    fake.answers["GET status"] = {"n": "many"}
    with pytest.raises(BrokenAnswer, match="not readable by this version"):
        Client().status()


def test_kinds_that_nobody_knows_are_passed_over(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = Lines([{"type": "weather"}, *answered("ok").values])
    assert ask("hello").text == "ok"


# Nobody there


def test_none_is_started_where_told_not_to() -> None:
    with pytest.raises(NoDaemon) as caught:
        Client(start=False).ask("hello")
    assert caught.value.code == "no_daemon"


def test_none_is_started_for_an_address() -> None:
    with pytest.raises(NoDaemon, match=r"127\.0\.0\.1:9"):
        Client(url="http://127.0.0.1:9", token="x").ask("hello")


@pytest.mark.parametrize("url", ["http://example.com", "https://127.0.0.1:4663"])
def test_only_this_machine_is_asked(url: str) -> None:
    with pytest.raises(ClientError, match=f"url is {url}"):
        Client(url=url, token="x")


def test_the_token_goes_with_an_address() -> None:
    with listening_on_tcp() as (fake, port):
        fake.answers["POST ask"] = answered("ok")
        assert Client(url=f"http://127.0.0.1:{port}", token="secret").ask("hi").text == "ok"
        assert fake.last("POST ask").headers["authorization"] == "Bearer secret"


# Closing


def endless() -> Iterator[Any]:
    yield AskStatus(request())
    while True:
        yield AskText("word ")


def test_closing_a_stream_cancels_its_answer(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = Lines(endless())
    with ask("hello", stream=True) as stream:
        assert next(iter(stream)) == "word "
    assert fake.abandoned.wait(10)
    with pytest.raises(Closed):
        list(stream)


def test_a_stream_that_nobody_holds_is_cancelled(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = Lines(endless())
    for piece in ask("hello", stream=True):
        assert piece == "word "
        break
    gc.collect()
    assert fake.abandoned.wait(10)


def test_closing_a_client_wakes_a_thread_that_waits(fake: FakeDaemon) -> None:
    waiting, may_end = threading.Event(), threading.Event()

    def silent() -> Iterator[Any]:
        yield AskStatus(request())
        waiting.set()
        may_end.wait(20)

    fake.answers["POST ask"] = Lines(silent())
    client = Client()
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(client.ask, "hello")
        assert waiting.wait(20)
        client.close()
        with pytest.raises(Closed, match="cancelled"):
            asked.result(20)
    may_end.set()
    with pytest.raises(Closed, match="closed"):
        client.ask("again")
    assert repr(client) == "Client('python', closed)"


# What it costs to import


def test_importing_it_loads_no_event_loop_and_no_http_library() -> None:
    code = "import sys; from homeport.client import Client, ask; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    heavy = {"asyncio", "ssl", "http.client", "dataclasses", "httpx", "httpx2", "aiohttp"}
    assert not set(ran.stdout.split()) & heavy


def test_the_request_is_one_that_the_daemon_knows(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("ok")
    ask("hello", chain=["a/b", "c/d"], weights={"budget": 1.0}, tags=["x"])
    said = msgspec.convert(fake.last("POST ask").body, AskRequest)
    assert (said.chain, said.weights, said.tags) == (("a/b", "c/d"), "budget=1.0", ("x",))
