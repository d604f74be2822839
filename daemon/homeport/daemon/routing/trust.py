"""How likely an answer is to be right, from the probabilities of its tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from homeport.daemon.learning.calibration import Calibrate
from homeport.daemon.routing.attempt import Attempt
from homeport.policies.model import ModelCard, Task

TRUST = ("confidence", "calibrated", "confidence_note", "raw_confidence", "signals")
"""The fields of a request's row that say so."""


def trust(
    card: ModelCard, task: Task, attempts: Sequence[Attempt], calibrate: Calibrate
) -> dict[str, Any]:
    """Those fields, for the answer that these attempts add up to; none where nothing is known."""
    raw = raw_confidence(attempts)
    if raw is None:
        return {}
    signals = signals_of(attempts)
    known = calibrate(card, task, raw, signals)
    values = (
        None if known.value is None else round(known.value, 4),
        *(known.calibrated, known.note, raw, tuple(signals.items())),
    )
    return dict(zip(TRUST, values, strict=True))


def raw_confidence(attempts: Sequence[Attempt]) -> float | None:
    """Geometric mean of the probabilities of the sampled tokens, not calibrated."""
    count = sum([attempt.logprob_count for attempt in attempts])
    if not count:
        return None
    mean = sum(attempt.logprob_sum for attempt in attempts) / count
    return round(math.exp(mean), 4)


def signals_of(attempts: Sequence[Attempt]) -> Mapping[str, float]:
    """What else the tokens say of the answer, each from 0 to 1."""
    least = min([attempt.logprob_least for attempt in attempts], default=0.0)
    sent = sum([attempt.sent_tokens for attempt in attempts])
    length = 1.0 - 1.0 / (1.0 + sent / 100)
    return {"least": round(math.exp(least), 4), "length": round(length, 4)}
