"""Waits before tokens."""

from __future__ import annotations

import pytest

from homeport.lab.pace import Pace
from homeport.lab.script import Script


def test_a_first_delay_and_a_speed() -> None:
    pace = Pace(Script(first_token_ms=300, tokens_per_s=20))
    assert [pace.before(number) for number in range(3)] == [0.3, 0.05, 0.05]
    assert pace.whole(3) == pytest.approx(0.4)


def test_without_a_speed_nothing_is_waited_for() -> None:
    assert Pace(Script()).whole(100) == 0


def test_jitter_is_bounded_and_the_same_each_time() -> None:
    script = Script(tokens_per_s=10, jitter=0.5, seed=3)
    waits = [Pace(script, 1).before(number) for number in range(1, 50)]
    again = Pace(script, 1)
    assert waits[0] == again.before(1)
    assert all(0.05 <= wait <= 0.15 for wait in waits)
    assert Pace(script, 2).before(1) != waits[0]
