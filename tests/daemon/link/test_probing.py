"""Who is greeted, when, and when nobody is."""

import asyncio

import pytest

from homeport.adapters.base import failed
from homeport.daemon.link.link import Link
from homeport.daemon.link.probing import (
    FEW,
    FIRST_S,
    LEAST_S,
    LONGEST_S,
    MOST_AT_ONCE,
    Probing,
    cloud_origins,
)
from homeport.daemon.probes.routes import Reach

A = "https://api.a.example:443"


class Play:
    """A link, a clock, and providers that show what the test says."""

    def __init__(self, folder):
        self.now = 1000.0
        self.found = Reach(True, True)
        self.link = Link(folder, look=lambda: self.found, clock_s=lambda: self.now)
        self.allowed = True
        self.origins = [A]
        self.shows = "unreachable"
        self.greeted = []
        self.rounds = []
        self.probing = Probing(
            self.link,
            origins=lambda: self.origins,
            greet=self.greet,
            allowed=lambda: self.allowed,
            clock_s=lambda: self.now,
            chance=lambda: 0.5,
            begun=lambda: self.rounds.append("begun"),
            unreached=lambda: self.rounds.append("unreached"),
        )

    async def greet(self, origin, _connect_s):
        self.greeted.append(origin)
        if self.shows == "egress":
            raise failed("", "egress", "not allowed")
        if self.shows == "hangs":
            await asyncio.Event().wait()
        self.link.hear(origin, self.shows)


@pytest.fixture
def play(tmp_path):
    return Play(tmp_path)


def test_nobody_is_greeted_while_all_is_well(play):
    play.link.hear(A, "reached")
    assert not play.probing.is_due


async def test_doubt_is_settled_by_a_round_and_then_further_and_further_apart(play):
    play.link.hear(A, "unreachable")
    assert play.link.view.state == "degraded"
    pauses = []
    for _ in range(9):
        assert play.probing.is_due
        await play.probing.round()
        before = play.now
        while not play.probing.is_due:
            play.now += 1
        pauses.append(play.now - before)
        assert play.link.view.state == "offline"
    assert pauses[:3] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert max(pauses) <= LONGEST_S


@pytest.mark.parametrize("shows", ["unreachable", "captive", "refused", "reached"])
async def test_a_round_that_reaches_nobody_is_told(play, shows):
    play.origins.append("https://api.b.example:443")
    play.shows = shows
    play.link.hear(A, "unreachable")
    assert play.rounds == []
    await play.probing.round()
    told = ["unreached"] if shows in ("unreachable", "captive") else []
    assert play.rounds == ["begun", *told]


async def test_a_portal_is_found_and_its_end_too(play):
    play.shows = "captive"
    play.link.hear(A, "captive")
    await play.probing.round()
    assert play.link.view.state == "captive"
    assert "sign in" in play.link.blocked("cloud")
    play.shows = "reached"
    await play.probing.round()
    assert play.link.view.state == "online"
    assert play.link.blocked("cloud") is None


@pytest.mark.parametrize("why_not", ["local-only", "metered", "by choice"])
@pytest.mark.parametrize("way_out", [True, False])
def test_never(play, why_not, way_out):
    play.found = Reach(True, way_out)
    play.link.refresh()
    play.link.hear(A, "unreachable")
    assert play.probing.is_due
    play.allowed = why_not != "local-only"
    play.link.note_metered(why_not == "metered")
    play.link.set_offline(why_not == "by choice")
    assert not play.probing.is_due


async def test_where_the_tables_show_no_way_a_few_are_greeted_by_turns_until_one_answers(play):
    play.found = Reach(True, False)
    play.link.refresh()
    play.origins = [f"https://p{number}.example:443" for number in range(5)]
    for _ in range(3):
        assert play.probing.is_due
        await play.probing.round()
        play.now += LONGEST_S * 1.3
        play.link.refresh()
    assert len(play.greeted) == 3 * FEW
    assert set(play.greeted) == set(play.origins)
    play.shows = "reached"
    await play.probing.round()
    assert play.link.view.state == "online"


async def test_a_way_that_came_back_is_greeted_over_at_once(play):
    play.found = Reach(True, False)
    play.link.refresh()
    for _ in range(6):
        assert play.probing.is_due
        await play.probing.round()
        while not play.probing.is_due:
            play.now += 1
    await play.probing.round()
    play.found = Reach(True, True)
    play.now += LEAST_S
    play.link.refresh()
    assert play.link.providers.outlook()[0] == "fine"
    assert play.probing.is_due
    play.shows = "reached"
    await play.probing.round()
    assert not play.probing.is_due


async def test_who_is_greeted_without_a_way_is_not_waited_for_over_one(play):
    play.found = Reach(True, False)
    play.link.refresh()
    play.shows = "hangs"
    async with asyncio.TaskGroup() as group:
        group.create_task(play.probing.round())
        while not play.greeted:
            await asyncio.sleep(0)
        play.found = Reach(True, True)
        play.now += LEAST_S
        play.link.refresh()
        assert play.probing.is_due
    assert play.rounds == ["begun"]
    assert play.link.providers.outlook()[0] == "fine"


async def test_without_any_interface_nobody_is_greeted(play):
    play.found = Reach(False, False)
    play.link.refresh()
    assert not play.probing.is_due
    play.found, play.origins = Reach(True, False), []
    play.link.refresh()
    await play.probing.round()
    assert play.greeted == []


async def test_what_the_egress_refuses_ends_nothing(play):
    play.shows = "egress"
    play.link.hear(A, "unreachable")
    await play.probing.round()
    assert play.greeted == [A]


async def test_a_round_is_bounded(play):
    play.origins = [f"https://p{number}.example:443" for number in range(99)]
    await play.probing.round()
    assert len(play.greeted) == MOST_AT_ONCE


def test_only_the_cloud_is_greeted_and_each_once():
    class At:
        def __init__(self, origin):
            self.origin = origin

    addresses = ["", "http://127.0.0.1:1", "http://10.0.0.7:1", A, A]
    assert cloud_origins([At(address) for address in addresses]) == [A]
