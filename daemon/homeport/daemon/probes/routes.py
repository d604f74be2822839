"""Whether this machine could reach anything, from its own tables; no packet is sent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple

import psutil

from homeport.daemon.probes.way_to import has_way

UP, REJECT = 0x0001, 0x0200
IPV4, IPV6 = "/proc/net/route", "/proc/net/ipv6_route"
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
TRIES = 3
"""An interface may vanish while its state is read."""


class Span(NamedTuple):
    """Addresses, as numbers."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


PUBLIC_4: Final = Span(0, (224 << 24) - 1)
"""Below 224.0.0.0; what is private of it is too little to count."""
PUBLIC_6: Final = Span(0x2 << 124, (0x4 << 124) - 1)
"""2000::/3."""


class Reach(NamedTuple):
    """What the tables say; None is unknown."""

    interface: bool | None
    """An interface other than loopback is up."""
    way_out: bool | None
    """There is a default route, or one to a provider, over an interface that is up."""


def reach(environment: Mapping[str, str], numbers: Sequence[str] = ()) -> Reach:
    """Look now. `numbers` are providers' addresses: a route to one of them is a way out."""
    up = interfaces_up()
    way_out = default_route(read, up) if sys.platform == "linux" else None
    if up and way_out is False and has_way(numbers, up):
        way_out = True
    return judged(None if up is None else bool(up), way_out, environment)


def judged(interface: bool | None, way_out: bool | None, environment: Mapping[str, str]) -> Reach:
    """What two findings mean together: nothing up leads nowhere, and a proxy may know a way."""
    if interface is False:
        return Reach(False, False)
    if way_out is False and any(environment.get(name) for name in PROXIES):
        return Reach(interface, None)
    return Reach(interface, way_out)


def interface_up() -> bool | None:
    """Whether anything but loopback is up."""
    up = interfaces_up()
    return None if up is None else bool(up)


def interfaces_up() -> frozenset[str] | None:
    """All but loopback that are up and have a carrier."""
    for _ in range(TRIES):
        try:
            interfaces = psutil.net_if_stats()
        except (OSError, RuntimeError):
            continue
        return frozenset(
            name
            for name, stats in interfaces.items()
            if stats.isup and "loopback" not in stats.flags and not name.startswith("lo")
        )
    return None


def default_route(text: Callable[[str], str | None], up: Set[str] | None = None) -> bool | None:
    """Whether the kernel's tables (IPv4, IPv6) have a default route; None without tables.

    A route over an interface that is not `up` (None: not known) leads nowhere. Tunnels write
    the default route in parts, so what counts is where all routes together lead.
    """
    tables = (text(IPV4), text(IPV6))
    if tables == (None, None):
        return None
    return _lead_out(
        _usable((tables[0] or "").splitlines()[1:], _way_4, up), PUBLIC_4
    ) or _lead_out(_usable((tables[1] or "").splitlines(), _way_6, up), PUBLIC_6)


def read(path: str) -> str | None:
    """A table of the kernel."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return None


class _Way(NamedTuple):
    """One row."""

    interface: str
    flags: int
    to: Span


def _usable(
    rows: Sequence[str], way: Callable[[list[str]], _Way], up: Set[str] | None
) -> Iterator[Span]:
    """Where rows lead that are in use; what is no row is passed over."""
    for row in rows:
        try:
            interface, flags, to = way(row.split())
        except (ValueError, IndexError):
            continue
        is_up = interface != "lo" if up is None else interface in up
        if is_up and flags & UP and not flags & REJECT:
            yield to


def _way_4(columns: list[str]) -> _Way:
    """interface, destination, gateway, flags, three numbers, mask, …"""
    first, mask = (int.from_bytes(bytes.fromhex(columns[place]), sys.byteorder) for place in (1, 7))
    return _Way(columns[0], int(columns[3], 16), Span(first, first | ~mask & 0xFFFFFFFF))


def _way_6(columns: list[str]) -> _Way:
    """destination, its length, source, its length, next hop, three numbers, flags, interface"""
    first, length = int(columns[0], 16), int(columns[1], 16)
    last = first | (1 << 128 - length) - 1
    return _Way(columns[9], int(columns[8], 16), Span(first, last))


def _lead_out(ways: Iterator[Span], public: Span) -> bool:
    """They lead to more than three quarters of what is public: half of a default is none."""
    led_to, next_one = 0, public.first
    for first, last in sorted(ways):
        new = Span(max(first, next_one), min(last, public.last))
        if new.size > 0:
            led_to += new.size
            next_one = new.last + 1
    return 4 * led_to > 3 * public.size
