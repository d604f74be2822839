"""The machine as graphs."""

from __future__ import annotations

import re

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.machine_lines import machine_page
from homeport.tui.reducer import apply
from homeport.tui.state import State
from homeport.tui.words import line_width
from support import room_sights, sights


def after(looks: int, snapshot: wire.Snapshot | None = None) -> State:
    state = apply(State(), snapshot or sights.snapshot())
    for news in room_sights.looks(looks):
        state = apply(state, news)  # type: ignore[arg-type]  # all of them are events
    return state


def page(state: State, width: int = 100, height: int = 28) -> list[str]:
    lines = machine_page(state, width, height)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_everything_is_said_and_drawn() -> None:
    said = "\n".join(page(after(40)))
    parts = [
        "cpu       12% · 8 cores · AMD Ryzen 7 7840U",
        "memory    13.0 of 29.8 GiB in use · 16.8 GiB free",
        "heat      44 degrees Celsius",
        "gpu 1     6% · 44 degrees Celsius · NVIDIA RTX 4070",
        "7.0 of 11.2 GiB free",
        "battery   71%, on battery",
        "disk      214.0 GB free for models",
        "a look every 15s",
        "link      online since 14:09",
        "█xxxxxx█",
        "PROVIDERS",
    ]
    at = [said.index(part) for part in parts]
    assert at == sorted(at)


def test_a_graph_is_as_high_as_there_is_room_for() -> None:
    low, high = page(after(40), height=12), page(after(40), height=60)
    assert len(low) < len(high) <= 60
    assert not any("100%" in line for line in low)
    assert sum("100%" in line for line in high) == 5


@pytest.mark.parametrize("looks", [0, 1, 3, 40, 240])
@pytest.mark.parametrize("width", [44, 60, 116])
def test_no_line_is_wider_than_the_page(looks: int, width: int) -> None:
    for line in machine_page(after(looks), width, 28):
        assert line_width(line) <= width


@pytest.mark.parametrize("looks", [2, 6, 9, 10, 11, 20])
def test_the_times_below_the_graphs_are_whole(looks: int) -> None:
    axis = next(line for line in page(after(looks)) if "a look every" in line)
    times = re.findall(r"[\d:]{5,}", axis)
    assert times
    assert all(re.fullmatch(r"14:\d\d", moment) for moment in times)


def test_what_cannot_be_known_is_said_and_not_drawn() -> None:
    bare = sights.snapshot(machine=wire.MachineView(), link=wire.LinkView(), requests=())
    said = page(after(0, bare))
    assert said[0] == "cpu       load unknown"
    assert said[1] == "memory    unknown"
    assert said[2] == "gpu       none was found"
    assert "nothing was measured yet" in said[3]
    assert not any("battery" in line for line in said)


def test_offline_says_why_and_by_whom() -> None:
    link = wire.LinkView("offline", since_ms=sights.NOW_MS, reason="no route")
    assert "link      offline since 14:03: no route" in page(after(0, sights.snapshot(link=link)))
    chosen = structs.replace(link, by_choice=True, reason="")
    said = page(after(0, sights.snapshot(link=chosen)))
    assert "link      offline by choice since 14:03" in said
