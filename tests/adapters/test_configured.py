"""Servers that the config names, by the wire they speak."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.anthropic.adapter import AnthropicAdapter
from homeport.adapters.base import Adapter, Credential, Setup
from homeport.adapters.configured import servers
from homeport.adapters.gemini.adapter import GeminiAdapter
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.egress.permits import Egress
from homeport.lab.server import LabServer


class Key:
    """A key that hides itself."""

    def reveal(self) -> str:
        return "lab-key"


def setup(*rows: dict[str, Any], known: tuple[str, ...] = ()) -> Setup:
    def credential(reference: str) -> Credential | None:
        return Key() if reference.startswith("env:") or reference in known else None

    return Setup(
        settings={"server": rows, "probing": {"local_ports": False}},
        models_dir="",
        cache_dir="",
        environment={},
        credential=credential,
    )


KINDS: dict[str, type[Adapter]] = {
    "openai": OpenAICompatibleAdapter,
    "anthropic": AnthropicAdapter,
    "gemini": GeminiAdapter,
}


@pytest.mark.parametrize("wire", KINDS)
async def test_each_wire_is_built_by_its_adapter(wire: str) -> None:
    async with LabServer(wire=wire, key="lab-key") as lab:
        path = "/v1" if wire == "openai" else ""
        row = {
            "name": "far",
            "url": lab.base_url.removesuffix("/v1") + path,
            "wire": wire,
            "place": "cloud",
            "key": "env:LAB_KEY",
        }
        for kind, adapter_class in KINDS.items():
            assert len(adapter_class.build(setup(row))) == (kind == wire)
        (adapter,) = KINDS[wire].build(setup(row))
        egress = Egress(environment={})
        cards = await adapter.models(egress.probe_permit(adapter.origin))
        assert cards
        assert {card.id.split("/")[0] for card in cards} == {"far"}
        assert {card.place for card in cards} == {"cloud"}
        one = cards[0].name
        (narrow,) = KINDS[wire].build(setup(row | {"models": [one]}))
        cards = await narrow.models(egress.probe_permit(adapter.origin))
        assert [card.name for card in cards] == [one]
        await egress.close()


@pytest.mark.parametrize("name", ["anthropic", "gemini"])
def test_a_configured_server_takes_the_place_of_the_provider(name: str) -> None:
    own = {"name": name, "url": "http://127.0.0.1:9", "wire": name}
    other = own | {"name": "far"}
    assert [a.origin for a in KINDS[name].build(setup(own, known=(name,)))] == [
        "http://127.0.0.1:9"
    ]
    assert [a.provider for a in KINDS[name].build(setup(other, known=(name,)))] == ["far", name]


def test_an_address_that_names_no_server_is_left_out() -> None:
    rows = setup({"name": "a", "url": "nonsense"}, {"name": "b", "url": "http://127.0.0.1:9/v1"})
    assert [server.name for server in servers(rows, "openai")] == ["b"]
