"""Tells which HTTP proxy the environment names for an origin."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from homeport.daemon.egress.addresses import AddressNotAllowed

UNREADABLE = (
    "The environment names a proxy whose address cannot be read; write http://user:password@"
    "host:port, with %23 for #, %2F for / and %3F for ? in the password."
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that the environment names."""

    url: str
    """Without its credentials."""
    authorization: str
    """Value of the `Proxy-Authorization` header; empty where it needs none."""


def proxy_for(origin: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment names for an origin; None goes there directly.

    Raises `AddressNotAllowed` for one whose address cannot be read, or that cannot be spoken to:
    going around it silently would not be what the person asked for.
    """
    scheme = origin.partition(":")[0]
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    value = next((environment[name] for name in names if environment.get(name)), "")
    skipped = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if not value or _listed(origin.partition("://")[2], skipped):
        return None
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:  # its words may be of a password
        raise AddressNotAllowed(UNREADABLE) from None
    if "@" in parts.path + parts.query + parts.fragment:
        raise AddressNotAllowed(UNREADABLE)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressNotAllowed(
            "The environment names a proxy that is not an HTTP proxy; "
            "set HTTPS_PROXY to an http:// address, or list the host in NO_PROXY."
        )
    bare_host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Proxy(f"{parts.scheme}://{bare_host}:{port}", _basic(parts.username, parts.password))


def _listed(host_and_port: str, no_proxy: str) -> bool:
    """Whether NO_PROXY names the host: exactly, with its port, or by a domain it lies in."""
    host = host_and_port.rpartition(":")[0].strip("[]")
    for entry in no_proxy.lower().replace(" ", "").split(","):
        name = entry.removeprefix("*").lstrip(".")
        if entry == "*" or (name and (name in (host, host_and_port) or host.endswith("." + name))):
            return True
    return False


def _basic(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
