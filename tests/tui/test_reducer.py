"""The reducer: events on a snapshot make the later snapshot, and nothing unheard of breaks it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.client import wire
from homeport.client.errors import BrokenAnswer, NoDaemon, SocketRefused
from homeport.client.heard import OtherVersion, Unknown
from homeport.client.link import Knocking, Lost, Silent
from homeport.tui.reducer import CUT_OFF, apply, hear
from homeport.tui.state import MOST_ROWS, State
from support import sights

AT = sights.NOW_MS


@dataclass
class Source:
    """A daemon in miniature: it changes, numbers its events and can take a snapshot."""

    picture: wire.Snapshot = field(default_factory=lambda: sights.snapshot(requests=()))
    rows: dict[str, wire.RequestView] = field(default_factory=dict)
    config_error: str = ""

    def snapshot(self) -> wire.Snapshot:
        return structs.replace(self.picture, requests=tuple(self.rows.values()))

    def change(self, kind: str, seed: int) -> wire.Event | Unknown:
        """Changes something, and says so."""
        n = self.picture.n + 1
        self.picture = structs.replace(self.picture, n=n)
        return getattr(self, f"_{kind}")(n, seed)

    def _set(self, **parts: object) -> None:
        self.picture = structs.replace(self.picture, **parts)

    def _request(self, n: int, seed: int) -> wire.Event:
        id_ = f"r{seed % 7}"
        states = ("deciding", "loading", "streaming", "done", "failed")
        old = self.rows.get(id_)
        at_ms = old.at_ms if old else AT + n
        view = wire.RequestView(id_, at_ms, states[seed % 5], because=f"reason {seed}")
        self.rows[id_] = view
        if seed % 3 == 0:
            self._set(spend=sights.spend(seed * 1000))
            return wire.Settled(n, AT, view, self.picture.spend)
        return (wire.Decided if seed % 3 == 1 else wire.Attempted)(n, AT, view)

    def _fleet(self, n: int, seed: int) -> wire.Event:
        self._set(models=sights.models()[: seed % 6], keys=())
        return wire.FleetChanged(n, AT, self.picture.models, ())

    def _link(self, n: int, seed: int) -> wire.Event:
        self._set(link=wire.LinkView("offline" if seed % 2 else "online", since_ms=seed))
        return wire.LinkChanged(n, AT, self.picture.link)

    def _machine(self, n: int, seed: int) -> wire.Event:
        self._set(machine=wire.MachineView(at_ms=seed))
        return wire.MachineChanged(n, AT, self.picture.machine)

    def _budget(self, n: int, seed: int) -> wire.Event:
        self._set(spend=sights.spend(seed))
        return wire.BudgetChanged(n, AT, self.picture.spend)

    def _config(self, n: int, seed: int) -> wire.Event:
        self._set(mode=f"mode {seed}")
        return wire.ConfigChanged(n, AT, self.picture.mode)

    def _stopping(self, n: int, seed: int) -> wire.Event:
        self._set(draining=True)
        return wire.Stopping(n, AT)

    def _unknown(self, n: int, seed: int) -> Unknown:
        return Unknown(n, f"kind {seed}")


KINDS = st.sampled_from(
    ["request", "fleet", "link", "machine", "budget", "config", "stopping", "unknown"]
)
CHANGES = st.lists(st.tuples(KINDS, st.integers(0, 500)), max_size=40)


@given(before=CHANGES, after=CHANGES)
def test_a_snapshot_and_its_events_are_the_later_snapshot(before, after) -> None:
    source = Source()
    for kind, seed in before:
        source.change(kind, seed)
    state = apply(State(), source.snapshot())
    for kind, seed in after:
        state = apply(state, source.change(kind, seed))
    later = apply(State(), source.snapshot())
    assert state.picture == later.picture
    assert list(state.rows.values()) == list(later.rows.values())
    assert not state.needs_snapshot


@given(changes=CHANGES.filter(lambda c: len(c) > 1), data=st.data())
def test_any_gap_needs_a_snapshot_and_changes_nothing_else(changes, data: st.DataObject) -> None:
    source = Source()
    state = apply(State(), source.snapshot())
    events = [source.change(kind, seed) for kind, seed in changes]
    missing = data.draw(st.integers(0, len(events) - 2))
    for event in events[:missing]:
        state = apply(state, event)
    for event in events[missing + 1 :]:
        before, state = state, apply(state, event)
        assert state == replace(before, needs_snapshot=True)
    assert apply(state, source.snapshot()).needs_snapshot is False


@given(changes=CHANGES)
def test_an_event_that_was_heard_before_changes_nothing(changes) -> None:
    source = Source()
    state = apply(State(), source.snapshot())
    for kind, seed in changes:
        event = source.change(kind, seed)
        state = apply(state, event)
        assert apply(state, event) == state


def test_without_a_snapshot_nothing_is_believed() -> None:
    state = apply(State(), wire.LinkChanged(0, AT, wire.LinkView("offline")))
    assert state == State(needs_snapshot=True)


def test_rows_are_bounded_and_the_oldest_go() -> None:
    state = apply(State(), sights.snapshot(n=0, requests=()))
    for n in range(1, MOST_ROWS + 11):
        view = wire.RequestView(f"r{n}", AT + n, "done")
        state = apply(state, wire.Decided(n, AT, view))
    assert len(state.rows) == MOST_ROWS
    assert next(iter(state.rows)) == "r11"


def test_a_fresh_snapshot_keeps_older_ended_rows_and_drops_what_it_does_not_know() -> None:
    old = wire.RequestView("old", AT - 9, "done")
    cut_off = wire.RequestView("cut-off", AT - 8, "streaming")
    ghost = wire.RequestView("ghost", AT + 1, "done")
    state = apply(State(), sights.snapshot(requests=(old, cut_off, ghost)))
    newest = wire.RequestView("new", AT, "done")
    state = apply(state, sights.snapshot(n=90, requests=(newest,)))
    assert list(state.rows) == ["old", "new"]


def tried(place: Literal["local", "cloud"]) -> wire.AttemptView:
    return wire.AttemptView(model=f"{place}/one", place=place, started_ms=0)


def test_the_next_daemon_keeps_what_was_seen_of_the_one_before() -> None:
    unwritten = wire.RequestView("unwritten", AT + 1, "done")
    running = wire.RequestView("running", AT + 2, "streaming", attempts=(tried("local"),))
    paid = wire.RequestView("paid", AT + 3, "streaming", attempts=(tried("cloud"),))
    asked = wire.RequestView("asked", AT + 4, "deciding")
    rows = (unwritten, running, paid, asked)
    state = apply(State(), sights.snapshot(requests=rows))
    known = (wire.RequestView("older", AT, "done"), structs.replace(asked, state="done"))
    after = sights.snapshot(n=0, requests=known, started_at_ms=AT + 9)
    state = apply(state, after)
    assert list(state.rows) == ["older", "unwritten", "running", "paid", "asked"]
    assert state.rows["unwritten"] == unwritten
    cut_off = [state.rows[id_] for id_ in ("running", "paid")]
    assert {(row.state, row.error) for row in cut_off} == {("failed", CUT_OFF)}
    assert [row.cost_nano for row in cut_off] == [0, None]
    assert state.rows["asked"].state == "done"


def test_the_phases() -> None:
    state = hear(State(), Knocking(), AT)
    assert state.phase == "starting"
    live = hear(state, sights.snapshot(), AT)
    assert (live.phase, live.heard_ms) == ("live", AT)
    quiet = hear(live, Silent(20.0), AT + 20_000)
    assert (quiet.phase, quiet.heard_ms) == ("quiet", AT)
    assert hear(quiet, wire.Heartbeat(40, AT), AT + 21_000).phase == "live"
    stopped = hear(live, Lost(BrokenAnswer("The daemon closed the line.")), AT)
    assert (stopped.phase, stopped.rows) == ("stopped", live.rows)
    assert hear(stopped, Lost(NoDaemon("Nobody.")), AT).phase == "stopped"
    draining = hear(live, wire.Stopping(41, AT), AT)
    ends_what_runs = hear(draining, Lost(BrokenAnswer("The daemon closed the line.")), AT)
    assert (ends_what_runs.phase, ends_what_runs.is_watched) == ("stopping", False)
    assert hear(ends_what_runs, Lost(NoDaemon("Nobody.")), AT).phase == "stopped"
    assert hear(state, Lost(NoDaemon("Nobody.")), AT).phase == "no-daemon"
    assert hear(state, Lost(SocketRefused("Not yours.")), AT).phase == "refused"
    assert hear(live, Lost(SocketRefused("Not yours.")), AT).phase == "refused"
    assert hear(state, Lost(BrokenAnswer("Odd.")), AT).phase == "trouble"


def test_another_version_is_said_with_both_numbers() -> None:
    state = hear(State(), OtherVersion("", 4), AT)
    assert state.phase == "other-version"
    assert "version ?" in state.trouble
    assert "version 4" in state.trouble


def test_trouble_is_forgotten_when_the_daemon_is_back() -> None:
    state = hear(State(), Lost(NoDaemon("Nobody.")), AT)
    assert state.trouble == "Nobody."
    assert hear(state, sights.snapshot(), AT).trouble == ""


def test_a_refused_config_is_remembered_until_a_good_one() -> None:
    state = apply(State(), sights.snapshot())
    state = apply(state, wire.ConfigChanged(41, AT, "balanced", "line 3"))
    assert (state.config_error, state.picture.mode) == ("line 3", "balanced")
    assert apply(state, wire.ConfigChanged(42, AT, "balanced")).config_error == ""
    told = hear(State(), sights.snapshot(config_error="line 4"), AT)
    assert told.config_error == "line 4"


def test_what_is_said_of_money_and_the_outbox() -> None:
    state = apply(State(), sights.snapshot())
    waits = sights.waits()
    state = apply(state, wire.BudgetAsked(41, 0, waits))
    assert state.picture.questions == (waits,)
    assert hear(state, Silent(30.0), 0).questions == (waits,)
    settled = structs.replace(waits, state="raised")
    state = apply(state, wire.BudgetAsked(42, 0, settled))
    assert state.picture.questions == ()
    alert = wire.Alerted(43, 0, wire.AlertView("anomaly", "This hour is dear.", "hour"))
    state = apply(state, alert)
    assert state.alert == alert
    state = apply(state, wire.OutboxChanged(44, 0, wire.OutboxView(queued=2)))
    assert state.picture.outbox.queued == 2


def test_when_the_link_fell_and_came_back_is_remembered() -> None:
    state = apply(State(), sights.snapshot())
    for n, word in enumerate(("offline", "offline", "online", "degraded"), 41):
        link = wire.LinkView(word, since_ms=n)  # type: ignore[arg-type]  # one of its words
        state = apply(state, wire.LinkChanged(n, n, link))
    moments = [(moment.at_ms, moment.up) for moment in state.history.links]
    assert moments[1:] == [(41, False), (43, True), (44, False)]
