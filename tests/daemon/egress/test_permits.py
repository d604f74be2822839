"""Who may reach what: every rule of the one gate."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import AttemptFailed, Permit
from homeport.daemon.egress import addresses
from homeport.daemon.egress.permits import Egress
from homeport.daemon.egress.troubles import LocalProtocolError
from support.asks import ask, model_card
from support.upstreams import OpenAIServer

LOCAL = "http://127.0.0.1:11434"
LAN = "http://192.168.1.20:8000"
CLOUD = "https://api.openai.com"
ORIGINS = {"local": LOCAL, "lan": LAN, "cloud": CLOUD}


def card(place: str, **fields: Any) -> Any:
    return model_card(place=place, **fields)


def refusal(egress: Egress, *args: Any) -> str:
    with pytest.raises(AttemptFailed) as caught:
        egress.permit(*args)
    failure = caught.value.failure
    assert failure.kind == "egress"
    assert failure.model == args[1].id
    return failure.sentence


@pytest.mark.parametrize("place", ["local", "lan", "cloud"])
def test_a_normal_prompt_goes_anywhere(place: str) -> None:
    permit = Egress().permit(ask(), card(place), ORIGINS[place])
    assert permit.place == place
    assert isinstance(permit, Permit)


@pytest.mark.parametrize("asked", [ask(privacy="private"), ask(mode="local-only")])
def test_a_prompt_that_stays_at_home(asked: Any) -> None:
    egress = Egress()
    assert egress.permit(asked, card("local"), LOCAL).place == "local"
    assert "stay at home" in refusal(egress, asked, card("cloud"), CLOUD)
    assert "trusted_hosts" in refusal(egress, asked, card("lan"), LAN)


def test_no_program_loosens_the_local_only_of_the_person() -> None:
    egress = Egress(mode=lambda: "local-only")
    refusal(egress, ask(), card("cloud"), CLOUD)
    refusal(egress, ask(mode="balanced"), card("cloud"), CLOUD)


@pytest.mark.parametrize("trusted", ["192.168.1.20", " 192.168.1.20", "[192.168.1.20]"])
def test_a_trusted_host_of_the_own_network(trusted: str) -> None:
    egress = Egress(trusted_hosts=lambda: [trusted])
    assert egress.permit(ask(privacy="private"), card("lan"), LAN).place == "lan"
    refusal(egress, ask(privacy="private"), card("lan"), "http://192.168.1.21:8000")


def test_a_trusted_name_in_the_cloud_stays_in_the_cloud() -> None:
    egress = Egress(trusted_hosts=lambda: ["api.openai.com"])
    refusal(egress, ask(privacy="private"), card("cloud"), CLOUD)


@pytest.mark.parametrize(
    ("place", "origin"),
    [
        ("local", LAN),
        ("local", CLOUD),
        ("local", "http://nas:1"),
        ("local", "http://0.0.0.0:1"),
        ("local", "http://localhost.evil.com"),
        ("local", "http://127.0.0.1.evil.com"),
        ("local", "http://127.0.0.1@evil.com"),
        ("lan", "http://8.8.8.8"),
        ("lan", "http://[2606:4700::1]:1"),
    ],
)
def test_a_card_that_claims_to_be_nearer_than_it_is(place: str, origin: str) -> None:
    assert "claims" in refusal(Egress(), ask(), card(place), origin)


@pytest.mark.parametrize(
    ("place", "origin"),
    [
        ("local", "http://localhost:1"),
        ("local", "http://[::1]:1"),
        ("local", "http://127.1.2.3:1"),
        ("lan", "http://nas.local:1"),
        ("lan", "http://models.example.org:1"),
        ("lan", LOCAL),
        ("cloud", LOCAL),
        ("local", ""),
        ("cloud", ""),
    ],
)
def test_claims_that_can_be_true(place: str, origin: str) -> None:
    assert Egress().permit(ask(), card(place), origin).place == place


def test_a_model_without_a_connection_is_judged_by_its_card() -> None:
    refusal(Egress(), ask(privacy="private"), card("cloud"), "")


def test_a_broken_address_is_refused() -> None:
    assert "no usable address" in refusal(Egress(), ask(), card("cloud"), "ftp://nas")


def test_offline_by_choice_blocks_the_places_it_blocks() -> None:
    blocked = {"cloud": "You are offline by choice."}
    egress = Egress(blocked=blocked.get)
    assert refusal(egress, ask(), card("cloud"), CLOUD) == "You are offline by choice."
    with pytest.raises(AttemptFailed):
        egress.probe_permit(CLOUD)
    with pytest.raises(AttemptFailed):
        egress.download_permit("https://example.org/model.gguf")
    assert egress.permit(ask(), card("local"), LOCAL).place == "local"
    assert egress.probe_permit(LOCAL).place == "local"


def test_a_permit_is_judged_again_at_each_request() -> None:
    blocked: dict[str, str] = {}
    permit = Egress(blocked=blocked.get).permit(ask(), card("cloud"), CLOUD)
    permit.require("POST", f"{CLOUD}/v1/chat/completions", 100)
    blocked["cloud"] = "The link is down."
    with pytest.raises(AttemptFailed, match="The link is down"):
        permit.require("POST", f"{CLOUD}/v1/chat/completions", 100)


def test_trust_that_was_taken_back_ends_the_permit() -> None:
    trusted = ["192.168.1.20"]
    egress = Egress(trusted_hosts=lambda: trusted)
    permit = egress.permit(ask(privacy="private"), card("lan"), LAN)
    trusted.clear()
    with pytest.raises(AttemptFailed, match="trusted_hosts"):
        permit.require("POST", f"{LAN}/v1/chat/completions", 100)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:11435/api",
        "https://127.0.0.1:11434/api",
        "http://localhost:11434/api",
        "http://127.0.0.1/api",
        "http://127.0.0.1:11434@evil.com/",
        "nonsense",
        "",
    ],
)
def test_a_permit_is_for_one_origin(url: str) -> None:
    permit = Egress().permit(ask(), card("local"), LOCAL)
    for reach in (permit.http, permit.httpx_transport):
        with pytest.raises(AttemptFailed, match="permit is for"):
            reach(url)
    with pytest.raises(AttemptFailed, match="permit is for"):
        permit.require("GET", url, 0)


def test_a_permit_without_an_origin_opens_nothing() -> None:
    permit = Egress().permit(ask(), card("local"), "")
    with pytest.raises(AttemptFailed, match="no connection at all"):
        permit.http("http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("method", "path", "size", "allowed"),
    [
        ("GET", "/v1/models", 0, True),
        ("HEAD", "/", 0, True),
        ("POST", "/api/show", 40, True),
        ("POST", "/api/show", 5000, False),
        ("POST", "/api/chat", 40, False),
        ("POST", "/v1/chat/completions", 40, False),
        ("GET", "/v1/models", 40, False),
        ("PUT", "/api/show", 40, False),
    ],
)
def test_probes_carry_no_prompt(method: str, path: str, size: int, allowed: bool) -> None:
    permit = Egress().probe_permit(LOCAL)
    if allowed:
        permit.require(method, LOCAL + path, size)
        return
    with pytest.raises(AttemptFailed, match="probe"):
        permit.require(method, LOCAL + path, size)


def test_probes_stay_at_home_in_local_only() -> None:
    egress = Egress(mode=lambda: "local-only")
    with pytest.raises(AttemptFailed):
        egress.probe_permit(CLOUD)
    assert egress.probe_permit(LAN).place == "lan"


def test_a_notice_is_a_short_post_to_one_host_and_nothing_else() -> None:
    permit = Egress().notice_permit("https://chat.example.org/hook/1")
    permit.require("POST", "https://chat.example.org/hook/1", 300)
    for method, url, size in (
        ("GET", "https://chat.example.org/hook/1", 0),
        ("POST", "https://chat.example.org/hook/1", 4097),
        ("POST", "https://other.example.org/hook/1", 300),
    ):
        with pytest.raises(AttemptFailed):
            permit.require(method, url, size)


def test_downloads_are_for_one_host() -> None:
    permit = Egress().download_permit("https://example.org/a/model.gguf?x=1")
    permit.require("GET", "https://example.org/b", 0)
    with pytest.raises(AttemptFailed):
        permit.require("GET", "https://cdn.example.org/b", 0)


@given(
    st.sampled_from(["local", "lan", "cloud"]),
    st.sampled_from(["normal", "private"]),
    st.sampled_from([None, "local-only", "balanced", "cloud-only"]),
    st.sampled_from([*ORIGINS.values(), "http://nas:1", "http://10.0.0.9:1", ""]),
    st.lists(st.sampled_from(["nas", "192.168.1.20"])),
)
def test_nothing_that_must_stay_at_home_is_let_out(
    place: Any, privacy: Any, mode: Any, origin: str, trusted: list[str]
) -> None:
    egress = Egress(trusted_hosts=lambda: trusted)
    try:
        permit = egress.permit(ask(privacy=privacy, mode=mode), card(place), origin)
    except AttemptFailed:
        return
    if privacy == "private" or mode == "local-only":
        assert permit.place != "cloud"
        assert permit.place == "local" or any(host in permit.origin for host in trusted)


def test_what_they_say_of_themselves() -> None:
    egress = Egress()
    assert repr(egress) == "Egress(no connection yet)"
    permit = egress.permit(ask(), card("lan"), LAN)
    assert repr(permit) == f"OutboundPermit(prompt, lan, {LAN})"


async def test_closing_without_a_connection() -> None:
    egress = Egress()
    await egress.forget("cloud")
    await egress.close()


async def test_sending_is_judged_and_reads_as_it_comes() -> None:
    async with OpenAIServer() as server:
        egress = Egress(environment={})
        permit = egress.permit(ask(), card("local"), server.origin)
        answer = await permit.send(
            "POST", f"{server.origin}/v1/chat/completions", headers={"X-Own": "1"}, body=b"{}"
        )
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert b"".join([piece async for piece in answer]).endswith(b"data: [DONE]\n\n")
        assert server.requests[0].headers["x-own"] == "1"
        with pytest.raises(AttemptFailed, match="permit is for"):
            await permit.send("GET", "http://127.0.0.1:1/", headers={})
        with pytest.raises(LocalProtocolError):
            await permit.send("GET", server.origin, headers={"authorization": "Bearer \u20ac"})
        probe = egress.probe_permit(server.origin)
        with pytest.raises(AttemptFailed, match="more than a question"):
            await probe.send("POST", server.origin, headers={}, body=b"{}")
        assert len(server.requests) == 1
        await egress.close()


async def test_a_name_that_leads_elsewhere_is_told_of_by_its_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look_up(host: str, port: int, _family: int) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))]

    monkeypatch.setattr(addresses, "look_up", look_up)
    permit = Egress(environment={}).permit(ask(), card("local"), "http://localhost:1")
    with pytest.raises(AttemptFailed) as caught:
        await permit.send("GET", "http://localhost:1/", headers={})
    assert caught.value.failure.kind == "egress"
    assert caught.value.failure.model == card("local").id
