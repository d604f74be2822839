"""The line to the daemon, against a real server on a real Unix socket."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from homeport.client import wire
from homeport.client.destinations import UnixDestination
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon, SocketRefused
from homeport.client.heard import OtherVersion, Unknown
from homeport.client.link import Knocking, Lost, News, Patience, Silent, Watch, get, post
from support import sights
from support.fake_events import FakeEvents

HASTY = Patience(start=0.0, knock=0.005, retry=0.02)


def watch_at(path: Path, patience: Patience = HASTY) -> Watch:
    return Watch(lambda: [UnixDestination(str(path))], patience)


async def next_of(news: AsyncIterator[News], kind: type | tuple[type, ...]) -> News:
    """The next piece of news of a kind."""
    async with asyncio.timeout(20):
        async for piece in news:
            if isinstance(piece, kind):
                return piece
    raise AssertionError("the news ended")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[FakeEvents]:
    async with FakeEvents(tmp_path / "s.sock", sights.snapshot()) as fake:
        yield fake


def link_event(n: int) -> wire.LinkChanged:
    return wire.LinkChanged(n, sights.NOW_MS, wire.LinkView("offline"))


async def test_a_snapshot_comes_first_then_the_events(daemon: FakeEvents) -> None:
    async with aclosing(watch_at(daemon.path).news()) as news:
        assert isinstance(await anext(news), Knocking)
        assert await anext(news) == sights.snapshot()
        daemon.say(link_event(41), wire.Heartbeat(41, 1))
        assert await anext(news) == link_event(41)
        assert await anext(news) == wire.Heartbeat(41, 1)


async def test_a_daemon_that_starts_slowly_is_waited_for(tmp_path: Path) -> None:
    daemon = FakeEvents(tmp_path / "s.sock", sights.snapshot())
    watch = watch_at(daemon.path, Patience(start=20, knock=0.005))
    async with aclosing(watch.news()) as news:
        assert isinstance(await anext(news), Knocking)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(anext(news))  # the first knock goes unheard
            await asyncio.sleep(0)
            await daemon.start()
        assert waiting.result() == sights.snapshot()
    await daemon.stop()


async def test_an_absent_daemon_is_news_once_and_found_when_it_comes(tmp_path: Path) -> None:
    daemon = FakeEvents(tmp_path / "s.sock", sights.snapshot())
    watch = watch_at(daemon.path)
    async with aclosing(watch.news()) as news:
        lost = await next_of(news, Lost)
        assert isinstance(lost, Lost)
        assert isinstance(lost.trouble, NoDaemon)
        async with daemon:
            assert await anext(news) == sights.snapshot()


def test_a_daemon_that_was_watched_is_looked_for_sooner_at_first() -> None:
    patience = Patience(knock=0.1, retry=2.0)
    pauses = [patience.pause(2.0, 600.0)]
    for _ in range(6):
        pauses.append(patience.pause(pauses[-1], 0.001))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert patience.pause(2.0, 0.3) == 2.0  # one that ends as soon as it is there


async def test_retry_looks_at_once(tmp_path: Path) -> None:
    daemon = FakeEvents(tmp_path / "s.sock", sights.snapshot())
    watch = watch_at(daemon.path, Patience(start=0.0, retry=3600))
    async with aclosing(watch.news()) as news:
        await next_of(news, Lost)
        watch.retry()
        assert isinstance(await anext(news), Lost)  # who asks is told, even if it is the same
        async with daemon:
            watch.retry()
            assert await next_of(news, wire.Snapshot) == sights.snapshot()


async def test_a_half_line_waits_for_its_end(daemon: FakeEvents) -> None:
    async with aclosing(watch_at(daemon.path).news()) as news:
        await next_of(news, wire.Snapshot)
        line = msgspec.json.encode(link_event(41)) + b"\n"
        daemon.say_bytes(line[:17])
        await asyncio.sleep(0)
        daemon.say_bytes(line[17:])
        assert await anext(news) == link_event(41)


async def test_a_gap_asks_for_a_fresh_snapshot(daemon: FakeEvents) -> None:
    async with aclosing(watch_at(daemon.path).news()) as news:
        await next_of(news, wire.Snapshot)
        daemon.snapshot = sights.snapshot(n=60)
        daemon.say(link_event(43))
        assert await anext(news) == sights.snapshot(n=60)
    assert daemon.opened == 2


async def test_a_heartbeat_ahead_of_the_events_is_a_gap_too(daemon: FakeEvents) -> None:
    async with aclosing(watch_at(daemon.path).news()) as news:
        await next_of(news, wire.Snapshot)
        daemon.say(wire.Heartbeat(44, 1))
        assert await anext(news) == sights.snapshot()
    assert daemon.opened == 2


async def test_events_of_unknown_kinds_use_up_their_number(daemon: FakeEvents) -> None:
    async with aclosing(watch_at(daemon.path).news()) as news:
        await next_of(news, wire.Snapshot)
        daemon.say({"type": "weather", "n": 41}, {"type": "chatter"}, link_event(42))
        assert await anext(news) == Unknown(41, "weather")
        assert await anext(news) == link_event(42)


async def test_a_snapshot_in_the_middle_starts_the_numbers_again(daemon: FakeEvents) -> None:
    async with aclosing(watch_at(daemon.path).news()) as news:
        await next_of(news, wire.Snapshot)
        daemon.say(sights.snapshot(n=900), link_event(901))
        assert await anext(news) == sights.snapshot(n=900)
        assert await anext(news) == link_event(901)
    assert daemon.opened == 1


@pytest.mark.parametrize("politely", [True, False])
async def test_a_daemon_that_stops_is_lost_and_found_again(
    daemon: FakeEvents, politely: bool
) -> None:
    async with aclosing(watch_at(daemon.path).news()) as news:
        await next_of(news, wire.Snapshot)
        daemon.hang_up(politely=politely)
        lost = await anext(news)
        assert isinstance(lost, Lost)
        assert isinstance(lost.trouble, BrokenAnswer)
        assert await next_of(news, wire.Snapshot) == sights.snapshot()


async def test_silence_is_news_that_grows_until_it_is_given_up(daemon: FakeEvents) -> None:
    patience = Patience(start=0.0, knock=0.005, retry=0.02, quiet=0.05, still=0.02, give_up=0.08)
    async with aclosing(watch_at(daemon.path, patience).news()) as news:
        await next_of(news, wire.Snapshot)
        first, second = await anext(news), await anext(news)
        assert (first, second) == (Silent(0.05), Silent(pytest.approx(0.07)))
        lost = await anext(news)
        assert isinstance(lost, Lost)
        assert "silent" in lost.trouble.sentence


async def test_another_version_is_told_and_waited_out(daemon: FakeEvents) -> None:
    daemon.snapshot = b'{"type":"snapshot","version":"9.9","api_version":7}'
    async with aclosing(watch_at(daemon.path).news()) as news:
        assert await next_of(news, OtherVersion) == OtherVersion("9.9", 7)
        daemon.snapshot = sights.snapshot()
        daemon.hang_up()
        assert await next_of(news, wire.Snapshot) == sights.snapshot()


async def test_a_refusal_is_news_with_its_sentence(daemon: FakeEvents) -> None:
    trouble = wire.Trouble("not_allowed", "caller", "This socket is another user's.")
    daemon.refusal = (401, trouble)
    async with aclosing(watch_at(daemon.path).news()) as news:
        lost = await next_of(news, Lost)
        assert isinstance(lost, Lost)
        assert isinstance(lost.trouble, SocketRefused)
        assert lost.trouble.sentence == trouble.sentence


_STRANGER = """
import asyncio, concurrent.futures.thread, os, pwd, sys
from homeport.client.destinations import UnixDestination
from homeport.client.errors import SocketRefused
from homeport.client.link import Lost, Patience, Watch

async def main():
    where = lambda: [UnixDestination(sys.argv[1])]
    async for news in Watch(where, Patience(start=0.0)).news():
        if isinstance(news, Lost):
            print(type(news.trouble).__name__, news.trouble.sentence)
            return

os.setuid(65534)  # once everything is loaded: another user may not read this program
asyncio.run(main())
"""


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="needs leave to be another user")
async def test_another_users_socket_is_explained_with_path_owner_and_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir(mode=0o700)
    async with FakeEvents(folder / "s.sock", sights.snapshot()) as daemon:
        program = [sys.executable, "-c", _STRANGER, str(daemon.path)]
        ran = await asyncio.to_thread(
            subprocess.run, program, capture_output=True, text=True, timeout=60
        )
    assert ran.stdout.startswith("SocketRefused ")
    assert str(daemon.path) in ran.stdout
    assert "root" in ran.stdout
    assert "mode 0" in ran.stdout


async def test_get_and_post_speak_in_values(daemon: FakeEvents) -> None:
    where = watch_at(daemon.path).where
    daemon.answers["GET decisions/7f"] = sights.why()
    daemon.answers["POST link"] = lambda body: wire.LinkView("offline", by_choice=body["offline"])
    assert await get(where, "decisions/7f", wire.Why) == sights.why()
    answer = await post(where, "link", {"offline": True}, wire.LinkView)
    assert answer.by_choice


async def test_the_daemons_own_errors_are_raised(daemon: FakeEvents) -> None:
    with pytest.raises(DaemonError, match="There is nothing at") as caught:
        await get(watch_at(daemon.path).where, "nowhere", wire.Why)
    assert (caught.value.code, caught.value.status) == ("not_found", 404)


async def test_a_refusal_by_policy_is_not_a_shut_door(daemon: FakeEvents) -> None:
    daemon.refusal = (403, wire.Trouble("refused", "policy", "Nothing may answer this."))
    with pytest.raises(DaemonError, match="Nothing may answer"):
        await get(watch_at(daemon.path).where, "route", wire.Why)


async def test_an_answer_of_another_shape_is_trouble(daemon: FakeEvents) -> None:
    daemon.answers["GET decisions/7f"] = {"a": 1}
    with pytest.raises(BrokenAnswer, match="not readable"):
        await get(watch_at(daemon.path).where, "decisions/7f", wire.Why)


async def test_an_error_without_a_reason_says_so(tmp_path: Path) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno")
        writer.close()

    path = tmp_path / "s"
    async with await asyncio.start_unix_server(speak, str(path)):
        with pytest.raises(DaemonError, match="answered 500 without saying why"):
            await get(watch_at(path).where, "status", wire.Why)


def test_a_watch_says_what_it_is_patient_with() -> None:
    assert repr(Watch(patience=HASTY)).startswith("Watch(Patience(start=0.0")
