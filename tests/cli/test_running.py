"""Starting, stopping and restarting: real daemons, real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from homeport.cli import running
from homeport.client import wire
from homeport.client.connection import Connection
from support.daemon import QUIET_CONFIG
from support.fake_daemon import FakeDaemon, Refusal, leave_address
from support.polling import eventually
from support.upstreams import closed_port
from support.views import snapshot

Type = Callable[..., Any]


def typed(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "homeport.cli.main", *words],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def real_home(own_home: Path) -> Iterator[Path]:
    """A home whose daemon finds nothing of this machine; it is stopped at the end."""
    (own_home / "config.toml").write_text(QUIET_CONFIG)
    yield own_home
    typed("stop")


def pid_of(home: Path) -> int:
    return int(json.loads((home / "state" / "daemon.json").read_text())["pid"])


def test_one_daemon_from_start_to_stop(real_home: Path) -> None:
    started = typed("start", "--json")
    told = json.loads(started.stdout)
    assert (told["running"], told["started"]) == (True, True)
    assert told["socket"] == f"{real_home}/run/homeport.sock"
    assert told["pid"] == pid_of(real_home)

    again = typed("start")
    assert again.stdout.endswith(f"is running already (process {told['pid']}).\n")

    restarted = typed("restart")
    assert restarted.returncode == 0
    assert pid_of(real_home) != told["pid"]

    stopped = typed("stop", "--json")
    assert json.loads(stopped.stdout) == {"running": False}
    assert not (real_home / "run" / "homeport.sock").exists()
    assert typed("status").returncode == 4


def test_asking_starts_the_daemon_and_says_so(real_home: Path) -> None:
    ran = typed("ask", "hello", HOMEPORT_ECHO="name=calm;words=Hello there")
    assert (ran.returncode, ran.stdout) == (0, "Hello there\n")
    said = ran.stderr.splitlines()
    assert said[0] == "No daemon is running: starting homeportd in the background."
    assert said[1].startswith("local calm · ")
    assert "demonstration model" in said[2]


def test_a_broken_config_is_said_where_the_daemon_was_to_be_started(real_home: Path) -> None:
    (real_home / "config.toml").write_text('mode = "prefer-lcoal"\n')
    ran = typed("ask", "hello")
    assert ran.returncode == 1
    assert "config.toml" in ran.stderr
    assert "prefer-local" in ran.stderr


@pytest.mark.parametrize("text", [b'mode = "prefer-lcoal"\n', b"\xff\n"])
def test_a_restart_with_a_broken_config_leaves_the_daemon(
    fake: FakeDaemon, homeport: Type, own_home: Path, text: bytes
) -> None:
    (own_home / "config.toml").write_bytes(text)
    ran = homeport("restart")
    assert ran.status == 1
    assert ran.err.startswith(f"{own_home}/config.toml")
    assert ran.err.endswith(" Nothing was restarted.\n")
    assert "POST stop" not in [asked.route for asked in fake.asked]


def test_nothing_to_stop_is_done(homeport: Type) -> None:
    ran = homeport("stop")
    assert (ran.status, ran.err) == (0, "No daemon is running.\n")


def test_what_starts_none_at_an_address_is_not_advised(
    homeport: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = f"127.0.0.1:{closed_port()}"
    monkeypatch.setenv("HOMEPORT_URL", f"http://{where}")
    absent = f"No daemon answers at {where}: Connection refused.\n"
    ran = homeport("status")
    assert ran.err == f"{absent}To start it: unset HOMEPORT_URL; homeport start\n"
    assert homeport("stop").err == absent


def test_a_daemon_that_takes_too_long_is_said(
    fake: FakeDaemon, homeport: Type, own_home: Path
) -> None:
    leave_address(own_home)
    fake.answers["POST stop"] = {}
    ran = homeport("stop", "--wait", "100ms", "--json")
    assert ran.status == 1
    assert "still finishes running answers" in ran.err
    assert ran.json()["error"]["code"] == "busy"


def test_a_daemon_that_will_not_stop_is_said(fake: FakeDaemon, homeport: Type) -> None:
    trouble = wire.Trouble("not_allowed", "caller", "You may not.")
    fake.answers["POST stop"] = Refusal(trouble, 401)
    ran = homeport("stop")
    assert (ran.status, ran.err) == (1, "You may not.\n")


def test_start_finds_the_one_that_runs(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET status"] = snapshot()
    assert homeport("start").out == "homeportd 0.1.0 is running already (process 4663).\n"


def test_one_that_is_stopping_is_not_one_that_runs(
    fake: FakeDaemon, homeport: Type, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.cli.running.PATIENCE_MS", 50)
    leave_address(own_home)
    fake.answers["GET status"] = snapshot(draining=True)
    ran = homeport("start")
    assert (ran.status, ran.out) == (1, "")
    assert "still finishes running answers" in ran.err


def test_start_waits_for_one_that_is_stopping_and_starts_the_next(real_home: Path) -> None:
    typed("start", HOMEPORT_ECHO="name=slow;words=one two three;tokens_per_s=3")
    before = pid_of(real_home)
    asking = subprocess.Popen(
        [sys.executable, "-m", "homeport.cli.main", "ask", "hello"], stdout=-1, text=True
    )
    assert asking.stdout is not None
    assert asking.stdout.read(1) == "o"
    stopping = subprocess.Popen([sys.executable, "-m", "homeport.cli.main", "stop"], stderr=-1)
    eventually(lambda: Connection().get("status").read().draining)
    started = typed("start")
    assert started.stdout.startswith("homeportd 0.1.0 is running (process ")
    assert pid_of(real_home) != before
    assert asking.communicate()[0] == "ne two three\n"
    stopping.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_process_that_ended_is_not_waited_for_until_its_parent_cares() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=-1)
    assert not running._has_ended(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert running._has_ended(child.pid)
    child.wait()
    assert not running._has_ended(child.pid)
