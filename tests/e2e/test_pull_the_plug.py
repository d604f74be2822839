"""The cable between a home and a cloud is cut under running answers: nobody waits, nothing is lost.

Twenty cuts; `HOMEPORT_PROVE` makes it a thousand, under more streams.
"""

from __future__ import annotations

import os
import sys

import pytest

from support.severed import MODEL, inside

PROVING = bool(os.environ.get("HOMEPORT_PROVE"))
CUTS, STREAMS = (1000, 50) if PROVING else (20, 10)
SPEED = () if PROVING else ("60", "20")
"""Words a second, and milliseconds until the first one at home, where there is little time."""
CUT_OFF = [[MODEL, "link_lost"], ["echo/home", "done"]]

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux"),
]


def test_every_answer_goes_on_at_home_without_a_character_doubled_or_missing() -> None:
    told = inside("cuts", str(CUTS), str(STREAMS), "4663", *SPEED)
    print(f"\n{told}")
    assert told["wrong"] == []
    assert set(told["outcomes"]) <= {"link_lost", "done", "refused"}
    assert told["outcomes"]["link_lost"] > CUTS
    assert told["outcomes"]["done"] == told["asked"]
    assert told["replays"] == {"identical": CUTS}


def test_a_link_that_flaps_and_an_interface_that_vanishes_lose_nothing() -> None:
    told = inside("flapping", "300" if PROVING else "15", "4663")
    assert told["wrong"] == []
    assert told["last"] == MODEL


def test_an_address_that_vanishes_while_another_way_stays_is_no_stall() -> None:
    told = inside("moving")
    print(f"\nan address vanishes: the next token after {told['gap_ms']:.0f} ms at most")
    assert all(told["right"])
    assert told["ways"] == [CUT_OFF] * 3
    assert told["state"] == "online"


def test_where_probes_reach_nobody_who_hears_nothing_goes_on_at_home() -> None:
    told = inside("mute")
    assert all(told["right"])
    assert told["state"] == "offline"
    assert told["ways"] == [CUT_OFF, [[MODEL, "connect_timeout"], ["echo/home", "done"]]]


def test_a_route_to_the_provider_alone_is_a_way() -> None:
    told = inside("narrow")
    assert all(told["right"])
    assert told["states"] == ["offline", "offline"], "nobody knew of it, and then it was gone"
    assert told["ways"] == [CUT_OFF, [[MODEL, "done"]]]


def test_offline_by_choice_counts_at_once_and_so_does_online() -> None:
    told = inside("choosing")
    assert all(told["right"])
    assert told["ways"][:5] == [CUT_OFF] * 5
    assert told["ways"][5:] == [[["echo/home", "done"]], [[MODEL, "done"]]]


def test_nothing_leaves_in_local_only() -> None:
    told = inside("keeping_home")
    assert all(told["right"])
    assert told["control"] > 0
    assert told["away"] == 0
