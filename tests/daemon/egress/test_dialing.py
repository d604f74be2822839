"""Connecting: addresses judged at the last moment, proxies, certificates."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from homeport.adapters.base import AttemptFailed
from homeport.daemon.egress import dialing
from homeport.daemon.egress.permits import Egress
from support.asks import ask, model_card
from support.upstreams import OpenAIServer, recording_proxy


async def resolve_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Have every name resolve to that address, as a hostile name server would."""

    async def getaddrinfo(host: str, port: int, **_: Any) -> Any:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    ("place", "origin", "address"),
    [
        ("local", "http://localhost:8080", "10.0.0.7"),
        ("local", "http://localhost:8080", "93.184.216.34"),
        ("local", "http://box.localhost:8080", "::ffff:8.8.8.8"),
        ("lan", "http://nas.local:8080", "93.184.216.34"),
        ("lan", "http://llm.example.org:8080", "2606:4700::1"),
    ],
)
async def test_a_name_that_leads_out_of_its_place_is_refused(
    monkeypatch: pytest.MonkeyPatch, place: str, origin: str, address: str
) -> None:
    await resolve_to(monkeypatch, address)
    egress = Egress(environment={})
    permit = egress.permit(ask(), model_card(place=place), origin)
    with pytest.raises(AttemptFailed) as caught:
        await permit.http(origin).post("/v1/chat/completions", json={})
    assert caught.value.failure.kind == "egress"
    assert address in caught.value.failure.sentence
    await egress.close()


async def test_localhost_reaches_this_machine() -> None:
    async with OpenAIServer() as server:
        origin = f"http://localhost:{server.port}"
        egress = Egress(environment={})
        permit = egress.permit(ask(), model_card(), origin)
        assert (await permit.http(origin).get("/v1/models")).status_code == 200
        await egress.close()


def test_no_socket_is_made_without_a_permit() -> None:
    make = dialing._socket_factory("cloud")
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
    with pytest.raises(dialing.AddressNotAllowed, match="without a permit"):
        make(info)


def test_the_socket_judges_the_address_too() -> None:
    permit = Egress().permit(ask(), model_card(), "http://127.0.0.1:1")
    token = dialing.CONNECTING.set(permit)
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 1))
    with pytest.raises(dialing.AddressNotAllowed, match="on this machine"):
        dialing._socket_factory("local")(info)
    dialing.CONNECTING.reset(token)


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


@pytest.mark.parametrize("place", ["local", "cloud"])
async def test_a_server_at_home_is_never_reached_by_a_proxy(place: str) -> None:
    async with OpenAIServer() as server, recording_proxy() as (address, heads):
        egress = Egress(environment={"HTTP_PROXY": f"http://{address}", "ALL_PROXY": address})
        permit = egress.permit(ask(), model_card(place=place), server.origin)
        assert (await permit.http(server.origin).get("/v1/models")).status_code == 200
        assert heads == []
        await egress.close()


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ({"https_proxy": "p:3128", "HTTPS_PROXY": "http://other:1"}, "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, None),
        ({"ALL_PROXY": "https://p"}, "https://p:443"),
        ({"HTTPS_PROXY": "http://[fd00::1]:1"}, "http://[fd00::1]:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.org"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "x, .example.org"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.example.org:443"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "ample.org"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ","}, "http://p:1"),
    ],
)
def test_which_proxy(environment: dict[str, str], url: str | None) -> None:
    proxy = dialing.proxy_for("https://api.example.org:443", environment)
    assert (proxy.url if proxy else None) == url


def test_a_proxy_of_another_kind_is_refused() -> None:
    with pytest.raises(dialing.AddressNotAllowed, match="not an HTTP proxy"):
        dialing.proxy_for("https://api.example.org:443", {"ALL_PROXY": "socks5://p:1"})


async def test_a_certificate_file_that_is_missing_is_told(tmp_path: Any) -> None:
    egress = Egress(environment={"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    permit = egress.permit(ask(), model_card(place="cloud"), "https://127.0.0.1:1")
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever the TLS library says
        await permit.http("https://127.0.0.1:1").get("/")
    assert type(caught.value).__name__ in ("ConnectError", "ReadError")
    await egress.close()


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
    assert dialing.meaning(error)[0] == name
