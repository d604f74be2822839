"""What to make of a usage that cannot be true: a server may count wrongly, or lie.

Every mending is towards the dearer reading, and what was mended is an estimate:

1. a number that no answer can have is unknown, and our own count stands in: a prompt of no
   tokens too
2. no output, or far less than was handed to the caller, is our own count of it
3. cached tokens beyond the input were left out of it; reasoning beyond the output too
4. other parts are at most their whole
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

import msgspec

from homeport.adapters.base import Usage

FAR_BEYOND: Final = 20
"""Server tools make several rounds, each with its own input; no more than this many."""
MOST_WHERE_UNKNOWN: Final = 100_000_000
MOST_SEARCHES: Final = 1000
FAR_LESS: Final = 10
"""Some servers send an answer letter by letter: a count may be this far below the pieces."""


def plausible(
    reported: Usage, *, input_tokens: int, sent_tokens: int, context: int | None
) -> Usage:
    """The usage to book. `input_tokens` and `sent_tokens` are our own counts."""
    if _is_plain(reported, sent_tokens, context):
        return reported
    most = FAR_BEYOND * max(context, input_tokens) if context else MOST_WHERE_UNKNOWN
    read, written = _part(reported.input, most), _part(reported.output, most)
    if read is None or not (read or reported.cache_read or reported.cache_write):
        read = input_tokens
    if written is None or written * FAR_LESS < sent_tokens:
        written = sent_tokens
    mended = _adding_up(
        msgspec.structs.replace(
            reported,
            input=read,
            output=written,
            cost_nano=_dollars(reported.cost_nano),
            searches=_part(reported.searches, MOST_SEARCHES),
            **{name: _part(getattr(reported, name), most) for name in _PARTS},
        )
    )
    if mended == reported:
        return reported
    return msgspec.structs.replace(mended, certain=False)


def _is_plain(usage: Usage, sent_tokens: int, context: int | None) -> bool:
    """Most usages: two numbers that nothing speaks against. Asked for every answer."""
    return (
        usage.input is not None
        and usage.output is not None
        and 0 < usage.input <= (context or 0)
        and sent_tokens <= usage.output <= (context or 0)
        and _of_parts(usage) == _NO_PARTS
        and usage.searches is None
        and (usage.cost_nano is None or usage.cost_nano >= 0)
    )


_PARTS: Final = (
    *("cache_read", "cache_write", "cache_write_1h", "reasoning"),
    *("input_audio", "output_audio", "cache_read_audio"),
)


_NO_PARTS: Final = (None,) * len(_PARTS)
_of_parts: Final = attrgetter(*_PARTS)


def _adding_up(usage: Usage) -> Usage:
    """Its parts within their wholes; a whole that lacks a part is made larger."""
    kept, sound = usage.cache_write_1h, usage.input_audio
    written = max(usage.cache_write or 0, kept or 0)
    stored = (usage.cache_read or 0) + written
    read = usage.input or 0
    read = read + stored if stored > read else read
    answered = usage.output or 0
    if (usage.reasoning or 0) > answered:
        answered += usage.reasoning or 0
    return msgspec.structs.replace(
        usage,
        input=read,
        output=answered,
        cache_write=None if usage.cache_write is None and not kept else written,
        input_audio=_at_most(sound, read),
        cache_read_audio=_at_most(usage.cache_read_audio, min(usage.cache_read or 0, sound or 0)),
        output_audio=_at_most(usage.output_audio, answered),
    )


def _part(count: int | None, most: int) -> int | None:
    return count if count is not None and 0 <= count <= most else None


def _at_most(count: int | None, whole: int) -> int | None:
    return None if count is None else min(count, whole)


def _dollars(nano: int | None) -> int | None:
    return None if nano is None or nano < 0 else nano
