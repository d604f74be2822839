"""Money, times and sizes as a person reads them; the same text in every face.

An unknown is `$?` or `?`, an estimate starts with `~`, and what is not nothing
is never shown as `$0`.
"""

from __future__ import annotations

import time

NANO = 1_000_000_000
GIB = 1024**3
MIB = 1024**2


def money(nano: int | None, *, certain: bool = True) -> str:
    """Nano-dollars as dollars: `$0`, `<$0.0001`, `$0.0213`, `$7.90`, `~$0.02`, `$?`."""
    if nano is None:
        return "$?"
    about = "" if certain else "~"
    if nano == 0:
        return f"{about}$0"
    if nano < NANO // 10_000:
        return f"{about}<$0.0001"
    return about + _dollars(nano, 2 if nano >= _rough_from(certain) else 4)


def _rough_from(certain: bool) -> int:
    """From here on cents are fine enough; an estimate deserves fewer digits."""
    return NANO if certain else NANO // 100


def _dollars(nano: int, digits: int) -> str:
    scale = 10**digits
    whole, part = divmod((nano * scale + NANO // 2) // NANO, scale)
    decimals = f"{part:0{digits}d}"
    return f"${whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def price(nano_per_mtok: int | None) -> str:
    """The price of a million tokens: `$0`, `$0.25`, `$15`, `$?`."""
    if nano_per_mtok is None:
        return "$?"
    return money(nano_per_mtok).removesuffix(".00")


def joules(millijoules: int) -> str:
    """`4 mJ`, `21 J`, `3.6 kJ`, `1.2 kWh`."""
    watt_seconds = millijoules / 1000
    if watt_seconds < 1:
        return f"{millijoules} mJ"
    if watt_seconds < 999.5:
        return f"{watt_seconds:.0f} J"
    if watt_seconds < 360_000:
        return f"{watt_seconds / 1000:.1f} kJ"
    return f"{watt_seconds / 3_600_000:.1f} kWh"


def duration(ms: float | None) -> str:
    """`412 ms`, `1.9 s`, `2 min 5 s`, `3 h 20 min`, `?`."""
    if ms is None:
        return "?"
    if ms < 950:
        return f"{ms:.0f} ms"
    if ms < 59_950:
        return f"{ms / 1000:.1f} s"
    return _long_duration(round(ms / 1000))


def _long_duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s"


def size(count: int | None) -> str:
    """Bytes in decimal units: `98 MB`, `4.7 GB`, `?`."""
    if count is None:
        return "?"
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 999.5:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def memory(free: int | None, whole: int | None) -> str:
    """A part of memory, in binary units: `22.8 of 23.5 GiB`; `22.8 GiB` of what is unknown."""
    if whole is None:
        return memory_size(free)
    left = "?" if free is None else f"{free / GIB:.1f}"
    return f"{left} of {whole / GIB:.1f} GiB"


def memory_size(count: int | None) -> str:
    """Bytes of memory in binary units: `310 MiB`, `23.5 GiB`, `?`."""
    if count is None:
        return "?"
    if count < 1000 * MIB:
        return f"{count / MIB:.0f} MiB"
    return f"{count / GIB:.1f} GiB"


def tokens(count: int | None) -> str:
    """A context window or a parameter count: `512`, `8k`, `131k`, `7B`, `?`."""
    if count is None:
        return "?"
    if count < 1000:
        return str(count)
    if count < 1_000_000:
        return f"{count / 1000:.0f}k"
    if count < 999_500_000:
        return f"{count / 1_000_000:.0f}M"
    return f"{count / 1_000_000_000:.1f}".removesuffix(".0") + "B"


def clock(at_ms: int) -> str:
    """The local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at_ms / 1000))


def day_and_clock(at_ms: int) -> str:
    """The local day and time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_ms / 1000))
