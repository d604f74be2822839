"""Values of the rules as a person writes them: amounts, ranges, priorities."""

from __future__ import annotations

import math

from homeport.policies.model import Weights

NANO = 1_000_000_000
PRIORITIES = ("budget", "latency", "quality")


class Unclear(ValueError):
    """What was written cannot be taken; the message is a sentence."""


def weights_from(text: str) -> Weights:
    """`budget=0.5,latency=0.2` as weights; what is not named keeps 0.3, 0.3 and 0.4."""
    named: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        if name.strip() not in PRIORITIES or name.strip() in named:
            raise Unclear(_EXAMPLE)
        try:
            named[name.strip()] = float(number)
        except ValueError:
            raise Unclear(_EXAMPLE) from None
    return weights_of_names(named)


def weights_of_names(named: dict[str, float]) -> Weights:
    """Weights from some of the three; what is not named keeps 0.3, 0.3 and 0.4."""
    if not named.keys() <= set(PRIORITIES):
        raise Unclear(_EXAMPLE)
    if not all(math.isfinite(part) and 0 <= part <= 1000 for part in named.values()):
        raise Unclear("Weights are numbers from 0 to 1000.")
    weights = Weights(**{name: float(part) for name, part in named.items()})
    if weights.budget + weights.latency + weights.quality <= 0:
        raise Unclear("At least one weight has to be above 0.")
    return weights


_EXAMPLE = "Weights are written as budget=0.3,latency=0.3,quality=0.4, or some of the three."


def range_from(text: str) -> tuple[float | None, float | None]:
    """`10..20`, `10..`, `..20` or `10` as the two ends, both counting. Raises `Unclear`."""
    low, dots, high = text.partition("..")
    try:
        ends = tuple(float(part) if part.strip() else None for part in (low, high))
    except ValueError:
        raise Unclear("A range is written as `10..20`, `10..` or `..20`.") from None
    if ends == (None, None) or any(end is not None and not math.isfinite(end) for end in ends):
        raise Unclear("A range is written as `10..20`, `10..` or `..20`.")
    return (ends[0], ends[1]) if dots else (ends[0], ends[0])


def range_told(low: float | None, high: float | None) -> str:
    """The ends as they are written."""
    left, right = (("" if end is None else f"{end:g}") for end in (low, high))
    return left if low == high else f"{left}..{right}"
