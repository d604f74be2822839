"""A sleep shows in the distance of two clocks, and is told once."""

import pytest

from homeport.daemon.link.sleeping import Sleeps


class Clocks:
    """Two hands, moved by the test."""

    def __init__(self):
        self.always = self.awake = 100.0

    def both(self):
        return (lambda: self.always, lambda: self.awake)


@pytest.mark.parametrize(
    ("asleep_s", "told"), [(0.0, 0.0), (1.0, 0.0), (2.0, 2.0), (7200.0, 7200.0)]
)
def test_a_sleep_is_told_once(asleep_s, told):
    clocks = Clocks()
    sleeps = Sleeps(clocks.both())
    clocks.always += 5 + asleep_s
    clocks.awake += 5
    assert sleeps.slept_s() == pytest.approx(told)
    assert sleeps.slept_s() == 0


def test_a_clock_that_jumps_back_is_no_sleep():
    clocks = Clocks()
    sleeps = Sleeps(clocks.both())
    clocks.always -= 50
    assert sleeps.slept_s() == 0


def test_this_machine_is_awake():
    assert Sleeps().slept_s() == 0
