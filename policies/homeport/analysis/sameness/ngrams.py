"""How alike two texts look, 0 to 1: the cosine of their counts of hashed runs of characters.

What stands in for an embedding where no model at home makes one. It knows nothing of
meaning: texts that say the opposite are alike. The gates decide.
"""

from __future__ import annotations

import math
from collections import Counter
from zlib import crc32

RUNS = (3, 4, 5)
"""Characters of a run."""
BUCKETS = 1 << 18
MOST_CHARACTERS = 8_000
"""What is read of a text: its beginning and its end."""


def counts_of(text: str) -> Counter[int]:
    """How often each run occurs, by its hash."""
    plain = " " + " ".join(_ends(text).casefold().split()) + " "
    counts: Counter[int] = Counter()
    for length in RUNS:
        counts.update(
            crc32(plain[at : at + length].encode("utf-8", "surrogatepass")) % BUCKETS
            for at in range(len(plain) - length + 1)
        )
    return counts


def similarity(one: Counter[int], other: Counter[int]) -> float:
    """Of two texts, by their counts."""
    small, large = sorted((one, other), key=len)
    dot = sum(count * large[run] for run, count in small.items() if run in large)
    norms = _square(one) * _square(other)
    return min(1.0, dot / math.sqrt(norms)) if norms else 0.0


def _square(counts: Counter[int]) -> int:
    return sum(count * count for count in counts.values())


def _ends(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    half = MOST_CHARACTERS // 2
    return text[:half] + text[-half:]
