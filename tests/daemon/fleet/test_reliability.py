"""Reliability: the share of attempts that ended whole lately."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.fleet.reliability import HALVED_EVERY_MS, Reliability
from support.caching import Clock


def test_nothing_known_is_reliable_and_one_failure_is_one_in_five() -> None:
    reliability = Reliability(Clock())
    assert reliability.share("a/b") == 1.0
    reliability.note("a/b", whole=False)
    assert reliability.share("a/b") == 0.8
    assert reliability.share("a/c") == 1.0
    reliability.note("a/b", whole=True)
    assert 0.8 < reliability.share("a/b") < 1.0


def test_it_is_forgotten() -> None:
    clock = Clock()
    reliability = Reliability(clock)
    for _ in range(6):
        reliability.note("a/b", whole=False)
    assert reliability.share("a/b") == 0.4
    clock.now_ms += HALVED_EVERY_MS
    assert reliability.share("a/b") == round(4 / 7, 3)
    clock.now_ms += 24 * HALVED_EVERY_MS
    assert reliability.share("a/b") == 1.0


def test_what_earlier_runs_saw_counts_by_its_age() -> None:
    clock = Clock()
    old, fresh = Reliability(clock), Reliability(clock)
    old.note("a/b", whole=False, at_ms=clock.now_ms - 2 * HALVED_EVERY_MS)
    fresh.note("a/b", whole=False, at_ms=clock.now_ms)
    assert fresh.share("a/b") < old.share("a/b") < 1.0


@given(st.lists(st.tuples(st.booleans(), st.integers(-(10**7), 10**7)), max_size=30))
def test_it_stays_a_share_whatever_the_clock_does(attempts: list[tuple[bool, int]]) -> None:
    clock = Clock()
    reliability = Reliability(clock)
    for whole, passed_ms in attempts:
        clock.now_ms += passed_ms
        before = reliability.share("a/b")
        reliability.note("a/b", whole=whole)
        after = reliability.share("a/b")
        assert 0.0 < after <= 1.0
        assert after >= before if whole else after <= before
