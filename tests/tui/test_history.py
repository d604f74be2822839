"""What was measured over the last minutes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.client import wire
from homeport.tui.history import GAP_MS, MOST_SAMPLES, History, sampled, stood
from homeport.tui.reducer import apply
from homeport.tui.state import State
from support import room_sights, sights

LINK = wire.LinkView("online")
MACHINE = sights.machine()


@given(st.lists(st.integers(1, 10**9), max_size=400))
def test_samples_are_bounded_and_in_order(moments: list[int]) -> None:
    history = History()
    for at_ms in moments:
        history = sampled(history, MACHINE, LINK, at_ms)
    times = [sample.at_ms for sample in history.samples]
    assert len(times) <= MOST_SAMPLES
    assert times == sorted(set(times))


def test_a_look_is_kept_as_shares() -> None:
    look = room_sights.look(3, 1000)
    sample = sampled(History(), look, LINK, 1000).samples[0]
    assert (sample.cpu, sample.memory, sample.link) == (0.31, 0.375, True)
    assert (sample.gpus, sample.gpu_memories) == ((0.155,), (0.375,))
    assert sample.battery == 0.8025


def test_what_is_not_known_is_none() -> None:
    empty = wire.MachineView(at_ms=7)
    sample = sampled(History(), empty, wire.LinkView(), 7).samples[0]
    assert (sample.cpu, sample.memory, sample.battery, sample.link) == (None,) * 4


def test_a_machine_that_was_never_looked_at_is_no_sample() -> None:
    assert sampled(History(), wire.MachineView(), LINK, 5) == History()


def test_time_without_a_look_is_a_blank() -> None:
    history = sampled(History(), MACHINE, LINK, 1_000)
    history = sampled(history, MACHINE, LINK, 1_000 + GAP_MS + 1)
    assert [sample.cpu for sample in history.samples] == [0.12, None, 0.12]


def test_since_when_a_model_stands_so() -> None:
    first, *rest = sights.models()
    history = stood(History(), (first, *rest), 100, seen=False)
    assert not history.standings[first.id].seen
    assert stood(history, (first, *rest), 200, seen=True) is history
    failing = structs.replace(first, state="failing")
    changed = stood(history, (failing,), 300, seen=True).standings
    assert list(changed) == [first.id]
    assert (changed[first.id].since_ms, changed[first.id].seen) == (300, True)


def test_events_make_the_history() -> None:
    state = apply(State(), sights.snapshot())
    for news in room_sights.looks(30):
        state = apply(state, news)  # type: ignore[arg-type]  # all of them are events
    history = state.history
    assert len(history.samples) == 1 + 30 + 2
    assert [sample.link for sample in history.samples].count(False) == 6
    loading = structs.replace(sights.models()[0], state="loading")
    state = apply(state, wire.FleetChanged(state.picture.n + 1, 77, (loading,)))
    assert state.history.standings[loading.id].since_ms == 77
