"""Tells by its address how far away a host is: `local`, `lan` or `cloud`.

An address is judged by its number. A name is judged by its form alone, without
asking the network; who connects then checks the number it resolved to.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from homeport.policies.model import Place

RANK: Final[dict[Place, int]] = {"local": 0, "lan": 1, "cloud": 2}
"""How far away each place is."""

_LAN_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",  # shared address space: private overlay networks live here
        "fc00::/7",
        "fe80::/10",
    )
)
_LAN_SUFFIXES: Final = (".local", ".lan", ".home.arpa", ".internal")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def place_of_address(address: str) -> Place:
    """Where an IP address is; raises ValueError for anything else."""
    number = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    if number.is_loopback:
        return "local"
    if any(number in network for network in _LAN_NETWORKS if network.version == number.version):
        return "lan"
    return "cloud"


@lru_cache(maxsize=1024)
def place_of_host(host: str) -> Place:
    """Where a host claims to be: by its number, or by the form of its name."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return place_of_address(name)
    except ValueError:
        pass
    if name == "localhost" or name.endswith(".localhost"):
        return "local"
    if name.endswith(_LAN_SUFFIXES) or (name and "." not in name):
        return "lan"
    return "cloud"


@lru_cache(maxsize=1024)
def is_address(host: str) -> bool:
    """Whether the host is a number, not a name."""
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def origin_of(url: str) -> str:
    """`scheme://host:port` with the port always there; raises ValueError where there is none."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("an address must start with http:// or https:// and name a host")
    host = parts.hostname.rstrip(".").lower()
    if ":" in host:
        host = f"[{host}]"
    return f"{parts.scheme}://{host}:{parts.port or _DEFAULT_PORTS[parts.scheme]}"


@lru_cache(maxsize=1024)
def host_of(origin: str) -> str:
    """The host alone, without brackets, scheme or port."""
    return (urlsplit(origin).hostname or "").rstrip(".").lower()


def place_of_origin(origin: str) -> Place:
    """Where its host claims to be."""
    return place_of_host(host_of(origin))


def host_and_port(origin: str) -> str:
    """`host:port` as it is shown and put on a card."""
    return origin.partition("://")[2]
