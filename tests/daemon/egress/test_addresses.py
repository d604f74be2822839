"""Connecting: addresses judged at the last moment, the first that answers taken."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from homeport.adapters.base import AttemptFailed
from homeport.daemon.egress import addresses
from homeport.daemon.egress.permits import Egress
from support.asks import ask, model_card
from support.polling import until
from support.upstreams import OpenAIServer, closed_port, deaf_port

HERE = (socket.AF_INET, ("127.0.0.1", 1))


async def resolve_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Have every name resolve to that address, as a hostile name server would."""

    def look_up(host: str, port: int, _family: int) -> Any:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(addresses, "look_up", look_up)


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


async def test_no_socket_is_made_without_a_permit() -> None:
    with pytest.raises(addresses.AddressNotAllowed, match="without a permit"):
        await addresses.connected_socket("cloud", [HERE])


def test_a_single_number_is_judged_before_it_is_connected_to() -> None:
    here, elsewhere = [(socket.AF_INET, ("127.0.0.1", 1))], [(socket.AF_INET, ("10.0.0.1", 1))]
    with pytest.raises(addresses.AddressNotAllowed, match="without a permit"):
        addresses.only_number("local", here)
    with addresses.under(Egress().permit(ask(), model_card(), "http://127.0.0.1:1")):
        assert addresses.only_number("local", here) == ("127.0.0.1", 1)
        with pytest.raises(addresses.AddressNotAllowed, match="on this machine"):
            addresses.only_number("local", elsewhere)
        assert addresses.only_number("local", [*here, *here]) is None
        assert addresses.only_number("local", [(socket.AF_INET6, ("::1", 1, 0, 0))]) is None


async def test_the_socket_judges_the_address_too() -> None:
    permit = Egress().permit(ask(), model_card(), "http://127.0.0.1:1")
    with (
        addresses.under(permit),
        pytest.raises(addresses.AddressNotAllowed, match="on this machine"),
    ):
        await addresses.connected_socket("local", [(socket.AF_INET, ("10.0.0.1", 1))])


def test_a_number_outside_of_the_place_is_refused_before_anything_is_looked_up() -> None:
    class Forged:
        place = "lan"
        origin = "http://93.184.216.34:80"

    with pytest.raises(addresses.AddressNotAllowed), addresses.under(Forged()):  # type: ignore[arg-type]
        pass
    assert addresses.CONNECTING.get() is None


async def connected(*ports: int) -> int:
    """The port that a socket was connected to, given one address for each port."""
    where = [(socket.AF_INET, ("127.0.0.1", port)) for port in ports]
    permit = Egress().permit(ask(), model_card(), f"http://127.0.0.1:{ports[0]}")
    with addresses.under(permit):
        made = await addresses.connected_socket("local", where)
    with made:
        return int(made.getpeername()[1])


async def test_the_first_address_that_answers_is_taken() -> None:
    async with OpenAIServer() as server, OpenAIServer() as other:
        assert await connected(server.port) == server.port
        assert await connected(closed_port(), server.port) == server.port
        assert await connected(server.port, other.port) == server.port
        with deaf_port() as deaf:
            assert await connected(deaf, server.port) == server.port
            assert await connected(deaf, closed_port(), server.port) == server.port


async def test_where_none_answers_the_error_is_of_the_last() -> None:
    with pytest.raises(ConnectionRefusedError):
        await connected(closed_port(), closed_port())
    with pytest.raises(OSError, match="no address"):
        await addresses.connected_socket("local", [])


async def test_a_name_is_looked_up_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def look_up(host: str, port: int, _family: int) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(addresses, "look_up", look_up)
    names = addresses.Names("local")
    for _ in range(3):
        assert await names.addresses("http://box.localhost:7") == [
            (socket.AF_INET, ("127.0.0.1", 7))
        ]
    assert asked == ["box.localhost"]
    names.forget("http://box.localhost:7")
    await names.addresses("http://box.localhost:7")
    assert len(asked) == 2


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::", "::1", "::ffff:0.0.0.0"])
async def test_a_provider_whose_name_leads_to_this_machine_is_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    async with OpenAIServer() as server:
        await resolve_to(monkeypatch, address)
        egress = Egress(environment={})
        origin = f"http://api.sky.example:{server.port}"
        permit = egress.permit(ask(), model_card("sky/a", place="cloud"), origin)
        with pytest.raises(AttemptFailed, match="which is this machine; nothing was sent"):
            await permit.send("POST", f"{origin}/v1/chat/completions", headers={}, body=b"{}")
        assert server.requests == []
        await egress.close()


async def test_a_name_server_that_hangs_costs_its_caller_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer, asked = threading.Event(), []

    def look_up(host: str, port: int, _family: int) -> Any:
        asked.append(host)
        answer.wait(20)
        raise OSError("no answer")

    monkeypatch.setattr(addresses, "look_up", look_up)
    names = addresses.Names("cloud")
    callers = [f"https://api.sky{number % 2}.example:443" for number in range(20)]
    try:
        ended = await asyncio.gather(
            *(asyncio.wait_for(names.addresses(origin), 0.05) for origin in callers),
            return_exceptions=True,
        )
        assert {type(one) for one in ended} == {TimeoutError}
        await until(lambda: len(asked) == 2)  # they have a thread each, which begins when it can
        assert sorted(asked) == ["api.sky0.example", "api.sky1.example"], "one thread for a name"
        assert await asyncio.to_thread(lambda: "at once") == "at once"
    finally:
        answer.set()
    while names._asking:
        await asyncio.sleep(0.001)
