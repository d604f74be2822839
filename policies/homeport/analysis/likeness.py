"""How much two texts have in common, 0 to 1, where they cannot be said to be the same.

    likeness = 2 x words in both / (words of one + words of the other)

over the different words of three letters or more (of scripts without blanks: the different
pairs of characters). It is about words: two texts that say the opposite can be alike.
"""

from __future__ import annotations

import re

from homeport.analysis.checks.bounds import ends_of

_WORD = re.compile(r"\w{3,}")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]+")


def words_of(text: str) -> frozenset[str]:
    """What is compared."""
    read = ends_of(text).casefold()
    words = set() if not _WORD.search(read) else set(_WORD.findall(_UNSPACED.sub(" ", read)))
    for run in _UNSPACED.findall(read):
        words.update(run[at : at + 2] for at in range(len(run) - 1))
    return frozenset(words)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Of two texts, by their words."""
    if not one or not other:
        return 0.0
    return 2 * len(one & other) / (len(one) + len(other))


def common(texts: list[str]) -> list[float]:
    """For each text its mean likeness with the others; 0 where there are none."""
    words = [words_of(text) for text in texts]
    others = max(1, len(words) - 1)
    return [
        sum(likeness(one, other) for place, other in enumerate(words) if place != at) / others
        for at, one in enumerate(words)
    ]
