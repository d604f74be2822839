"""The link's states, the person's choice, and the sentences both give."""

import pytest

from homeport.daemon.link.link import (
    BY_CHOICE,
    NO_INTERFACE,
    NO_ROUTE,
    Link,
    chose_offline,
)
from homeport.daemon.probes.routes import Reach
from homeport.policies.errors import DaemonTrouble

ONLINE, ISOLATED, DOWN = Reach(True, True), Reach(True, False), Reach(False, False)
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
