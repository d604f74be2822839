"""Kept connections: used again, dropped in time, and a prompt never sent twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from homeport.daemon.egress import http1_pool, http1_request
from homeport.daemon.egress.addresses import AddressNotAllowed
from homeport.daemon.egress.http1_pool import Pool, Written
from homeport.daemon.egress.permits import Egress, OutboundPermit
from homeport.daemon.egress.troubles import ConnectError, ConnectTimeout, ReadError
from support.asks import ask, model_card
from support.upstreams import closed_port, deaf_port
from support.wire_end import body_of, settle

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

Play = Callable[["Server", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def answer_all(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer every request on the connection."""
    while await server.request(reader):
        writer.write(OK)


class Server:
    """A server played by a function, once for each connection; notes the requests."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.connections = 0
        self.requests: list[bytes] = []
        self.closed = asyncio.Event()
        """Some connection has ended."""
        self.origin = ""

    async def request(self, reader: asyncio.StreamReader) -> bytes:
        """The next head and its body, empty at the end."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length or 0))
        self.requests.append(head + body)
        return head

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.play(self, reader, writer)
        finally:
            self.closed.set()
            writer.close()


@contextlib.asynccontextmanager
async def serving(play: Play = answer_all) -> AsyncIterator[Server]:
    server = Server(play)
    listener = await asyncio.start_server(server.accept, "127.0.0.1", 0)
    server.origin = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    pool = Pool("local")
    yield pool
    pool.close()
    await settle()


def permit(origin: str) -> OutboundPermit:
    return Egress().permit(ask(), model_card(), origin)


async def send(
    pool: Pool, origin: str, method: str = "POST", body: bytes = b"prompt", **options: float
) -> bytes:
    head = http1_request.head(method, f"{origin}/x", [], len(body))
    answer = await pool.send(permit(origin), Written(method, head, body), **options)  # type: ignore[arg-type]
    return await body_of(answer)


async def test_a_connection_is_used_again(pool: Pool) -> None:
    async with serving() as server:
        for _ in range(5):
            assert await send(pool, server.origin) == b"ok"
        assert server.connections == 1
        assert len(server.requests) == 5
        assert repr(pool) == "Pool(local, 1 open, 1 idle)"
        pool.close()


async def test_many_at_once_and_what_is_kept_of_them(pool: Pool) -> None:
    async with serving() as server:
        kept = http1_pool.MAX_IDLE["local"]
        answers = await asyncio.gather(*(send(pool, server.origin) for _ in range(kept + 40)))
        assert answers == [b"ok"] * (kept + 40)
        assert len(server.requests) == kept + 40
        await settle()
        assert repr(pool).endswith(f" {kept} idle)")
        made = server.connections
        await asyncio.gather(*(send(pool, server.origin) for _ in range(kept)))
        assert server.connections == made
        pool.close()


async def test_origins_share_nothing(pool: Pool) -> None:
    async with serving() as one, serving() as other:
        for _ in range(2):
            await send(pool, one.origin)
            await send(pool, other.origin)
        assert (one.connections, other.connections) == (1, 1)
        pool.close()


async def once(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request, and close."""
    await server.request(reader)
    writer.write(OK)


async def test_a_connection_that_the_server_closed_is_not_used(pool: Pool) -> None:
    async with serving(once) as server:
        for n in range(3):
            server.closed.clear()
            assert await send(pool, server.origin) == b"ok"
            await server.closed.wait()
            assert len(server.requests) == n + 1
        assert server.connections == 3


async def swallow_second(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the first request of the first connection, read the next one, and close."""
    if server.connections > 1:
        await answer_all(server, reader, writer)
    await server.request(reader)
    writer.write(OK)
    await server.request(reader)


async def test_a_prompt_is_never_sent_twice(pool: Pool) -> None:
    async with serving(swallow_second) as server:
        await send(pool, server.origin)
        with pytest.raises(ReadError):
            await send(pool, server.origin)
        assert len(server.requests) == 2
        assert server.connections == 1


async def test_a_get_that_met_the_close_is_repeated(pool: Pool) -> None:
    async with serving(swallow_second) as server:
        await send(pool, server.origin)
        assert await send(pool, server.origin, "GET", b"") == b"ok"
        assert server.connections == 2
        pool.close()


async def test_a_get_on_a_new_connection_is_not_repeated(pool: Pool) -> None:
    async def swallow(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await server.request(reader)

    async with serving(swallow) as server:
        with pytest.raises(ReadError):
            await send(pool, server.origin, "GET", b"")
        assert len(server.requests) == 1


async def test_a_get_that_was_begun_to_be_answered_is_not_repeated(pool: Pool) -> None:
    async def half(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await once(server, reader, writer)
        await server.request(reader)
        writer.write(OK[:10])

    async with serving(half) as server:
        await send(pool, server.origin, "GET", b"")
        with pytest.raises(ReadError):
            await send(pool, server.origin, "GET", b"")
        assert len(server.requests) == 2


async def test_what_idles_is_closed(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(http1_pool.KEEP_S, "local", 0.01)
    async with serving() as server, serving() as other:
        await asyncio.gather(send(pool, server.origin), send(pool, server.origin))
        await send(pool, other.origin)
        await asyncio.wait_for(server.closed.wait(), 20)
        await asyncio.wait_for(other.closed.wait(), 20)
        while repr(pool) != "Pool(local, 0 open, 0 idle)":
            await asyncio.sleep(0.001)


async def test_what_idled_too_long_is_not_used_even_if_nobody_closed_it(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving() as server:
        await send(pool, server.origin)
        monkeypatch.setitem(http1_pool.KEEP_S, "local", 0.0)
        await send(pool, server.origin)
        assert server.connections == 2
        pool.close()


async def test_nobody_there(pool: Pool) -> None:
    with pytest.raises(ConnectError):
        await send(pool, f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(ConnectError):
        await send(pool, f"http://localhost:{closed_port()}")
    with deaf_port() as port, pytest.raises(ConnectTimeout):
        await send(pool, f"http://127.0.0.1:{port}", connect_s=0.05)


async def test_a_leave_for_another_place_gets_no_socket(pool: Pool) -> None:
    class Forged:
        place = "local"
        origin = "http://10.0.0.1:80"

    with pytest.raises(AddressNotAllowed):
        await pool.send(Forged(), Written("GET", b"", b""))  # type: ignore[arg-type]
    assert repr(pool) == "Pool(local, 0 open, 0 idle)"


async def test_closing_wakes_everybody_and_ends_every_connection(pool: Pool) -> None:
    heard = asyncio.Event()

    async def silent(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await server.request(reader)
        heard.set()
        await reader.read()

    async with serving(silent) as server:
        waiting = asyncio.create_task(send(pool, server.origin, "GET", b""))
        await heard.wait()
        pool.close()
        with pytest.raises(ReadError, match="link"):
            await waiting
        await asyncio.wait_for(server.closed.wait(), 20)
        assert server.connections == 1


async def test_a_connection_that_is_made_while_the_pool_closes_sends_nothing(pool: Pool) -> None:
    async with serving() as server:
        sending = asyncio.create_task(send(pool, server.origin))
        await asyncio.sleep(0)
        pool.close()
        with pytest.raises(ConnectError):
            await sending
        assert server.requests == []


async def test_cancelling_closes_the_connection(pool: Pool) -> None:
    heard = asyncio.Event()

    async def stall(
        server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await server.request(reader)
        writer.write(OK[:-1])
        heard.set()
        assert await reader.read() == b""

    async with serving(stall) as server:
        head = http1_request.head("POST", f"{server.origin}/x", [], 0)
        answer = await pool.send(permit(server.origin), Written("POST", head, b""))
        reading = asyncio.create_task(body_of(answer))
        await heard.wait()
        await settle()
        reading.cancel()
        await asyncio.wait([reading])
        await answer.aclose()
        await asyncio.wait_for(server.closed.wait(), 20)
        assert repr(pool).endswith(" 0 idle)")


def test_the_same_on_the_loop_of_the_daemon() -> None:
    uvloop = pytest.importorskip("uvloop", reason="this system has no uvloop")

    async def scene() -> None:
        pool = Pool("local")
        async with serving(once) as server, serving() as other:
            for _ in range(3):
                server.closed.clear()
                assert await send(pool, server.origin, body=b"x" * 200_000) == b"ok"
                assert await send(pool, other.origin) == b"ok"
                await server.closed.wait()
            assert (server.connections, other.connections) == (3, 1)
            pool.close()
            await asyncio.wait_for(other.closed.wait(), 20)
            with pytest.raises(ConnectError):
                await send(Pool("local"), f"http://localhost:{closed_port()}")

    uvloop.run(scene())
