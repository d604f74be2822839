"""Which way a request goes, and by whose certificates."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from homeport.adapters.base import AttemptFailed
from homeport.daemon.egress import addresses
from homeport.daemon.egress.permits import Egress
from support.asks import ask, model_card
from support.certificates import Certificates, certificates
from support.encrypted import encrypted
from support.upstreams import OpenAIServer, recording_proxy


@pytest.fixture
def own(tmp_path: Path) -> Certificates:
    return certificates(tmp_path)


def test_tls_on_the_loop_of_the_daemon(own: Certificates) -> None:
    uvloop = pytest.importorskip("uvloop", reason="this system has no uvloop")
    uvloop.run(test_tls_by_the_certificates_of_the_environment(own))


async def test_tls_by_the_certificates_of_the_environment(own: Certificates) -> None:
    async with encrypted(own) as (port, heads):
        origin = f"https://localhost:{port}"
        egress = Egress(environment={"SSL_CERT_FILE": str(own.authority)})
        await egress.prepare(origin)
        permit = egress.permit(ask(), model_card(), origin)
        for _ in range(2):
            answer = await permit.send("GET", f"{origin}/v1/models", headers={"x-a": "1"})
            assert (answer.status, [piece async for piece in answer]) == (200, [b"ok"])
        assert heads[0].startswith(b"GET /v1/models HTTP/1.1\r\nhost: localhost:")
        assert len(heads) == 2
        await egress.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_certificate_that_is_not_trusted_or_of_another_name(
    own: Certificates, host: str
) -> None:
    async with encrypted(own) as (port, heads):
        trusted = {"SSL_CERT_FILE": str(own.authority)} if host == "127.0.0.1" else {}
        origin = f"https://{host}:{port}"
        egress = Egress(environment=trusted)
        client = egress.permit(ask(), model_card(), origin).http(origin)
        with pytest.raises(httpx.ConnectError):
            await client.post("/v1/x", content=b"the prompt")
        assert heads == []
        await egress.close()


@pytest.mark.parametrize("place", ["local", "cloud"])
async def test_a_server_at_home_is_never_reached_by_a_proxy(place: str) -> None:
    async with OpenAIServer() as server, recording_proxy() as (address, heads):
        egress = Egress(environment={"HTTP_PROXY": f"http://{address}", "ALL_PROXY": address})
        permit = egress.permit(ask(), model_card(place=place), server.origin)
        assert (await permit.http(server.origin).get("/v1/models")).status_code == 200
        assert heads == []
        await egress.close()


async def test_a_server_of_the_own_network_is_no_proxys_to_look_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look_up(_host: str, port: int, _family: int) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.9", port))]

    monkeypatch.setattr(addresses, "look_up", look_up)
    origin = "http://models.example.org:80"
    async with recording_proxy() as (address, heads):
        egress = Egress(
            environment={"HTTP_PROXY": f"http://{address}"},
            trusted_hosts=lambda: ["models.example.org"],
        )
        permit = egress.permit(ask(privacy="private"), model_card(place="lan"), origin)
        with pytest.raises(AttemptFailed, match="not in your own network"):
            await permit.send("POST", f"{origin}/v1/x", headers={}, body=b"the prompt")
        assert heads == []
        await egress.close()


async def test_a_certificate_file_that_is_missing_is_told(tmp_path: Any) -> None:
    egress = Egress(environment={"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    permit = egress.permit(ask(), model_card(place="cloud"), "https://127.0.0.1:1")
    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever the TLS library says
        await permit.http("https://127.0.0.1:1").get("/")
    assert type(caught.value).__name__ in ("ConnectError", "ReadError")
    await egress.close()
