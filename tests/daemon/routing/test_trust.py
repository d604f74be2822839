"""A confidence from the probabilities of tokens."""

from __future__ import annotations

import math

import pytest

from homeport.daemon.learning.calibration import uncalibrated
from homeport.daemon.routing.attempt import Attempt
from homeport.daemon.routing.trust import TRUST, raw_confidence, signals_of, trust
from support.scripted import card


def attempt(*logprobs: float) -> Attempt:
    made = Attempt("r", 1, card("a/b"), "", lambda: 0)
    made.logprob_sum, made.logprob_count = sum(logprobs), len(logprobs)
    made.logprob_least = min(logprobs, default=0.0)
    made.sent_tokens = len(logprobs)
    return made


def test_it_is_the_geometric_mean_over_all_attempts() -> None:
    both = [attempt(math.log(0.9)), attempt(math.log(0.4), math.log(0.9))]
    assert raw_confidence(both) == pytest.approx((0.9 * 0.4 * 0.9) ** (1 / 3), abs=1e-4)
    assert signals_of(both) == {"least": 0.4, "length": pytest.approx(3 / 103, abs=1e-4)}


def test_without_probabilities_nothing_is_said() -> None:
    assert raw_confidence([attempt()]) is None
    assert trust(card("a/b"), "code", [attempt()], uncalibrated) == {}


def test_every_field_is_filled() -> None:
    found = trust(card("a/b"), "code", [attempt(math.log(0.5))], uncalibrated)
    assert tuple(found) == TRUST
    assert (found["confidence"], found["calibrated"], found["raw_confidence"]) == (0.5, False, 0.5)
