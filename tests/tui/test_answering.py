"""One prompt on its way, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from homeport.client import wire
from homeport.client.destinations import destinations
from homeport.client.errors import BrokenAnswer, DaemonError
from homeport.client.wire import AskDone, AskRequest, AskText
from homeport.tui.answering import AskHeard, answered, follow
from support import talk_sights
from support.fake_daemon import FakeDaemon, Lines, Refusal, listening

REQUEST = AskRequest("hi")


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDaemon]:
    monkeypatch.setenv("HOMEPORT_SOCKET", str(tmp_path / "run" / "s.sock"))
    with listening(tmp_path / "run" / "s.sock") as listens:
        yield listens  # type: ignore[misc]


async def told() -> tuple[list[AskHeard], Exception | None]:
    heard: list[AskHeard] = []

    def hear(event: AskHeard) -> bool:
        heard.append(event)
        return True

    return heard, await follow(answered(destinations(), REQUEST), hear)


async def test_every_event_is_handed_on(daemon: FakeDaemon) -> None:
    events = talk_sights.answer()
    daemon.answers["POST ask"] = Lines([*events[:-1], {"type": "novel"}, events[-1]])
    heard, trouble = await told()
    assert heard == events
    assert trouble is None
    assert daemon.last("POST ask").body["prompt"] == "hi"


async def test_trouble_is_given_in_the_daemons_words(daemon: FakeDaemon) -> None:
    trouble = wire.Trouble("budget", "policy", "Over today's budget.")
    daemon.answers["POST ask"] = Refusal(trouble, 402)
    assert "Over today's budget." in str((await told())[1])
    daemon.answers["POST ask"] = Lines([AskText("Hello"), wire.AskFailed(trouble)])
    heard, failed = await told()
    assert heard == [AskText("Hello")]
    assert isinstance(failed, DaemonError)


@pytest.mark.parametrize("cut", [True, False])
async def test_an_answer_that_ends_early_is_broken(daemon: FakeDaemon, cut: bool) -> None:
    daemon.answers["POST ask"] = Lines([AskText("Hello")], cut=cut)
    heard, trouble = await told()
    assert heard == [AskText("Hello")]
    assert isinstance(trouble, BrokenAnswer)


@pytest.mark.parametrize("line", [b"no json\n", b'{"type":"text","text":4}\n', b'{"type":"te\n'])
async def test_a_line_that_cannot_be_read_is_broken(daemon: FakeDaemon, line: bytes) -> None:
    daemon.answers["POST ask"] = Lines([line])
    assert isinstance((await told())[1], BrokenAnswer)


async def test_enough_closes_the_connection() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[AskHeard]:
        try:
            while True:
                yield AskText("more")
        finally:
            closed.set()

    heard: list[AskHeard] = []

    def hear(event: AskHeard) -> bool:
        heard.append(event)
        return len(heard) < 3

    assert await follow(endless(), hear) is None
    assert len(heard) == 3
    assert closed.is_set()


async def test_a_fast_model_does_not_starve_others() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def many() -> AsyncIterator[AskHeard]:
        for _ in range(50_000):
            yield AskText("x" * 10)

    other = asyncio.create_task(count())
    async with aclosing(many()) as events:  # type: ignore[type-var]  # a generator
        await follow(events, lambda _event: True)
    other.cancel()
    assert turns > 1


async def test_the_end_ends_it(daemon: FakeDaemon) -> None:
    done = AskDone(talk_sights.result())
    daemon.answers["POST ask"] = Lines([done, AskText("behind the end")])
    assert (await told())[0] == [done]
