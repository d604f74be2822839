"""Machines of every kind are measured from recordings; this one for real."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.wire import GpuView, MachineView
from homeport.daemon.probes.machine import fits, measure, memory_for_models, size
from support.recorded_host import MACHINES, RecordedHost

GB = 10**9


def machine(name):
    return measure(Path("/models"), RecordedHost(name))


def test_a_laptop():
    view = machine("laptop")
    assert view.system == "Linux 6.12.3-arch1-1 x86_64"
    assert view.cpu_name == "13th Gen Intel(R) Core(TM) i7-1360P"
    assert (view.cores, view.cpu_load) == (8, 0.15)
    assert (view.memory_total_bytes, view.memory_free_bytes) == (16466067456, 9876543488)
    assert (view.battery_percent, view.on_battery) == (63.0, True)
    assert view.gpus == ()
    assert "Intel processor is not used" in view.gpu_note
    assert view.disk_free_bytes == 180 * GB
    assert view.at_ms > 0


def test_gpus():
    (nvidia,) = machine("workstation-nvidia").gpus
    assert (nvidia.name, nvidia.utilisation) == ("NVIDIA GeForce RTX 4090", 0.02)
    first, second = machine("workstation-amd").gpus
    assert first == GpuView("Radeon RX 7900 XTX", 25753026560, 25753026560 - 1187905536, 0.07)
    assert second == GpuView("AMD GPU")
    (apple,) = machine("mac").gpus
    assert apple == GpuView("Apple M2 GPU")
    assert "shares" in machine("mac").gpu_note
    assert machine("mac-intel").gpus == ()
    assert "did not answer" in machine("nvidia-hung").gpu_note


def test_a_container_has_what_its_group_leaves_it():
    view = machine("container")
    assert view.memory_total_bytes == 2147483648
    assert view.memory_free_bytes == 2147483648 - (734003200 - 419430400)
    assert view.cores == 2
    old = machine("container-old")
    assert old.memory_total_bytes == 4294967296
    assert old.memory_free_bytes == 4294967296 - (1073741824 - 536870912)
    assert old.cores == 1


def test_other_makers_and_systems():
    assert machine("board").cpu_name == "Raspberry Pi 5 Model B Rev 1.0"
    assert machine("board").cores == 4
    assert machine("mac").cpu_name == "Apple M2"
    assert machine("mac").on_battery is False
    assert machine("mac-intel").on_battery is None
    assert machine("laptop-nearly-full").cpu_load == 1.0


def test_unknown_is_none_and_never_a_number():
    view = machine("unknown")
    numbers = (
        view.cores,
        view.cpu_load,
        view.memory_total_bytes,
        view.memory_free_bytes,
        view.battery_percent,
        view.on_battery,
        view.disk_free_bytes,
    )
    assert set(numbers) == {None}
    assert (view.cpu_name, view.system) == ("", "Plan9")


@pytest.mark.parametrize("name", MACHINES)
def test_every_recording_crosses_the_wire(name):
    view = machine(name)
    assert msgspec.json.decode(msgspec.json.encode(view), type=MachineView) == view
    assert view.gpus or view.gpu_note.endswith(".")


def test_this_machine_for_real(tmp_path):
    view = measure(tmp_path / "not" / "there" / "yet")
    assert view.cores >= 1
    assert 0 < view.memory_free_bytes <= view.memory_total_bytes
    assert view.disk_free_bytes > 0


@pytest.mark.parametrize(
    ("name", "memory_bytes", "answer"),
    [
        ("laptop", 5 * GB, True),
        ("laptop", 9 * GB, False),
        ("laptop-nearly-full", GB, False),
        ("laptop-nearly-full", GB // 20, True),
        ("container", 2 * GB, False),
        ("container-old", 3 * GB, True),
        ("workstation-nvidia", 40 * GB, True),
        ("board", 5 * GB, False),
        ("unknown", GB, None),
        ("laptop", None, None),
    ],
)
def test_the_memory_gate_on_every_machine(name, memory_bytes, answer):
    fit, sentence = fits(machine(name), memory_bytes)
    assert fit is answer
    assert sentence.endswith(".")
    if fit is not None:
        room = memory_for_models(machine(name))
        assert size(room) in sentence
        assert size(memory_bytes) in sentence


def test_the_gpu_gate():
    big = machine("workstation-nvidia")
    assert fits(big, 24 * GB, gpu=True)[0] is True
    assert fits(big, 25 * GB, gpu=True)[0] is False
    assert memory_for_models(machine("mac"), gpu=True) == memory_for_models(machine("mac"))


def test_something_is_left_for_the_person():
    view = machine("laptop")
    spared = view.memory_free_bytes - memory_for_models(view)
    assert spared == int(view.memory_total_bytes * 0.1)


@given(st.integers(0, 2**45), st.integers(0, 2**45))
def test_room_is_never_negative_nor_more_than_is_free(total, free):
    view = MachineView(memory_total_bytes=total, memory_free_bytes=min(free, total))
    assert 0 <= memory_for_models(view) <= min(free, total)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (98_362_432, "98.4 MB"),
        (498_362_432, "498 MB"),
        (5_200_000_000, "5.2 GB"),
        (1_500, "1.5 kB"),
        (0, "0 bytes"),
    ],
)
def test_sizes(count, words):
    assert size(count) == words
