"""What the answers to a question with options say beside agreeing or not: which
options were picked, and how long it took to say so.

Small models lean towards some options, so a pick against the lean says more;
one that does not know goes on and on.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p

from homeport.analysis.prompt_features import KINDS
from homeport.eval.learner import SparseRow

OPTIONS = "ABCDEFGHIJ"
_MARKS = len(OPTIONS) + 1
"""An answer is one of the options, or none of them."""
PICKS = _MARKS * (2 + _MARKS)
"""Each of the first two answers by itself, and both together."""
_USUAL = 5.0
"""Length of an answer, as the logarithm of its tokens."""
_OF_EACH = 4
"""Numbers that tell of the length of one answer."""


def lengths(tokens: Sequence[float], *, agree: bool) -> tuple[float, ...]:
    """Of each answer how long it became and its square, and both by whether the first two agree."""
    sign = 1.0 if agree else -1.0
    seen: list[float] = []
    for count in tokens:
        far = log1p(max(0.0, count)) - _USUAL
        seen += (far, far * far, sign * far, sign * far * far)
    return tuple(seen)


def picks(first: str, second: str) -> tuple[int, int, int]:
    """Which of `PICKS` hold for the first two answers."""
    one, two = _mark(first), _mark(second)
    return one, _MARKS + two, 2 * _MARKS + _MARKS * one + two


def _mark(answer: str) -> int:
    return OPTIONS.index(answer) if len(answer) == 1 and answer in OPTIONS else len(OPTIONS)


def width_of(answers: int) -> int:
    """Places that so many answers take."""
    return PICKS + _OF_EACH * answers * (1 + len(KINDS))


def with_picks(
    row: SparseRow, width: int, kind: int, answers: Sequence[str], tokens: Sequence[float]
) -> SparseRow:
    """A row of so many places with the picks behind it, and the lengths: once for all prompts,
    once for their kind. The first answer is the one that is judged."""
    first, second = answers[:2]
    seen = lengths(tokens, agree=bool(first) and first == second)
    chosen = [width + place for place in picks(first, second)]
    start = width + PICKS
    own = start + len(seen) * (1 + kind)
    places = (*chosen, *range(start, start + len(seen)), *range(own, own + len(seen)))
    return SparseRow((*row.places, *places), (*row.values, *[1.0 for _ in chosen], *seen, *seen))
