"""Going by a proxy of the environment."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import aiohttp
import pytest

from homeport.daemon.egress import proxied
from homeport.daemon.egress.permits import Egress
from homeport.daemon.egress.troubles import LinkLost
from support.asks import ask, model_card
from support.certificates import certificates
from support.encrypted import encrypted, tunnel
from support.upstreams import closed_port, deaf_port, recording_proxy


async def test_a_cloud_host_is_reached_by_the_proxy_of_the_environment() -> None:
    async with recording_proxy() as (address, heads):
        egress = Egress(environment={"HTTP_PROXY": f"http://me:p%40ss@{address}"})
        permit = egress.permit(ask(), model_card(place="cloud"), "http://models.example.org")
        answer = await permit.http("http://models.example.org").get("/v1/models")
        assert answer.status_code == 200
        assert heads[0].startswith(b"GET http://models.example.org/v1/models HTTP/1.1")
        assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in heads[0]
        await egress.close()


async def test_an_encrypted_host_is_tunnelled_and_a_refusing_proxy_told() -> None:
    async with recording_proxy() as (address, heads):
        egress = Egress(environment={"HTTPS_PROXY": f"http://me:pw@{address}"})
        permit = egress.permit(ask(), model_card(place="cloud"), "https://models.example.org")
        client = permit.http("https://models.example.org", connect_s=5)
        with pytest.raises(Exception) as caught:  # noqa: PT011  # the proxy speaks no TLS
            await client.post("/v1/x", content=b"the prompt")
        assert type(caught.value).__name__ in ("ConnectError", "ProxyError")
        assert heads[0].startswith(b"CONNECT models.example.org:443 HTTP/1.1")
        assert b"Proxy-Authorization: Basic" in heads[0]
        assert b"the prompt" not in b"".join(heads)
        await egress.close()


async def test_an_encrypted_answer_comes_through_the_tunnel(tmp_path: Path) -> None:
    own = certificates(tmp_path, "models.example.org")
    async with encrypted(own) as (port, heads), tunnel(port) as (proxy, opened):
        egress = Egress(
            environment={"HTTPS_PROXY": f"http://{proxy}", "REQUESTS_CA_BUNDLE": str(own.authority)}
        )
        origin = "https://models.example.org"
        permit = egress.permit(ask(), model_card(place="cloud"), origin)
        answer = await permit.send("POST", f"{origin}/v1/x", headers={}, body=b"the prompt")
        assert (answer.status, [piece async for piece in answer]) == (200, [b"ok"])
        assert opened == [b"CONNECT models.example.org:443 HTTP/1.1"]
        assert heads[0].startswith(b"POST /v1/x HTTP/1.1")
        await egress.close()


@pytest.mark.parametrize("moment", ["connecting", "asked", "answered"])
async def test_who_waits_for_a_proxy_is_told_of_a_lost_link_at_once(moment: str) -> None:
    came = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if moment == "answered":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none")
        came.set()
        await reader.read()
        writer.close()

    async def ask_it(port: int, egress: Egress) -> None:
        permit = egress.permit(ask(), model_card(place="cloud"), "http://models.example.org")
        url = "http://models.example.org/v1/x"
        answer = await permit.send("POST", url, headers={}, body=b"x", connect_s=600.0)
        assert await answer.piece() == b"one"
        started.set()
        with contextlib.closing(answer):
            await answer.piece()

    started = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = closed_port() if moment == "connecting" else server.sockets[0].getsockname()[1]
    with deaf_port(port) if moment == "connecting" else contextlib.nullcontext():
        egress = Egress(environment={"HTTP_PROXY": f"http://127.0.0.1:{port}"})
        waiting = asyncio.create_task(ask_it(port, egress))
        if moment == "connecting":
            while not (ways := egress.dialer()._proxied) or not ways["cloud"]._asking:
                await asyncio.sleep(0)
        else:
            await (came if moment == "asked" else started).wait()
        async with asyncio.timeout(20):
            await egress.lose("cloud")
            with pytest.raises(LinkLost):
                await waiting
        await egress.close()
    server.close()


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (aiohttp.ConnectionTimeoutError(), "ConnectTimeout"),
        (aiohttp.ServerTimeoutError(), "ReadTimeout"),
        (aiohttp.SocketTimeoutError(), "ReadTimeout"),
        (aiohttp.ServerDisconnectedError(), "ReadError"),
        (aiohttp.ClientPayloadError(), "ReadError"),
        (aiohttp.ClientOSError(), "ReadError"),
        (ConnectionResetError(), "ReadError"),
        (aiohttp.InvalidURL("x"), "LocalProtocolError"),
        (ValueError(), "LocalProtocolError"),
        (aiohttp.ClientError(), "ReadError"),
        (RuntimeError("Connection closed."), "ReadError"),
    ],
)
def test_only_errors_before_the_first_byte_are_connect_errors(error: Exception, name: str) -> None:
    assert type(proxied.meaning(error)).__name__ == name
