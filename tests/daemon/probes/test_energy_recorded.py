"""The counters of real processors, reading by reading, through files as the kernel shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from homeport.daemon.money.electricity import Electricity
from homeport.daemon.probes.energy import Counters, Source, opened, package_counters
from homeport.daemon.routing.router import Router
from support.house import house
from support.powercap import show_zone
from support.scripted import Script, ScriptedAdapter, card, prompt

DATA = Path(__file__).parent / "data" / "energy" / "recorded.json"
RECORDED: dict[str, Any] = json.loads(DATA.read_text("utf-8"))


def show(powercap: Path, machine: str, reading: int = 0, *, later_s: int = 0) -> None:
    """The files of every zone at one reading, or so many seconds after it at the recorded watts."""
    watts = RECORDED[machine].get("watts", {})
    for name, zone in RECORDED[machine]["zones"].items():
        more = round(watts.get(name, 0) * later_s * 1_000_000)
        show_zone(powercap, name, zone, zone["counts"][reading] + more)


def counts(machine: str, zone: str) -> list[int]:
    of: list[int] = RECORDED[machine]["zones"][zone]["counts"]
    return of


def read(powercap: Path) -> Counters:
    counters = package_counters(powercap)
    assert counters is not None
    return counters


def told(source: Source) -> float:
    joules = source.joules()
    assert joules is not None
    return joules


def stepping(powercap: Path, machine: str) -> Iterator[int]:
    """The recording's readings after the first, shown one after the other."""
    for reading in range(1, len(counts(machine, "intel-rapl:0"))):
        show(powercap, machine, reading)
        yield reading


def test_memory_is_beside_the_package_and_cores_are_within_it(tmp_path: Path) -> None:
    show(tmp_path, "laptop")
    counters = read(tmp_path)
    package, memory = counts("laptop", "intel-rapl:0"), counts("laptop", "intel-rapl:0:2")
    for reading in stepping(tmp_path, "laptop"):
        wanted = package[reading] - package[0] + memory[reading] - memory[0]
        assert told(counters) == pytest.approx(wanted / 1e6, abs=1e-9)
    seconds = (RECORDED["laptop"]["at_ms"][-1] - RECORDED["laptop"]["at_ms"][0]) / 1000
    assert told(counters) / seconds == pytest.approx(6.47, abs=0.01)  # watts, as of a laptop


def test_what_the_register_lost_by_beginning_again_is_not_lost(tmp_path: Path) -> None:
    show(tmp_path, "netbook")
    counters = read(tmp_path)
    shown, modulus = counts("netbook", "intel-rapl:0"), RECORDED["netbook"]["modulus_uj"]
    fallen = sum(after < before for before, after in pairwise(shown))
    assert fallen == 2
    for reading in stepping(tmp_path, "netbook"):
        passed = pairwise(shown[: reading + 1])
        wanted = sum((after - before) % modulus for before, after in passed)
        assert told(counters) == pytest.approx(wanted / 1e6, abs=1e-4)
    assert told(counters) == pytest.approx((2 * modulus + shown[-1] - shown[0]) / 1e6, abs=1e-4)


@pytest.mark.parametrize(
    ("machine", "watts"), [("dual xeon", 51.78 + 54.41), ("threadripper", 169.95)]
)
def test_sockets_add_up_and_one_register_shown_by_two_dies_does_not(
    tmp_path: Path, machine: str, watts: float
) -> None:
    show(tmp_path, machine)
    counters = read(tmp_path)
    show(tmp_path, machine, later_s=60)
    assert told(counters) == pytest.approx(watts * 60, abs=0.001)


@pytest.mark.parametrize(
    ("machine", "counted"),
    [
        ("board", {"intel-rapl:0", "intel-rapl:0:2"}),
        ("many packages", {"intel-rapl:0", "intel-rapl:a"}),
        ("dual xeon", {"intel-rapl:0", "intel-rapl:1"}),
        ("threadripper", {"intel-rapl:0"}),
    ],
)
def test_these_zones_are_read_and_no_other(tmp_path: Path, machine: str, counted: set[str]) -> None:
    show(tmp_path, machine)
    counters = read(tmp_path)
    missed = set()
    for zone in RECORDED[machine]["zones"]:
        said = (tmp_path / zone / "energy_uj").read_text()
        (tmp_path / zone / "energy_uj").unlink()
        if counters.joules() is None:
            missed.add(zone)
        (tmp_path / zone / "energy_uj").write_text(said)
    assert missed == counted


@pytest.mark.parametrize("machine", ["laptop", "netbook"])
async def test_an_answer_is_booked_at_the_recorded_joules_as_measured(
    tmp_path: Path, machine: str
) -> None:
    powercap = tmp_path / "powercap"
    show(powercap, machine)
    readings = stepping(powercap, machine)
    shown = len(counts(machine, "intel-rapl:0")) - 1

    class Warm(ScriptedAdapter):
        async def stream(self, *args, **options):  # type: ignore[no-untyped-def,override]
            async for delta in super().stream(*args, **options):
                next(readings, None)
                meter.look()  # as often as the daemon looks while answers run
                yield delta

    meter = Electricity(lambda: 0.42, lambda: opened(powercap, tmp_path / "no batteries"))
    meter.look()
    script = Script(words=["word "] * (shown + 1))
    async with house(tmp_path, [Warm({"home/small": script}, [card("home/small")])]) as home:
        home.router = Router(replace(home.rooms, electricity=meter))
        async with home.router.answer(prompt()) as answer:
            async for _ in answer.deltas():
                pass
        await home.router.settled()
        assert next(readings, None) is None  # all of them were shown meanwhile
        (row,) = (await home.rooms.ledger.report("model", 0)).rows
    joules = recorded_joules(machine)
    nano = (joules / 3_600_000 * Decimal("0.42") * 10**9).to_integral_value(ROUND_CEILING)
    assert row.energy_mj == round(joules * 1000)
    assert row.energy_nano == pytest.approx(int(nano), abs=1)
    assert (row.cost_nano, row.energy_guessed_nano) == (0, 0)


def recorded_joules(machine: str) -> Decimal:
    """Of the whole recording, by its numbers alone."""
    modulus = RECORDED[machine].get("modulus_uj", 2**64)
    zones = RECORDED[machine]["zones"].values()
    series = [zone["counts"] for zone in zones if zone["name"] in ("package-0", "dram")]
    risen = sum((after - before) % modulus for of in series for before, after in pairwise(of))
    return Decimal(risen) / 10**6
