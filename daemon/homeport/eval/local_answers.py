"""What the answers of local models, compared, say about the first one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from homeport.eval.learner import SparseRow

_LONG_ANSWER = 40
ALWAYS = 10
"""Numbers that do not depend on how many others were asked."""


def votes(first: str, others: Sequence[str]) -> tuple[float, ...]:
    """How far the others bear the first answer out; `ALWAYS` numbers, then one for each other.

    An empty answer is one that could not be read, and agrees with nothing.
    """
    read = [answer for answer in others if answer]
    agree = sum(answer == first for answer in read) if first else 0
    against = Counter(answer for answer in read if answer != first)
    most = max(against.values(), default=0)
    return (
        float(agree),
        float(most),
        float(len({first, *read})),
        float(not first),
        float(len(others) - len(read)),
        float(agree > most),
        float(most > agree),
        float(agree == len(others)),
        float(most >= 2),
        min(len(first), _LONG_ANSWER) / 10,
        *[float(bool(answer) and answer == first) for answer in others],
    )


def with_votes(row: SparseRow, width: int, kind: int, seen: Sequence[float]) -> SparseRow:
    """A prompt's row, and its votes behind it: once for all prompts, once for its kind."""
    own = width + len(seen) * (1 + kind)
    return SparseRow(
        (*row.places, *range(width, width + len(seen)), *range(own, own + len(seen))),
        (*row.values, *seen, *seen),
    )
