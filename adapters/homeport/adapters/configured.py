"""The servers that the config names (`[[server]]`), by the wire they speak."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from homeport.adapters.base import Credential, Setup
from homeport.adapters.places import origin_of
from homeport.policies.model import ModelCard, Place


@dataclass(frozen=True, slots=True)
class ConfiguredServer:
    """One row of the config."""

    name: str
    """The provider of its models."""
    url: str
    place: Place | None
    """None takes it from the address."""
    credential: Credential | None
    context: int | None
    """Context window where the server does not say."""
    only: tuple[str, ...]
    """Names to offer alone; empty offers all."""
    idempotency_header: str = ""
    """In which it takes the key by which it knows a request again; empty where it knows none."""

    def offered(self, cards: Iterable[ModelCard]) -> list[ModelCard]:
        """Of its cards those that the config wants, with the context it names."""
        return [
            replace(card, context=card.context or self.context)
            for card in cards
            if not self.only or card.name in self.only
        ]


def servers(setup: Setup, wire: str) -> list[ConfiguredServer]:
    """The servers of one wire, each with an address that can be used."""
    return [
        ConfiguredServer(
            name=server["name"],
            url=server["url"],
            place=server.get("place"),
            credential=setup.credential(server["key"]) if server.get("key") else None,
            context=server.get("context"),
            only=tuple(server.get("models") or ()),
            idempotency_header=server.get("idempotency_header") or "",
        )
        for server in setup.settings.get("server") or ()
        if (server.get("wire") or "openai") == wire and usable(server["url"])
    ]


def is_wanted(setup: Setup, wire: str) -> bool:
    """Whether a server of this wire is named, or there is a key of the provider of its name."""
    return bool(servers(setup, wire)) or setup.credential(wire) is not None


def usable(url: str) -> bool:
    """Whether an address names a server."""
    try:
        return bool(origin_of(url))
    except ValueError:
        return False
