"""What would lead the daemon back to itself, and is left out.

`homeport env` points every program of a shell to this daemon. One that is
started from that shell must not take itself for OpenAI, and ask itself for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from homeport.adapters.base import Adapter
from homeport.adapters.places import origin_of

log = logging.getLogger("homeport.plugins")

NAMES = ("127.0.0.1", "localhost", "[::1]")


def environment_without_us(environment: Mapping[str, str], url: str, token: str) -> dict[str, str]:
    """The environment without our own token, which is no provider's key, and our own address."""
    return {
        name: value
        for name, value in environment.items()
        if not (token and value.strip() == token) and not leads_here(value, url)
    }


def leads_elsewhere(adapters: Iterable[Adapter], url: str) -> list[Adapter]:
    """The adapters without those that would ask this daemon."""
    kept = []
    for adapter in adapters:
        if leads_here(adapter.origin, url):
            log.warning("%s is this daemon itself; it is left out", adapter.provider)
        else:
            kept.append(adapter)
    return kept


def leads_here(address: str, url: str) -> bool:
    """Whether an address is a way of writing the one where this daemon listens."""
    if not url or not address.startswith("http://"):
        return False
    try:
        asked, own = origin_of(address), origin_of(url)
    except ValueError:
        return False
    port = own.rpartition(":")[2]
    return asked in {f"http://{name}:{port}" for name in NAMES}
