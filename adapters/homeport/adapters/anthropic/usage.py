"""Reads how Anthropic counts tokens.

Its `input_tokens` are those that neither came from the cache nor went into it;
ours are all of them. Work that the answer's own model did on the way (such as
a compaction) is listed apart, and belongs to the total; that of another model
cannot be told in one usage, so the usage is not certain then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeport.adapters.base import Usage

_MESSAGE: Final = "message"


def read_usage(raw: Mapping[str, Any] | None) -> Usage:
    """Tokens by class; unknown where nothing was reported."""
    if not raw:
        return Usage(certain=False)
    fresh, output = _count(raw.get("input_tokens")), _count(raw.get("output_tokens"))
    read = _count(raw.get("cache_read_input_tokens"))
    written = _count(raw.get("cache_creation_input_tokens"))
    kept = _table(raw.get("cache_creation"))
    details = _table(raw.get("output_tokens_details"))
    aside, others = _aside(raw.get("iterations"))
    whole = None
    if fresh is not None:
        whole = fresh + (read or 0) + (written or 0)
    return Usage(
        input=_sum(whole, aside.input),
        cache_read=_sum(read, aside.cache_read),
        cache_write=_sum(written, aside.cache_write),
        output=_sum(output, aside.output),
        reasoning=_count(details.get("thinking_tokens")),
        certain=fresh is not None and output is not None and not others,
        cache_write_1h=_sum(_count(kept.get("ephemeral_1h_input_tokens")), aside.cache_write_1h),
        searches=_count(_table(raw.get("server_tool_use")).get("web_search_requests")),
        extras=dict(raw),
    )


def _aside(iterations: Any) -> tuple[Usage, bool]:
    """What the totals leave out, and whether another model took part."""
    rows = iterations if isinstance(iterations, list) else []
    tables = [_table(row) for row in rows]
    apart = [row for row in tables if row.get("type") != _MESSAGE]
    own = [read_usage(row) for row in apart if "model" not in row]
    total = Usage(
        input=sum(usage.input or 0 for usage in own),
        cache_read=sum(usage.cache_read or 0 for usage in own),
        cache_write=sum(usage.cache_write or 0 for usage in own),
        output=sum(usage.output or 0 for usage in own),
        cache_write_1h=sum(usage.cache_write_1h or 0 for usage in own),
    )
    return total, len(own) < len(apart)


def _sum(known: int | None, more: int | None) -> int | None:
    return (more or None) if known is None else known + (more or 0)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if ok else None
