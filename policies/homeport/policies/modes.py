"""What each mode weighs, prefers and admits, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from homeport.policies.model import Mode, Place, Policy, Weights

GOOD_ENOUGH = 0.5
"""Predicted quality from which an answer from here is worth its full preference."""

MODE_WEIGHTS: Mapping[Mode, Weights] = {
    "local-only": Weights(budget=0.0, latency=0.3, quality=0.7),
    "prefer-local": Weights(budget=0.3, latency=0.2, quality=0.5),
    "balanced": Weights(budget=0.3, latency=0.3, quality=0.4),
    "prefer-cloud": Weights(budget=0.15, latency=0.25, quality=0.6),
    "cloud-only": Weights(budget=0.3, latency=0.3, quality=0.4),
}

PLACE_PREFERENCE: Mapping[Mode, Mapping[Place, float]] = {
    "local-only": {"local": 0.05, "lan": 0.0, "cloud": 0.0},
    "prefer-local": {"local": 0.3, "lan": 0.2, "cloud": 0.0},
    "balanced": {"local": 0.05, "lan": 0.03, "cloud": 0.0},
    "prefer-cloud": {"local": 0.0, "lan": 0.0, "cloud": 0.3},
    "cloud-only": {"local": 0.0, "lan": 0.0, "cloud": 0.0},
}


def weights_of(mode: Mode, policy: Policy, asked: Weights | None = None) -> Weights:
    """Those asked for, else the policy's own, else the mode's; scaled to sum to 1."""
    own = asked or policy.weights
    return MODE_WEIGHTS[mode] if own is None else _scaled(own.budget, own.latency, own.quality)


@lru_cache(maxsize=64)
def _scaled(*weights: float) -> Weights:
    """Made once: the same few are asked for with every prompt."""
    parts = [max(0.0, part) for part in weights]
    whole = sum(parts)
    if not 0.0 < whole < float("inf"):
        return Weights(budget=1 / 3, latency=1 / 3, quality=1 / 3)
    return Weights(budget=parts[0] / whole, latency=parts[1] / whole, quality=parts[2] / whole)
