"""The bus: snapshot first, numbers without holes, and slow watchers that slow nobody."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from homeport.client.wire import (
    Address,
    Decided,
    Heartbeat,
    LinkView,
    MachineView,
    RequestView,
    Snapshot,
    SpendView,
    Stopping,
)
from homeport.daemon import bus as bus_module
from homeport.daemon.bus import QUEUE_EVENTS, REMEMBERED_REQUESTS, Bus


def new_bus() -> Bus:
    def snapshot() -> Snapshot:
        return Snapshot(
            n=bus.n,
            at_ms=0,
            version="0",
            api_version=1,
            pid=1,
            started_at_ms=0,
            address=Address(),
            mode="prefer-local",
            draining=False,
            link=LinkView(),
            machine=MachineView(),
            models=(),
            keys=(),
            spend=SpendView(),
            requests=bus.requests(),
        )

    bus = Bus(snapshot)
    return bus


def request(number: int) -> RequestView:
    return RequestView(id=f"r{number}", at_ms=number, state="deciding")


async def read(watcher: object, count: int) -> list[object]:
    events: list[object] = []
    async for event in watcher:  # type: ignore[attr-defined]
        events.append(event)
        if len(events) == count:
            break
    return events


async def test_a_watcher_starts_with_a_snapshot_and_goes_on_with_numbers() -> None:
    bus = new_bus()
    bus.publish(Decided, request=request(1))
    with bus.watch() as watcher:
        reader = asyncio.ensure_future(read(watcher, 3))
        await asyncio.sleep(0)
        bus.publish(Decided, request=request(2))
        bus.publish(Decided, request=request(3))
        snapshot, second, third = await reader
    assert isinstance(snapshot, Snapshot)
    assert [view.id for view in snapshot.requests] == ["r1"]
    assert (snapshot.n, second.n, third.n) == (1, 2, 3)


async def test_a_full_queue_is_repaired_by_a_fresh_snapshot() -> None:
    bus = new_bus()
    with bus.watch() as watcher:
        stream = aiter(watcher)
        assert isinstance(await anext(stream), Snapshot)
        for number in range(QUEUE_EVENTS + 5):
            bus.publish(Decided, request=request(number))
        repaired = await anext(stream)
        assert isinstance(repaired, Snapshot)
        assert repaired.n == QUEUE_EVENTS + 5
        assert watcher.dropped > QUEUE_EVENTS
        bus.publish(Decided, request=request(9999))
        following = await anext(stream)
        assert isinstance(following, Decided)
        assert following.n == repaired.n + 1


async def test_closing_ends_every_watcher_after_what_it_was_sent() -> None:
    bus = new_bus()
    with bus.watch() as watcher:
        stream = aiter(watcher)
        await anext(stream)
        bus.publish(Stopping)
        bus.close()
        rest = [event async for event in stream]
    assert [type(event) for event in rest] == [Stopping]
    with bus.watch() as late:
        assert [type(event) async for event in late] == [Snapshot]


async def test_silence_is_filled_with_heartbeats(monkeypatch: object) -> None:
    bus = new_bus()
    monkeypatch.setattr(bus_module, "HEARTBEAT_S", 0.01)  # type: ignore[attr-defined]
    with bus.watch() as watcher:
        events = await read(watcher, 3)
    assert [type(event) for event in events] == [Snapshot, Heartbeat, Heartbeat]
    assert bus.n == 0


@given(st.lists(st.integers(0, 400), max_size=500))
def test_the_memory_holds_the_newest_requests_once_each(numbers: list[int]) -> None:
    bus = new_bus()
    for number in numbers:
        bus.publish(Decided, request=request(number))
    ids = [view.id for view in bus.requests()]
    assert len(ids) == len(set(ids)) <= REMEMBERED_REQUESTS
    if numbers:
        assert bus.request(f"r{numbers[-1]}") is not None
    assert bus.n == len(numbers)


def test_repr_says_how_much_is_going_on() -> None:
    bus = new_bus()
    bus.publish(Stopping)
    assert repr(bus) == "Bus(1 events, 0 watchers)"
