"""The breaker opens after repeated failures, and closes by one good probe."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.http.retry_after import retry_after_ms
from homeport.daemon.fleet.breaker import (
    HUNG,
    LONGEST_OPEN_MS,
    NOT_ITS_FAULT,
    OPEN_MS,
    WINDOW_MS,
    Breaker,
)
from homeport.policies.model import Failure, FailureKind
from support.recordings import WIRE


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def failure(kind: FailureKind = "reset", retry_after_ms: int | None = None) -> Failure:
    return Failure(model="a/b", kind=kind, sentence="it broke", retry_after_ms=retry_after_ms)


def failed_breaker(clock: Clock, times: int) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(times):
        breaker.begin()
        breaker.fail(failure())
    return breaker


def test_three_failures_open_it_and_time_half_opens_it() -> None:
    clock = Clock()
    assert failed_breaker(clock, 2).state == "closed"
    breaker = failed_breaker(clock, 3)
    assert (breaker.state, breaker.opens_in_ms) == ("open", OPEN_MS)
    clock.now += OPEN_MS
    assert breaker.state == "half-open"


def test_slow_failures_do_not_open_it() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(10):
        breaker.fail(failure())
        clock.now += WINDOW_MS // 2 + 1
    assert breaker.state == "closed"


def test_retry_after_opens_it_at_once_for_that_long() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.fail(failure("rate_limited", retry_after_ms=5_000))
    assert (breaker.state, breaker.opens_in_ms) == ("open", 5_000)


def test_a_hint_of_a_thousand_days_is_bounded() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    days = {"retry-after": str(1000 * 86_400)}
    breaker.fail(failure("rate_limited", retry_after_ms=retry_after_ms(days, now_s=0)))
    assert breaker.opens_in_ms == LONGEST_OPEN_MS
    clock.now += LONGEST_OPEN_MS
    assert breaker.state == "half-open"


@pytest.mark.skipif(not WIRE.is_dir(), reason="the recorded traffic is not there")
def test_recorded_hints_open_it_for_as_long_as_they_say() -> None:
    waits = []
    for path in sorted(WIRE.glob("*/*.json")):
        text = path.read_text()
        if '"retry-after"' in text:
            said = json.loads(text)["response"]
            breaker = Breaker(Clock())
            hint_ms = retry_after_ms(said["headers"], now_s=0)
            breaker.fail(failure("rate_limited", retry_after_ms=hint_ms))
            waits.append((breaker.opens_in_ms, 1000 * int(said["headers"]["retry-after"])))
    assert waits
    assert all(opens_ms == said_ms for opens_ms, said_ms in waits)


@pytest.mark.parametrize("kind", sorted(HUNG))
def test_what_hangs_opens_it_at_once(kind: FailureKind) -> None:
    breaker = Breaker(Clock())
    breaker.fail(failure(kind))
    assert (breaker.state, breaker.opens_in_ms) == ("open", OPEN_MS)


def test_half_open_admits_one_probe_that_decides() -> None:
    clock = Clock()
    breaker = failed_breaker(clock, 3)
    clock.now += OPEN_MS
    breaker.begin()
    assert breaker.state == "open"
    breaker.fail(failure())
    assert breaker.state == "open"
    clock.now += OPEN_MS
    breaker.begin()
    breaker.succeed()
    assert repr(breaker) == "Breaker(closed)"


def test_a_cancelled_probe_lets_the_next_one_through() -> None:
    clock = Clock()
    breaker = failed_breaker(clock, 3)
    clock.now += OPEN_MS
    breaker.begin()
    breaker.release()
    assert breaker.state == "half-open"


@given(st.lists(st.sampled_from(sorted(NOT_ITS_FAULT)), max_size=20))
def test_what_is_not_its_fault_never_opens_it(kinds: list[FailureKind]) -> None:
    breaker = Breaker(Clock())
    for kind in kinds:
        breaker.fail(failure(kind))
    assert breaker.state == "closed"
