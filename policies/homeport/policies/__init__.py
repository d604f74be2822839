"""Measurements in, decision out: pure functions over plain values."""

from homeport.policies.decide import decide, next_after
from homeport.policies.gates import GATES
from homeport.policies.hosts import is_loopback, is_trusted
from homeport.policies.modes import GOOD_ENOUGH, MODE_WEIGHTS
from homeport.policies.requested import MODES, Resolution, UnknownModel, resolve
from homeport.policies.sentences import dollars

__all__ = [
    "GATES",
    "GOOD_ENOUGH",
    "MODES",
    "MODE_WEIGHTS",
    "Resolution",
    "UnknownModel",
    "decide",
    "dollars",
    "is_loopback",
    "is_trusted",
    "next_after",
    "resolve",
]
