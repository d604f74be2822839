"""What an answer at home takes: its part of the machine's joules, priced, and marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.money.electricity import KWH, Electricity
from homeport.daemon.routing.router import Router
from support.house import house
from support.scripted import Script, ScriptedAdapter, card, prompt


class Fixed:
    """A machine that a test drives."""

    def __init__(self, *, certain: bool = True) -> None:
        self.used: float | None = 1000.0
        self.certain = certain

    def joules(self) -> float | None:
        """As the test says."""
        return self.used

    def use(self, joules: float) -> None:
        """The machine goes on."""
        assert self.used is not None
        self.used += joules


def meter(machine: Fixed, price: float | None = 0.36) -> Electricity:
    electricity = Electricity(lambda: price, lambda: machine)
    electricity.look()
    return electricity


def test_without_a_price_nothing_is_measured() -> None:
    opened: list[Fixed] = []
    electricity = Electricity(lambda: None, lambda: opened.append(Fixed()) or opened[-1])
    assert electricity.begin() is None
    assert opened == []


def test_a_kilowatt_hour_costs_its_price() -> None:
    machine = Fixed()
    electricity = meter(machine)
    mark = electricity.begin()
    assert mark is not None
    machine.use(KWH)
    used = electricity.end(mark)
    assert (used.millijoules, used.nano, used.certain) == (KWH * 1000, 360_000_000, True)


def test_what_runs_together_shares_and_what_runs_alone_does_not() -> None:
    machine = Fixed()
    electricity = meter(machine)
    first = electricity.begin()
    assert first is not None
    machine.use(10)
    second = electricity.begin()
    assert second is not None
    machine.use(20)
    assert electricity.end(first).millijoules == 20_000
    machine.use(5)
    assert electricity.end(second).millijoules == 15_000
    machine.use(99)  # of nobody
    third = electricity.begin()
    assert third is not None
    assert electricity.end(third).millijoules == 0


@given(st.lists(st.tuples(st.sampled_from("be"), st.integers(0, 50)), max_size=40))
def test_no_joule_is_given_twice(steps: list[tuple[str, int]]) -> None:
    machine, marks, given_out, busy = Fixed(), [], 0, 0
    electricity = meter(machine)
    for step, joules in [*steps, *[("e", 1)] * len(steps)]:
        machine.use(joules)
        busy += joules if marks else 0
        if step == "b":
            marks.append(electricity.begin())
        elif marks:
            given_out += electricity.end(marks.pop(0)).millijoules
    assert given_out == pytest.approx(busy * 1000, abs=len(steps))


def test_an_estimate_is_marked_and_so_is_what_was_lost_on_the_way() -> None:
    guess = meter(Fixed(certain=False))
    mark = guess.begin()
    assert mark is not None
    guess._source.use(3)  # type: ignore[union-attr]
    assert not guess.end(mark).certain
    machine = Fixed()
    electricity = meter(machine)
    mark = electricity.begin()
    assert mark is not None
    machine.use(10)
    electricity.look()
    machine.used = None
    assert electricity.end(mark).millijoules == 10_000  # what came after is estimated, from 0


async def test_the_first_look_opens_the_source_and_only_with_a_price() -> None:
    machine = Fixed()
    off, on = Electricity(lambda: None, lambda: machine), Electricity(lambda: 1.0, lambda: machine)
    await off.watch()
    await on.watch()
    assert "None" in repr(off)
    assert "Fixed" in repr(on)


async def test_what_can_be_measured_again_is() -> None:
    """A battery is plugged in, and out again."""
    first, guess, second = Fixed(), Fixed(certain=False), Fixed()
    found = [first, guess, second]
    electricity = Electricity(lambda: 0.36, lambda: found.pop(0))
    await electricity.watch()
    plugged, first.used = electricity.begin(), None
    assert plugged is not None
    await electricity.watch()
    guess.use(3)
    await electricity.watch()
    second.use(5)
    used = electricity.end(plugged)
    assert used.millijoules >= 8_000, "what the processor did meanwhile is estimated"
    assert not used.certain
    measured = electricity.begin()
    assert measured is not None
    second.use(7)
    used = electricity.end(measured)
    assert (used.millijoules, used.certain) == (7_000, True)
    await electricity.watch()
    assert found == [], "what measures is not opened again"


async def test_it_is_booked_beside_the_cost_and_told(tmp_path: Path) -> None:
    machine = Fixed()

    class Warm(ScriptedAdapter):
        async def stream(self, *args, **options):  # type: ignore[no-untyped-def,override]
            async for delta in super().stream(*args, **options):
                machine.use(1.0)
                yield delta

    adapter = Warm({"home/small": Script()}, [card("home/small")])
    async with house(tmp_path, [adapter]) as home:
        home.router = Router(replace(home.rooms, electricity=meter(machine)))
        async with home.router.answer(prompt()) as answer:
            async for _ in answer.deltas():
                pass
        await home.router.settled()
        (attempt,) = home.rooms.bus.requests()[-1].attempts
        assert (attempt.cost_nano, attempt.energy_mj, attempt.energy_certain) == (0, 4000, True)
        assert attempt.energy_nano == 400
        (row,) = (await home.rooms.ledger.report("model", 0)).rows
        assert (row.cost_nano, row.energy_mj, row.energy_nano) == (0, 4000, 400)
        assert row.energy_guessed_nano == 0
        (task,) = (await home.rooms.ledger.report("task", 0)).rows
        assert task.energy_nano == 400
