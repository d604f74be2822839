"""From which raw confidence on answers are wrong no more often than is allowed. Pure arithmetic.

Risk control in the manner of Learn then Test (Angelopoulos and others 2021): for
each of ten fixed thresholds the answers at or above it are counted, and the share
of wrong ones is bounded from above, exactly (Clopper and Pearson 1934), each at a
tenth of the chance of error (Bonferroni). The lowest threshold whose bound is
within the limit is given. Thus, with probability 1 - `DOUBT` over the answers that
were judged, an answer to such a prompt that reaches it is wrong with a probability
of at most the limit. It holds for answers like those that were judged, whatever
the raw confidence is worth: it needs no fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975)
DOUBT = 0.1
"""How likely the promise may be to fail."""
HALVINGS = 50


def safe_threshold(
    raws: Sequence[float], right: Sequence[bool], limit: float, doubt: float = DOUBT
) -> float | None:
    """The lowest raw confidence that keeps the promise; None where there is none."""
    for threshold in THRESHOLDS:
        kept = [was for raw, was in zip(raws, right, strict=True) if raw >= threshold]
        wrong = len(kept) - sum(kept)
        if kept and most_wrong(wrong, len(kept), doubt / len(THRESHOLDS)) <= limit:
            return threshold
    return None


def most_wrong(wrong: int, count: int, doubt: float) -> float:
    """The upper end of Clopper and Pearson's one-sided interval for a share."""
    if wrong >= count:
        return 1.0
    low, high = wrong / count, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if at_most(wrong, count, middle) > doubt:
            low = middle
        else:
            high = middle
    return high


def at_most(wrong: int, count: int, share: float) -> float:
    """The chance of no more than `wrong` of `count`, each wrong with the chance `share`."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0
    logs = math.lgamma(count + 1)
    total = 0.0
    for number in range(wrong + 1):
        ways = logs - math.lgamma(number + 1) - math.lgamma(count - number + 1)
        total += math.exp(ways + number * math.log(share) + (count - number) * math.log1p(-share))
    return min(1.0, total)
