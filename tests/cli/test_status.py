"""What `homeport status` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from homeport.cli.status import link_text, machine_text, models_text, window_text
from homeport.client import wire
from support.fake_daemon import FakeDaemon
from support.views import AT_MS, machine, model, snapshot, spend

STATUS = """\
homeport 0.1.0 is running (process 4663, up 2 h 3 min)
socket   /run/user/1000/homeport/homeport.sock
address  http://127.0.0.1:4663
policy   prefer-local
link     online
models   1 local (1 ready), 1 cloud
machine  Example 9000, 8 cores, 11.3 of 29.8 GiB memory free, no GPU
keys     openai valid
today    12 prompts (answers: 10 local, 2 cloud, 1 estimated)
day      $0.43 of $2.00, $0.02 reserved
month    $7.90, no limit
"""


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.cli.status.time.time", lambda: AT_MS / 1000)


@pytest.mark.usefixtures("now")
def test_status(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["GET status"] = snapshot()
    ran = homeport("status")
    assert (ran.status, ran.out, ran.err) == (0, STATUS, "")


def test_json_is_the_snapshot(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["GET status"] = snapshot()
    assert msgspec.json.decode(homeport("status", "--json").out, type=wire.Snapshot) == snapshot()


@pytest.mark.parametrize("fields", [{"version": "0.2.0"}, {"api_version": 9}])
def test_another_version_is_said(
    fake: FakeDaemon, homeport: Callable[..., Any], fields: dict[str, Any]
) -> None:
    fake.answers["GET status"] = snapshot(**fields)
    ran = homeport("status")
    assert ran.status == 0
    assert "this command is 0.1.0" in ran.err
    assert "homeport restart" in ran.err


def test_a_daemon_that_knows_less_is_survived(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    told = msgspec.to_builtins(snapshot())
    del told["machine"]["gpu_note"], told["spend"]["unknown_today"], told["machine"]["cores"]
    told["weather"] = "sunny"
    fake.answers["GET status"] = told
    ran = homeport("status")
    assert ran.status == 0
    assert "(answers: 10 local, 2 cloud" in ran.out


def test_a_config_that_is_not_in_force_is_said(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    fake.answers["GET status"] = snapshot(config_error="config.toml, line 1: `mdoe` is no setting.")
    said = "config   not in force, the last good one is: config.toml, line 1: `mdoe` is no setting."
    assert said in homeport("status").out


def test_a_draining_daemon_is_stopping(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["GET status"] = snapshot(draining=True)
    assert " is stopping " in homeport("status").out


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (wire.LinkView("online"), "online"),
        (wire.LinkView("online", metered=True), "online, metered"),
        (wire.LinkView("captive", reason="sign in"), "captive: sign in"),
        (wire.LinkView("offline", by_choice=True, reason="x"), "offline by choice"),
        (wire.LinkView("online", by_choice=True, metered=True), "offline by choice, metered"),
        (wire.LinkView("offline", reason="no route"), "offline: no route"),
        (wire.LinkView("unknown"), "unknown"),
    ],
)
def test_link(link: wire.LinkView, text: str) -> None:
    assert link_text(link) == text


def test_models() -> None:
    assert "homeport models add default" in models_text(())
    assert models_text((model(state="loadable"), model(place="lan"))) == "1 local, 1 lan (1 ready)"


def test_machine() -> None:
    assert machine_text(wire.MachineView()) == "no GPU"
    portable = wire.MachineView(gpus=(wire.GpuView("RTX"),), on_battery=True, battery_percent=41.5)
    assert machine_text(portable) == "RTX, on battery 42 %"
    assert "29.8 GiB" in machine_text(machine())
    assert "? of 1.0 GiB" in machine_text(wire.MachineView(memory_total_bytes=2**30))


def test_windows() -> None:
    assert [window_text(window) for window in spend().windows] == [
        "$0.43 of $2.00, $0.02 reserved",
        "$7.90, no limit",
    ]
