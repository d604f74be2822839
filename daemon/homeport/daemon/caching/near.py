"""Finds, among prompts that differ in their last words alone, one that says the same.

Being alike is measured by runs of characters, which know nothing of meaning; what decides
are the gates of `homeport.analysis.sameness`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple


class Near(NamedTuple):
    """A prompt that says the same."""

    key: bytes
    similarity: float
    """0 to 1."""


async def nearest(words: str, others: Sequence[tuple[bytes, str]]) -> Near | None:
    """The one that is most alike of those that say the same; None where there is none."""
    if not others:
        return None
    return await asyncio.to_thread(_nearest, words, others)


def _nearest(words: str, others: Sequence[tuple[bytes, str]]) -> Near | None:
    from homeport.analysis.sameness import same

    best: Near | None = None
    for key, said in others:
        compared = same(words, said)
        if compared.is_same and (best is None or compared.similarity > best.similarity):
            best = Near(key, compared.similarity)
    return best
