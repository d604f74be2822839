"""What rules may look at besides the prompt."""

from __future__ import annotations

import time

import pytest

from homeport.client.wire import LinkView, MachineView
from homeport.daemon.shelf.surroundings import surroundings
from homeport.policies.rules.rule import Surroundings


def test_what_is_unknown_stays_unknown() -> None:
    around = surroundings(MachineView(), LinkView(), 0.0)
    assert around == Surroundings(hour=time.localtime(0.0).tm_hour)


def test_the_battery_is_a_share() -> None:
    around = surroundings(MachineView(battery_percent=12.4, on_battery=True), LinkView(), 0.0)
    assert (around.battery, around.power) == (0.12, "battery")
    assert surroundings(MachineView(on_battery=False), LinkView(), 0.0).power == "mains"


@pytest.mark.parametrize(
    ("link", "told"),
    [
        (LinkView(state="online"), "online"),
        (LinkView(state="offline"), "offline"),
        (LinkView(state="degraded"), "online"),
        (LinkView(state="captive"), "offline"),
        (LinkView(state="offline", by_choice=True), "offline-by-choice"),
        (LinkView(state="unknown"), ""),
    ],
)
def test_the_link(link: LinkView, told: str) -> None:
    assert surroundings(MachineView(), link, 0.0).link == told
