"""`homeport machine`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from msgspec import structs

from homeport.client import wire
from support.fake_daemon import FakeDaemon
from support.views import AT_MS, clock_of, cloud_model, machine, model, snapshot

GPU = wire.GpuView("NVIDIA RTX 4070", 12 * 1024**3, 7 * 1024**3, 0.31, 61.4)


def test_everything_that_was_measured(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    measured = structs.replace(
        machine(),
        cpu_load=0.42,
        temperature_c=54.0,
        gpus=(GPU,),
        battery_percent=81.0,
        on_battery=True,
    )
    link = wire.LinkView("offline", since_ms=AT_MS, reason="no route")
    key = wire.KeyView("openai", "refused", "keyring", sentence="The key was refused.")
    models = (model(), cloud_model())
    fake.answers["GET status"] = snapshot(
        machine=measured, link=link, keys=(key, wire.KeyView("mistral", "absent")), models=models
    )
    ran = homeport("machine")
    said = " ".join(ran.out.split())
    for part in (
        "42 % busy, 8 cores, Example 9000, 54 degrees Celsius",
        "31 % busy, 7.0 of 12.0 GiB free, NVIDIA RTX 4070, 61 degrees Celsius",
        "battery 81 %, in use",
        f"link offline: no route since {clock_of(AT_MS)[:5]}",
        "llamacpp 1 model",
        "openai 1 model, key refused, keyring, The key was refused.",
        "mistral no key",
    ):
        assert part in said, part
    assert (ran.status, ran.err) == (0, "")


def test_what_is_unknown_is_left_out(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    bare = snapshot(machine=wire.MachineView(), keys=(), models=(), link=wire.LinkView())
    fake.answers["GET status"] = bare
    said = homeport("machine").out
    assert said.split() == ["gpu", "none", "was", "found", "link", "unknown"]


def test_json_is_the_same_as_values(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["GET status"] = snapshot()
    told = json.loads(homeport("machine", "--json").out)
    assert sorted(told) == ["keys", "link", "machine"]
    assert told["machine"]["cpu_name"] == "Example 9000"
