"""Finds, among prompts that may say the same, the one that does.

They are found by the plainest wording of their last words, and compared in full: by the gates of
`homeport.analysis.sameness`, and by how alike they look. Where an embedding model takes part
they are found by its vectors too, and these gates know more wordings then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from homeport.daemon.caching.kept import Neighbour
from homeport.daemon.caching.meaning import cosine


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
    from homeport.analysis import sameness

    found = sameness.nearest(words, [said for _, said in others])
    return None if found is None else Near(others[found[0]][0], found[1])


async def nearest_in_meaning(
    words: str, vector: bytes, others: Sequence[Neighbour], least: float
) -> Near | None:
    """The nearest by its vector, at least so near, of those that say the same."""
    if not others:
        return None
    return await asyncio.to_thread(_nearest_in_meaning, words, vector, others, least)


def _nearest_in_meaning(
    words: str, vector: bytes, others: Sequence[Neighbour], least: float
) -> Near | None:
    from homeport.analysis import sameness

    near = [(other.words, cosine(vector, other.vector)) for other in others]
    found = sameness.nearest_in_meaning(words, near, least)
    return None if found is None else Near(others[found[0]].key, found[1])
