"""Every source of joules, from files as the kernel writes them, with real processors' ranges."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.probes import energy
from homeport.daemon.probes.energy import Counter, Estimate, opened, package_counters
from support.powercap import show_zone

RAPL: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "energy" / "rapl.json").read_text()
)


def write_zones(folder: Path, machine: str, reading: int) -> None:
    """The files of every zone at one of its two readings."""
    for name, zone in RAPL[machine]["zones"].items():
        show_zone(folder, name, zone, zone["counts"][reading])


@pytest.mark.parametrize("machine", RAPL)
def test_packages_are_counted_once_and_whole(tmp_path: Path, machine: str) -> None:
    write_zones(tmp_path, machine, 0)
    counters = package_counters(tmp_path)
    wanted = RAPL[machine]["joules"]
    assert (counters is None) == (wanted is None)
    if counters is not None:
        write_zones(tmp_path, machine, 1)
        assert counters.joules() == pytest.approx(wanted)
        assert counters.joules() == pytest.approx(wanted)


def test_a_counter_that_goes_away_says_so(tmp_path: Path) -> None:
    write_zones(tmp_path, "desktop", 0)
    counters = package_counters(tmp_path)
    assert counters is not None
    (tmp_path / "intel-rapl:0" / "energy_uj").unlink()
    assert counters.joules() is None


@given(st.lists(st.integers(0, 90), max_size=30), st.integers(0, 99))
def test_however_often_it_begins_again_nothing_is_lost(steps: list[int], start: int) -> None:
    at = [start]
    counter = Counter(lambda: at[0] % 100, 1.0, 99)
    for step in steps:
        at[0] += step
        counter.joules()
    assert counter.joules() == sum(steps)


def a_battery(folder: Path, **files: object) -> Path:
    supply = folder / "BAT0"
    supply.mkdir(exist_ok=True)
    for name, said in files.items():
        (supply / name).write_text(f"{said}\n")
    return folder


def test_a_battery_counts_while_it_discharges(tmp_path: Path) -> None:
    now = [100.0]
    a_battery(tmp_path, status="Discharging", power_now=12_000_000)
    battery = energy.Battery(tmp_path, lambda: now[0])
    now[0] = 110.0
    assert battery.joules() == pytest.approx(120.0)
    a_battery(tmp_path, power_now=8_000_000)
    now[0] = 120.0
    assert battery.joules() == pytest.approx(220.0)
    a_battery(tmp_path, status="Charging")
    assert battery.joules() is None


def test_some_batteries_tell_current_and_voltage(tmp_path: Path) -> None:
    now = [0.0]
    a_battery(tmp_path, status="Discharging", current_now=-1_000_000, voltage_now=11_500_000)
    battery = energy.Battery(tmp_path, lambda: now[0])
    now[0] = 2.0
    assert battery.joules() == pytest.approx(23.0)


class Nvml:
    """Speaks as `pynvml` does, of two GPUs."""

    class NVMLError(Exception):
        """As it raises."""

    def __init__(self) -> None:
        self.millijoules = [5_000, 7_000]
        self.counts = True

    def nvmlInit(self) -> None:  # noqa: N802
        """Nothing to do."""

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, number: int) -> int:  # noqa: N802
        return number

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:  # noqa: N802
        if not self.counts:
            raise self.NVMLError("not supported")
        return self.millijoules[handle]


def test_gpus_count_beside_the_processor(tmp_path: Path) -> None:
    write_zones(tmp_path, "desktop", 0)
    nvml = Nvml()
    source = opened(tmp_path, tmp_path, nvml)
    write_zones(tmp_path, "desktop", 1)
    nvml.millijoules[1] += 35_000
    assert source.joules() == pytest.approx(100.0)
    assert source.certain


def test_a_driver_that_hangs_is_a_counter_that_cannot_be_read(tmp_path: Path) -> None:
    write_zones(tmp_path, "desktop", 0)
    nvml, goes_on = Nvml(), threading.Event()
    source = opened(tmp_path, tmp_path, nvml)
    nvml.nvmlDeviceGetTotalEnergyConsumption = lambda _: goes_on.wait(60)  # type: ignore[assignment,method-assign]
    assert source.joules() is None
    nvml.nvmlInit = lambda: goes_on.wait(60)  # type: ignore[assignment,method-assign,return-value]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(energy, "OPENING_S", 0.05)
        assert energy.gpu_counters(nvml) is None
    goes_on.set()


def test_an_old_gpu_counts_nothing() -> None:
    nvml = Nvml()
    nvml.counts = False
    assert energy.gpu_counters(nvml) is None


def test_the_best_source_there_is(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    old = Nvml()
    old.counts = False
    plain = opened(nothing, nothing, old)
    assert not plain.certain
    assert plain.joules() is not None
    battery = opened(nothing, a_battery(tmp_path, status="Discharging", power_now=1), old)
    assert isinstance(battery, energy.Battery)


def test_an_estimate_goes_by_how_long_cores_were_busy() -> None:
    busy = [100.0]
    estimate = Estimate(lambda: busy[0])
    busy[0] = 102.5
    assert estimate.joules() == pytest.approx(2.5 * energy.BUSY_CORE_W)
    assert not estimate.certain
    real = Estimate()
    joules = real.joules()
    assert joules is not None
    assert joules >= 0.0
