"""Numbers as a person reads them, for the sentences of vetoes and notes."""

from __future__ import annotations

GIB = 1024**3
MIB = 1024**2
NANO = 1_000_000_000


def dollars(nano: int) -> str:
    """`$0.0031`: two significant digits below a cent, cents above; never 0 for a cost."""
    if nano == 0:
        return "$0"
    usd = nano / NANO
    if usd >= 0.01:
        return f"${usd:,.2f}"
    if usd < 0.000001:
        return "under $0.000001"
    text = f"{usd:.2g}"
    return f"${float(text):.7f}".rstrip("0") if "e" in text else f"${text}"


def memory(size_bytes: int) -> str:
    """`4.7 GiB` or `310 MiB`."""
    if size_bytes >= GIB:
        return f"{size_bytes / GIB:.1f} GiB"
    return f"{max(1, size_bytes // MIB) if size_bytes else 0} MiB"


def duration(ms: int) -> str:
    """`350 ms`, `1.4 s`, `12 s` or `3 min`."""
    if ms < 1000:
        return f"{ms} ms"
    if ms < 10_000:
        return f"{ms / 1000:.1f} s"
    if ms < 120_000:
        return f"{ms // 1000} s"
    return f"{ms // 60_000} min"


def listing(words: tuple[str, ...]) -> str:
    """`tools, images and logprobs`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
