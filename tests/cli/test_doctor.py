"""What `homeport doctor` says, with a daemon and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from homeport.client import wire
from support.fake_daemon import FakeDaemon, leave_address

Type = Callable[..., Any]
GOOD = wire.Finding("engine", "ok", "llama.cpp is there.")
NOTE = wire.Finding("models", "note", "Only a small one.", "homeport models add qwen3-4b")
BAD = wire.Finding("budget", "error", "It is broken.")

DOCTOR = """\
ok       engine  llama.cpp is there.
note     models  Only a small one.
                 homeport models add qwen3-4b
"""


def test_doctor(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET doctor"] = wire.DoctorReport((GOOD, NOTE))
    ran = homeport("doctor")
    assert (ran.status, ran.out, ran.err) == (0, DOCTOR, "")


def test_an_error_has_its_status(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET doctor"] = wire.DoctorReport((GOOD, BAD))
    ran = homeport("doctor")
    assert ran.status == 1
    assert "ERROR    budget  It is broken.\n" in ran.out


def test_json_is_the_report(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET doctor"] = wire.DoctorReport((GOOD, NOTE))
    report = msgspec.json.decode(homeport("doctor", "--json").out, type=wire.DoctorReport)
    assert report.findings == (GOOD, NOTE)


def test_another_version_is_a_finding(fake: FakeDaemon, homeport: Type, own_home: Path) -> None:
    leave_address(own_home, version="0.0.1")
    fake.answers["GET doctor"] = wire.DoctorReport((GOOD,))
    out = homeport("doctor").out
    assert out.startswith("WARNING  version  The running daemon is version 0.0.1")


def test_without_a_daemon_it_says_so(homeport: Type, own_home: Path) -> None:
    (own_home / "config.toml").touch()
    (own_home / "state").mkdir()
    (own_home / "state" / "homeportd.log").touch()
    ran = homeport("doctor")
    assert ran.status == 4
    assert ran.out.splitlines()[0].startswith("ERROR    daemon  No daemon is running")
    assert ran.out.splitlines()[1].strip() == "homeport start"
    assert "homeport logs" in ran.out
    assert f"The config file is {own_home}/config.toml." in ran.out


def test_without_a_daemon_a_broken_config_is_named(homeport: Type, own_home: Path) -> None:
    (own_home / "config.toml").write_text("[listen]\nprot = 1\n")
    out = homeport("doctor").out
    assert (
        f"ERROR    config  {own_home}/config.toml, line 2: `listen.prot` is not a setting." in out
    )
    assert "homeport config edit" in out


def test_without_a_daemon_as_json(homeport: Type) -> None:
    report = msgspec.json.decode(homeport("doctor", "--json").out, type=wire.DoctorReport)
    assert report.findings[0].command == "homeport start"
