"""The link's states, the person's choice, and the sentences both give."""

import pytest

from homeport.daemon.link.link import (
    BY_CHOICE,
    CAME_BACK,
    NO_INTERFACE,
    NO_ROUTE,
    Link,
    chose_offline,
)
from homeport.daemon.probes.routes import Reach
from homeport.policies.errors import DaemonTrouble

ONLINE, ISOLATED, DOWN = Reach(True, True), Reach(True, False), Reach(False, False)
PROVIDER = "https://api.a.example:443"
UNTOLD = Reach(True, None)


class Surroundings:
    """What the tables say, changed by the test; and a clock that moves with each look."""

    def __init__(self, found=ONLINE):
        self.found = found
        self.ms = 0

    def look(self):
        self.ms += 10
        return self.found


@pytest.fixture
def around():
    return Surroundings()


@pytest.fixture
def link(tmp_path, around):
    return Link(tmp_path / "state", look=around.look, clock_ms=lambda: around.ms)


@pytest.mark.parametrize(
    ("found", "by_choice", "state", "cloud", "lan", "sentence"),
    [
        (ONLINE, False, "online", "ok", "ok", None),
        (ONLINE, True, "online", "offline-by-choice", "ok", BY_CHOICE),
        (ISOLATED, False, "offline", "offline", "ok", NO_ROUTE),
        (ISOLATED, True, "offline", "offline-by-choice", "ok", BY_CHOICE),
        (DOWN, False, "offline", "offline", "offline", NO_INTERFACE),
        (UNTOLD, False, "unknown", "unknown", "ok", None),
        (UNTOLD, True, "unknown", "offline-by-choice", "ok", BY_CHOICE),
        (Reach(None, None), False, "unknown", "unknown", "unknown", None),
    ],
)
def test_every_state(link, around, found, by_choice, state, cloud, lan, sentence):
    around.found = found
    link.refresh()
    link.set_offline(by_choice)
    assert (link.view.state, link.view.by_choice) == (state, by_choice)
    assert (link.state_for("cloud"), link.state_for("lan")) == (cloud, lan)
    assert link.blocked("cloud") == sentence
    assert link.blocked("lan") == (NO_INTERFACE if found is DOWN else None)
    assert (link.blocked("local"), link.state_for("local")) == (None, "ok")


def test_the_choice_survives_a_restart(tmp_path, link):
    link.set_offline(True)
    assert chose_offline(tmp_path / "state")
    again = Link(tmp_path / "state", look=lambda: ONLINE)
    assert again.view.by_choice
    again.set_offline(False)
    assert not chose_offline(tmp_path / "state")
    assert not Link(tmp_path / "state", look=lambda: ONLINE).view.by_choice


def test_the_choice_can_be_taken_back_twice(link):
    link.set_offline(False)
    link.set_offline(True)
    link.set_offline(True)
    link.set_offline(False)
    assert not link.view.by_choice


def test_offline_counts_also_where_it_cannot_be_written_down(tmp_path, link):
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(DaemonTrouble, match="offline until the daemon ends"):
        link.set_offline(True)
    assert link.blocked("cloud") == BY_CHOICE
    link.refresh()
    assert link.view.by_choice
    (tmp_path / "state").unlink()
    link.set_offline(False)
    assert not link.view.by_choice


def test_a_choice_that_cannot_be_taken_back_stays(tmp_path, link):
    (tmp_path / "state" / "offline").mkdir(parents=True)
    link.refresh()
    with pytest.raises(DaemonTrouble, match="You stay offline"):
        link.set_offline(False)
    assert link.view.by_choice


def test_another_program_can_choose_too(tmp_path, link):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "offline").touch()
    assert link.refresh() is True
    assert link.view.by_choice


def test_refresh_tells_of_changes_alone_and_since_when(link, around):
    assert link.refresh() is False
    since = link.view.since_ms
    around.found = DOWN
    assert link.refresh() is True
    assert link.refresh() is False
    assert link.view.since_ms > since
    assert link.view.reason == NO_INTERFACE


def test_it_says_what_it_is(link):
    assert repr(link) == "Link(online)"
    link.set_offline(True)
    assert repr(link) == "Link(online, offline by choice)"


def test_this_machine_for_real(tmp_path):
    assert Link(tmp_path).view.state in ("online", "offline", "unknown")


def test_down_at_once_and_up_at_the_second_good_sign(tmp_path):
    now, found = [0.0], [ONLINE]
    link = Link(tmp_path, look=lambda: found[0], clock_s=lambda: now[0])
    found[0] = ISOLATED
    assert link.refresh()
    assert (link.view.state, link.cut("cloud"), link.cut("lan")) == ("offline", True, False)
    found[0], now[0] = ONLINE, 10.0
    link.refresh()
    assert (link.view.state, link.blocked("cloud")) == ("offline", CAME_BACK)
    now[0] += 0.1
    link.refresh()
    assert link.is_settling, "two looks at once are one sign"
    now[0] += 1
    link.refresh()
    assert (link.view.state, link.blocked("cloud")) == ("online", None)


def test_a_provider_that_is_reached_is_a_good_sign(tmp_path):
    found = [ISOLATED]
    link = Link(tmp_path, look=lambda: found[0], clock_s=lambda: 10.0)
    link.refresh()
    link.hear(PROVIDER, "reached")
    assert link.view.state == "offline", "there is no way at all"
    found[0] = ONLINE
    link.refresh()
    link.hear(PROVIDER, "reached")
    assert link.view.state == "online"


def test_a_provider_that_is_reached_is_a_way_that_the_tables_do_not_know(link, around):
    around.found = ISOLATED
    link.refresh()
    assert (link.knows_no_way, link.is_settling) == (True, False)
    link.hear(PROVIDER, "unreachable")
    assert link.knows_no_way
    link.hear(PROVIDER, "reached")
    assert (link.knows_no_way, link.is_settling) == (False, True)
    assert link.blocked("cloud") == CAME_BACK
    link.refresh()
    assert link.blocked("cloud") == NO_ROUTE, "whoever looks again asks the kernel again"
    around.found = DOWN
    link.refresh()
    link.hear(PROVIDER, "reached")
    assert not link.knows_no_way
    assert link.blocked("cloud") == NO_INTERFACE


def test_one_of_two_providers_out_of_reach_degrades_and_blocks_nothing(link):
    link.hear(PROVIDER, "reached")
    link.hear("https://api.other.example:443", "unreachable")
    assert (link.view.state, link.view.reason) == (
        "degraded",
        "api.other.example cannot be reached.",
    )
    assert (link.blocked("cloud"), link.state_for("cloud")) == (None, "ok")


def test_who_listens_hears_of_each_change_once(link, around):
    heard = []
    link.changed = lambda: heard.append(link.view.state)
    for found in (DOWN, DOWN, ISOLATED, ISOLATED):
        around.found = found
        link.refresh()
    assert heard == ["offline", "offline"]
