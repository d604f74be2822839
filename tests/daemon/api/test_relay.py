"""Passing a stream on: batches, first bytes, errors, cancellation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeport.daemon.api.call import Call
from homeport.daemon.api.gemini.stream import Array
from homeport.daemon.api.relay import Relay, flushed_before_waiting
from homeport.policies.errors import NothingAnswered
from support.polling import until


class Sent:
    """Writes down what is sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.heads = 0

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.heads += 1
        else:
            self.bodies.append(message["body"])


async def never() -> Any:
    await asyncio.Event().wait()


def a_relay() -> tuple[Relay, Call, Sent]:
    sent = Sent()
    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": []}
    call = Call(scope, never, sent, 1)
    return Relay(call, b"text/plain", list, None), call, sent


async def test_what_is_ready_together_leaves_together() -> None:
    async def items() -> AsyncIterator[bytes]:
        for item in (b"a", b"b", b""):
            yield item
        await asyncio.sleep(0)
        yield b"c"

    relay, _, sent = a_relay()
    assert await relay.run(items(), bytes) is None
    await relay.finish(b"!")
    assert sent.bodies == [b"ab", b"c!"]
    assert sent.heads == 1


async def test_much_that_is_ready_leaves_in_batches_and_others_get_their_turn() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def items() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 8192

    relay, _, sent = a_relay()
    async with asyncio.TaskGroup() as group:
        counting = group.create_task(count())
        await relay.run(items(), bytes)
        counting.cancel()
    await relay.finish()
    assert len(sent.bodies) > 5
    assert turns > 5
    assert sum(map(len, sent.bodies)) == 40 * 8192


async def test_an_error_is_given_back_and_what_was_before_it_is_sent_if_the_head_is_out() -> None:
    async def items() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(0)
        yield b"b"
        raise NothingAnswered("Broken.")

    relay, call, sent = a_relay()
    error = await relay.run(items(), bytes)
    assert isinstance(error, NothingAnswered)
    assert call.started
    assert sent.bodies == [b"a", b"b"]


async def test_an_error_before_anything_left_sends_nothing() -> None:
    async def items() -> AsyncIterator[bytes]:
        yield b"a"
        raise NothingAnswered("Broken.")

    relay, call, sent = a_relay()
    assert await relay.run(items(), bytes) is not None
    assert not call.started
    assert sent.bodies == []


@pytest.mark.parametrize("at", ["item", "flush"])
async def test_cancelling_ends_the_items(at: str) -> None:
    ended = asyncio.Event()
    reached = {"item": asyncio.Event(), "flush": asyncio.Event()}

    async def items() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            reached["item"].set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def held(_message: Any) -> None:
        reached["flush"].set()
        await never()

    relay, _, _ = a_relay()
    if at == "flush":
        relay._call._send = held
    async with asyncio.TaskGroup() as group:
        running = group.create_task(relay.run(items(), bytes))
        await reached[at].wait()
        running.cancel()
    assert running.cancelled()
    assert ended.is_set()


async def test_waiting_hands_on_values_and_errors() -> None:
    flushed = 0

    async def flush() -> None:
        nonlocal flushed
        flushed += 1

    async def value(wait: bool) -> int:
        if wait:
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
        return 7

    async def broken() -> None:
        await asyncio.sleep(0)
        raise KeyError("x")

    assert await flushed_before_waiting(value(False), flush) == 7
    assert flushed == 0
    assert await flushed_before_waiting(value(True), flush) == 7
    assert flushed == 1
    with pytest.raises(KeyError):
        await flushed_before_waiting(broken(), flush)


async def test_a_flush_that_breaks_is_told_to_what_is_waited_for() -> None:
    seen = []

    async def flush() -> None:
        raise ConnectionError("gone")

    async def waits(swallow: bool) -> int:
        try:
            await asyncio.sleep(1)
        except ConnectionError as error:
            seen.append(str(error))
            if not swallow:
                raise
        return 1

    with pytest.raises(ConnectionError):
        await flushed_before_waiting(waits(False), flush)
    assert await flushed_before_waiting(waits(True), flush) == 1
    assert seen == ["gone", "gone"]


async def test_a_caller_that_does_not_read_is_given_one_sign_of_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("homeport.daemon.api.relay.BEAT_S", 0.001)
    said, reads, over = [], asyncio.Event(), asyncio.Event()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            said.append(message["body"])
            await reads.wait()

    async def items() -> AsyncIterator[bytes]:
        await over.wait()
        yield b"!"

    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": []}
    relay = Relay(Call(scope, never, send, 1), b"text/plain", list, lambda: b"beat")
    async with asyncio.TaskGroup() as group:
        running = group.create_task(relay.run(items(), bytes))
        await until(lambda: bool(said))
        await asyncio.sleep(0.03)
        assert said == [b"beat"]
        reads.set()
        await until(lambda: len(said) > 1)
        over.set()
        await running


@pytest.mark.parametrize("ends", [True, False])
async def test_a_sign_of_life_is_made_when_it_leaves(
    monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """An item may leave between: an array's first item begins with its bracket."""
    framing = Array()
    sent = Sent()
    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": []}
    relay = Relay(
        Call(scope, never, sent, 1), b"text/plain", list, lambda: framing.frame(b'"beat"')
    )
    word = asyncio.get_running_loop().create_future()
    tick = relay._tick

    def tick_as_the_word_comes(*arguments: Any) -> None:
        if not word.done():
            word.set_result(b'"word"')
        tick(*arguments)

    async def items() -> AsyncIterator[bytes]:
        yield await word
        if not ends:
            await asyncio.sleep(0.005)

    monkeypatch.setattr("homeport.daemon.api.relay.BEAT_S", 0.001)
    monkeypatch.setattr(relay, "_tick", tick_as_the_word_comes)
    assert await relay.run(items(), framing.frame) is None
    await relay.finish(framing.end())
    assert "word" in json.loads(b"".join(sent.bodies))
