"""Finds the adapters that are installed; those of this project enjoy no privilege."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import entry_points

from homeport.adapters.base import Adapter, AdapterKind, Setup
from homeport.daemon.config.settings import Config
from homeport.daemon.keys.several import further_setups

log = logging.getLogger("homeport.plugins")

GROUP = "homeport.adapters"


def adapters_of(setup: Setup) -> list[Adapter]:
    """Every adapter that the setup calls for, of every kind."""
    return [adapter for kind in adapter_kinds() for adapter in build_safely(kind, setup)]


def adapters_by_key(setup: Setup) -> list[Adapter]:
    """The same, and one more for each further key of a provider or server."""
    adapters = adapters_of(setup)
    for number, whose, further in further_setups(setup):
        for adapter in adapters_of(further):
            if adapter.provider in whose:
                adapter.key_number = number  # type: ignore[attr-defined]  # told by `way_of`
                adapters.append(adapter)
    return adapters


def servers_of(config: Config) -> object:
    """What the adapters of servers are built from: while it is the same, they stay."""
    return config.server, config.ollama, config.keys, config.probing.local_ports


def adapter_kinds() -> list[AdapterKind]:
    """Every kind that is installed, by name."""
    kinds = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            kinds.append(entry.load())
        except Exception:
            log.exception("the adapter %s cannot be loaded", entry.name)
    return kinds


def build_safely(kind: AdapterKind, setup: Setup) -> Sequence[Adapter]:
    """An adapter that cannot be built is logged and left out."""
    try:
        return kind.build(setup)
    except Exception:
        log.exception("the adapter %s cannot be built", kind.__name__)
        return []


async def close_safely(adapter: Adapter) -> None:
    """An adapter that cannot be closed is logged."""
    try:
        await adapter.close()
    except Exception:
        log.exception("the adapter %s cannot be closed", adapter.provider)
