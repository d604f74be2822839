"""A lost link ends what waits for it at once, and connecting shows how providers stand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from homeport.adapters.base import AttemptFailed
from homeport.adapters.http.upstream_errors import Upstream
from homeport.daemon.egress import dialing, http1_pool
from homeport.daemon.egress.http1_pool import Pool, Written
from homeport.daemon.egress.permits import Egress, OutboundPermit
from homeport.daemon.egress.troubles import LinkLost, Trouble
from homeport.policies.model import Mode
from support.asks import ask, model_card
from support.certificates import certificates
from support.encrypted import encrypted
from support.upstreams import closed_port, deaf_port

GET = Written("GET", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"")


def permit(origin: str) -> OutboundPermit:
    return Egress(environment={}).permit(ask(), model_card("cloud/a", place="cloud"), origin)


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Takes connections and says nothing: its origin, and that a request came."""
    came = asyncio.Event()

    served: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(writer)
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            came.set()
            await reader.read()
        writer.close()
        served.discard(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", came
        while served:
            await asyncio.sleep(0)
    finally:
        server.close()


async def test_who_waits_for_an_answer_is_told_that_the_link_is_lost() -> None:
    pool = Pool("cloud")
    async with silent() as (origin, came):
        waiting = asyncio.create_task(pool.send(permit(origin), GET))
        await came.wait()
        pool.lose()
        with pytest.raises(LinkLost):
            await waiting
    assert repr(pool) == "Pool(cloud, 0 open, 0 idle)"


async def test_of_many_who_has_waited_longest_is_told_first() -> None:
    pool, told = Pool("cloud"), []

    async def wait(number: int, origin: str) -> None:
        try:
            await pool.send(permit(origin), GET)
        except LinkLost:
            told.append(number)

    async with silent() as (origin, _), asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(wait(number, origin))
            while len(pool._open) <= number:
                await asyncio.sleep(0)
        pool.lose()
        while not told:
            await asyncio.sleep(0)
        assert 0 < len(told) < 20, "the first asks elsewhere before the last is told"
    assert told == [*range(20)]


async def test_what_nobody_waits_for_is_closed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1_pool, "CLOSED_AFTER_S", 0.0)
    pool = Pool("cloud")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nw")
        assert await reader.read() == GET.head
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    answers = [await pool.send(permit(origin), GET) for _ in range(20)]
    pool.lose()
    for answer in answers:
        assert await answer.piece() == b"w"
        with pytest.raises(LinkLost):
            await answer.piece()
    while not pool.is_empty:
        await asyncio.sleep(0)
    server.close()


async def test_who_is_still_connecting_is_told_too(free_port: int) -> None:
    pool = Pool("cloud")
    with deaf_port(free_port):
        waiting = asyncio.create_task(
            pool.send(permit(f"http://127.0.0.1:{free_port}"), GET, connect_s=600.0)
        )
        while not pool._connecting:
            await asyncio.sleep(0)
        pool.lose()
        with pytest.raises(LinkLost):
            await waiting


async def test_a_time_to_connect_may_end_in_the_moment_in_which_the_link_is_lost(
    free_port: int,
) -> None:
    pool, loop = Pool("cloud"), asyncio.get_running_loop()
    lost = loop.create_future()

    def lose_with(bound: asyncio.Timeout) -> None:
        if not bound.expired():
            loop.call_soon(lose_with, bound)
            return
        try:
            pool.lose()
            lost.set_result(True)
        except RuntimeError as error:
            lost.set_exception(error)

    with deaf_port(free_port):
        origin = f"http://127.0.0.1:{free_port}"
        waiting = [
            asyncio.create_task(pool.send(permit(origin), GET, connect_s=seconds))
            for seconds in (0.02, 600.0)
        ]
        while len(pool._connecting) < 2:
            await asyncio.sleep(0)
        lose_with(min(pool._connecting, key=lambda bound: bound.when() or 0.0))
        await lost
        for one in waiting:
            with pytest.raises(LinkLost):
                await one


async def test_who_was_connected_from_an_address_that_is_gone_is_told() -> None:
    pool = Pool("cloud")
    async with silent() as (origin, came):
        waiting = asyncio.create_task(pool.send(permit(origin), GET))
        await came.wait()
        pool.lose_addresses(frozenset({"192.0.2.7"}))
        assert repr(pool) == "Pool(cloud, 1 open, 0 idle)", "it has another address"
        pool.lose_addresses(frozenset({"127.0.0.1"}))
        with pytest.raises(LinkLost):
            await waiting
        assert repr(pool) == "Pool(cloud, 0 open, 0 idle)"
        again = asyncio.create_task(pool.send(permit(origin), GET))  # the pool itself stays
        while not pool._open:
            await asyncio.sleep(0)
        pool.close()
        with pytest.raises(Trouble):
            await again


async def test_who_hears_something_keeps_its_connection_where_others_are_given_up() -> None:
    egress, go = Egress(environment={}), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none")
        await go.wait()
        writer.write(b" two")
        await reader.read()
        writer.close()

    talking = await asyncio.start_server(talk, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{talking.sockets[0].getsockname()[1]}"
    cloud = model_card("cloud/a", place="cloud")
    egress.listen("cloud")  # nothing was connected yet
    egress.lose_silent("cloud")
    async with silent() as (nobody, came):
        flowing = await egress.permit(ask(), cloud, origin).send("GET", f"{origin}/", headers={})
        assert await flowing.piece() == b"one"
        asked = egress.permit(ask(), cloud, nobody).send("GET", f"{nobody}/", headers={})
        waiting = asyncio.create_task(asked)
        await came.wait()
        egress.lose_silent("cloud")
        assert not waiting.done(), "nobody has listened"
        egress.listen("cloud")
        go.set()
        assert await flowing.piece() == b" two"
        egress.lose_silent("cloud")
        with pytest.raises(LinkLost):
            await waiting
        egress.listen("cloud")
        egress.lose_silent("cloud")
        with pytest.raises(LinkLost):
            await flowing.piece()
    talking.close()


@pytest.fixture
def free_port() -> int:
    return closed_port()


def test_an_attempt_is_told_of_it_in_a_sentence() -> None:
    failure = Upstream("sky/a", "sky", "api.sky.example:443").broke(LinkLost("gone"), 7).failure
    assert (failure.kind, failure.sent_tokens) == ("link_lost", 7)
    assert failure.sentence.startswith("The link to api.sky.example:443 was lost before")


async def shown(origin: str, tls_folder: Path | None = None, connect_s: float = 5.0) -> list[str]:
    """What is heard of an origin by connecting to it."""
    heard: list[str] = []
    pool = Pool("cloud", lambda _origin, told: heard.append(told))
    context = None
    if tls_folder is not None:
        context = dialing.tls_context({}, "")
    try:
        await pool.greet(permit(origin), context, connect_s)
    except Trouble:
        assert heard != ["reached"]
    pool.close()
    return heard


async def test_what_connecting_shows(tmp_path: Path, free_port: int) -> None:
    own = certificates(tmp_path)
    async with silent() as (origin, came):
        assert await shown(origin) == ["reached"]
        assert not came.is_set(), "a greeting sends no request"
    async with encrypted(own) as (port, heads):
        # The certificate is not one that is trusted, as a portal's never is.
        assert await shown(f"https://127.0.0.1:{port}", tmp_path) == ["captive"]
        assert heads == []
    assert await shown(f"http://127.0.0.1:{free_port}") == ["refused"]
    with deaf_port(free_port):
        assert await shown(f"http://127.0.0.1:{free_port}", connect_s=0.05) == ["unreachable"]


@pytest.mark.parametrize(
    ("mode", "origin"),
    [
        ("local-only", "https://api.sky.example:443"),
        ("prefer-cloud", "http://127.0.0.1:9"),
        ("prefer-cloud", "http://10.0.0.7:9"),
    ],
)
async def test_nobody_else_is_greeted(mode: Mode, origin: str) -> None:
    egress = Egress(environment={}, mode=lambda: mode)
    with pytest.raises(AttemptFailed, match="greeted"):
        await egress.greet(origin, 1.0)
    assert repr(egress) == "Egress(no connection yet)"
