"""The transport: permits demanded, bodies streamed, errors mapped exactly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2 as httpx
import pytest

from homeport.adapters.base import AttemptFailed
from homeport.daemon.egress import transport
from homeport.daemon.egress.permits import Egress
from support.asks import ask, model_card
from support.upstreams import Fault, OpenAIServer, closed_port, deaf_port

PATH = "/v1/chat/completions"


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    egress = Egress(environment={})
    yield egress
    await egress.close()


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        assert isinstance(server, OpenAIServer)
        yield server


def permit_for(egress: Egress, origin: str) -> Any:
    return egress.permit(ask(), model_card(), origin)


async def test_a_request_elsewhere_is_refused(egress: Egress, server: OpenAIServer) -> None:
    async with OpenAIServer() as other:
        client = permit_for(egress, server.origin).http(server.origin)
        with pytest.raises(AttemptFailed, match="permit is for"):
            await client.get(other.origin)
        assert other.connections == 0


async def test_a_redirect_is_not_followed(egress: Egress, server: OpenAIServer) -> None:
    async with OpenAIServer() as other:
        server.fault = Fault("status", status=307, headers=(("location", other.origin),), body={})
        client = permit_for(egress, server.origin).http(server.origin)
        answer = await client.post(PATH, json={})
        assert answer.status_code == 307
        assert other.connections == 0


async def test_what_is_sent_is_what_was_asked(egress: Egress, server: OpenAIServer) -> None:
    client = permit_for(egress, server.origin).http(server.url)
    answer = await client.post(
        "chat/completions", json={"a": "é"}, headers={"X-Own": "1", "authorization": "Bearer k"}
    )
    assert answer.status_code == 200
    assert answer.text.endswith("data: [DONE]\n\n")
    (sent,) = server.requests
    assert (sent.method, sent.path, sent.json) == ("POST", PATH, {"a": "é"})
    assert sent.headers["x-own"] == "1"
    assert sent.headers["authorization"] == "Bearer k"
    assert sent.headers["user-agent"] == "homeport"
    assert "cookie" not in sent.headers


async def test_cookies_are_not_kept(egress: Egress, server: OpenAIServer) -> None:
    server.fault = Fault("status", status=200, headers=(("set-cookie", "a=b"),), body={})
    client = permit_for(egress, server.origin).http(server.origin)
    await client.post(PATH)
    client = permit_for(egress, server.origin).http(server.origin)
    await client.post(PATH)
    assert "cookie" not in server.requests[-1].headers


async def test_bytes_arrive_as_they_come(egress: Egress, server: OpenAIServer) -> None:
    server.fault = Fault("stall", at=1)
    client = permit_for(egress, server.origin).http(server.origin)
    async with client.stream("POST", PATH) as answer:
        chunk = await anext(answer.aiter_raw())
        assert b"Hello" in chunk
        assert not server.left.is_set()
    await asyncio.wait_for(server.left.wait(), 20)


async def test_strange_headers_are_survived(egress: Egress, server: OpenAIServer) -> None:
    strange = (("x-odd", "caf\u00e9"), ("content-encoding", "martian"))
    server.fault = Fault("status", status=200, headers=strange, body={})
    client = permit_for(egress, server.origin).http(server.origin)
    answer = await client.post(PATH)
    assert answer.content == b"{}"


async def test_connections_are_shared_by_permits(egress: Egress, server: OpenAIServer) -> None:
    for _ in range(4):
        client = permit_for(egress, server.origin).http(server.origin)
        await client.get("/v1/models")
    assert server.connections == 1


async def test_places_share_no_connection(egress: Egress, server: OpenAIServer) -> None:
    for place in ("local", "cloud"):
        permit = egress.permit(ask(), model_card(place=place), server.origin)
        await permit.http(server.origin).get("/v1/models")
    assert server.connections == 2


async def test_an_abandoned_answer_closes_its_connection(
    egress: Egress, server: OpenAIServer
) -> None:
    server.fault = Fault("stall", at=1)
    client = permit_for(egress, server.origin).http(server.origin)
    async with client.stream("POST", PATH):
        pass
    await asyncio.wait_for(server.left.wait(), 20)
    server.fault = None
    await client.post(PATH)
    assert server.connections == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("reset"), httpx.ReadError),
        (Fault("cut_body", at=2), httpx.ReadError),
        (Fault("garbage"), httpx.RemoteProtocolError),
        (Fault("endless_headers"), httpx.RemoteProtocolError),
    ],
)
async def test_after_a_byte_was_sent_nothing_is_called_a_connect_error(
    egress: Egress, server: OpenAIServer, fault: Fault, error: type[Exception]
) -> None:
    server.fault = fault
    client = permit_for(egress, server.origin).http(server.origin)
    with pytest.raises(error):
        await client.post(PATH)
    assert server.prompts == 1


async def test_a_connection_that_was_closed_unseen_is_no_connect_error(egress: Egress) -> None:
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(drop, "127.0.0.1", 0)
    async with server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = permit_for(egress, origin).http(origin)
        with pytest.raises(httpx.ReadError):
            await client.post(PATH, content=b"prompt")


async def test_refused_and_deaf_ports(egress: Egress) -> None:
    origin = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(httpx.ConnectError):
        await permit_for(egress, origin).http(origin).get("/")
    with deaf_port() as port:
        origin = f"http://127.0.0.1:{port}"
        with pytest.raises(httpx.ConnectTimeout):
            await permit_for(egress, origin).http(origin, connect_s=0.1).get("/")


async def test_forgetting_a_place_breaks_what_runs_there(
    egress: Egress, server: OpenAIServer
) -> None:
    server.fault = Fault("stall", at=1)
    client = permit_for(egress, server.origin).http(server.origin)
    async with client.stream("POST", PATH) as answer:
        chunks = answer.aiter_raw()
        await anext(chunks)
        await egress.forget("local")
        with pytest.raises(httpx.ReadError):
            await asyncio.wait_for(anext(chunks), 20)
    server.fault = None
    assert (await client.post(PATH)).status_code == 200


@pytest.mark.parametrize("fault", [Fault("stall", at=1), Fault("slow_headers")])
async def test_forgetting_a_place_wakes_those_who_wait_for_it(
    egress: Egress, server: OpenAIServer, fault: Fault
) -> None:
    server.fault = fault
    client = permit_for(egress, server.origin).http(server.origin)
    waiting = asyncio.create_task(client.post(PATH))
    await asyncio.wait_for(server.stalled.wait(), 20)
    await asyncio.sleep(0)
    await egress.forget("local")
    with pytest.raises(httpx.ReadError):
        await asyncio.wait_for(waiting, 20)


async def test_the_older_face_gives_its_own_errors(egress: Egress, server: OpenAIServer) -> None:
    import httpx as older

    def client(origin: str) -> older.AsyncClient:
        door = permit_for(egress, origin).httpx_transport(origin)
        return older.AsyncClient(transport=door, base_url=origin, trust_env=False)

    answer = await client(server.origin).post(PATH, json={})
    assert answer.text.endswith("data: [DONE]\n\n")
    server.fault = Fault("garbage")
    with pytest.raises(older.RemoteProtocolError):
        await client(server.origin).post(PATH, json={})
    server.fault = Fault("huge_line")
    with pytest.raises(older.RemoteProtocolError, match="too long"):
        await client(server.origin).post(PATH, json={})
    with pytest.raises(older.ConnectError):
        await client(f"http://127.0.0.1:{closed_port()}").post(PATH, json={})
    with pytest.raises(AttemptFailed, match="permit is for"):
        await client(server.origin).get("http://127.0.0.1:1/")


def test_the_connect_bound_is_read_from_the_request() -> None:
    assert transport.connect_seconds({"timeout": {"connect": 3.0}}) == 3.0
    assert transport.connect_seconds({}) is None
