"""Several keys of one provider or server: each is a way of its own, with limits of its own.

The first is found as ever. Further ones are in the environment under the same
name with a number behind it (`OPENAI_API_KEY_2` to `_9`), or in `keys` of a
`[[server]]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs

from homeport.adapters.base import Credential, Setup
from homeport.adapters.providers import PROVIDERS, key_names

MOST_KEYS = 9


def further_setups(setup: Setup) -> list[tuple[int, frozenset[str], Setup]]:
    """For each further key its number, whose it is, and the setup with that key in its place."""
    found = []
    for number in range(2, MOST_KEYS + 1):
        servers = [_with(server, number) for server in setup.settings.get("server") or ()]
        keyed = [server for server in servers if server["key"]]
        named = {name: ref for name in PROVIDERS if (ref := _reference(name, number, setup))}
        named = {name: ref for name, ref in named.items() if name not in _servers(setup)}
        if keyed or named:
            names = frozenset([*named, *(server["name"] for server in keyed)])
            found.append((number, names, _setup(setup, keyed, named)))
    return found


def _servers(setup: Setup) -> set[str]:
    return {server["name"] for server in setup.settings.get("server") or ()}


def _with(server: Mapping[str, Any], number: int) -> dict[str, Any]:
    keys: Sequence[str] = server.get("keys") or ()
    return {**server, "key": keys[number - 2] if number - 2 < len(keys) else ""}


def _reference(provider: str, number: int, setup: Setup) -> str:
    names = [f"{name}_{number}" for name in key_names(provider)]
    return next((f"env:{n}" for n in names if setup.environment.get(n, "").strip()), "")


def _setup(setup: Setup, servers: list[dict[str, Any]], named: Mapping[str, str]) -> Setup:
    def credential(name: str) -> Credential | None:
        reference = named.get(name) or (name if ":" in name else "")
        return setup.credential(reference) if reference else None

    settings = {**setup.settings, "server": servers}
    return structs.replace(setup, settings=settings, credential=credential)
