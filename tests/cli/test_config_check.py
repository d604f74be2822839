"""Checking a config text, with a daemon and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.fake_daemon import FakeDaemon

Type = Callable[..., Any]


def test_the_running_daemon_checks(fake: FakeDaemon, homeport: Type, tmp_path: Path) -> None:
    fake.answers["POST config"] = {"ok": True, "error": ""}
    (tmp_path / "new.toml").write_text('mode = "balanced"\n')
    ran = homeport("config", "check", str(tmp_path / "new.toml"))
    assert (ran.status, ran.out) == (0, f"{tmp_path}/new.toml is good.\n")
    sent = fake.last("POST config").body
    assert sent == {"check": 'mode = "balanced"\n', "path": f"{tmp_path}/new.toml"}


def test_what_is_wrong_is_said(fake: FakeDaemon, homeport: Type, own_home: Path) -> None:
    fake.answers["POST config"] = {
        "ok": False,
        "error": "line 1: wrong (1 more problem in it.)",
        "problems": ["line 1: wrong", "line 2: wrong too"],
    }
    (own_home / "config.toml").write_text("x = 1\n")
    ran = homeport("config", "check")
    assert (ran.status, ran.out, ran.err) == (1, "", "line 1: wrong\nline 2: wrong too\n")
    told = homeport("config", "check", "--json").json()
    assert told == {"ok": False, "problems": ["line 1: wrong", "line 2: wrong too"]}


def test_without_a_daemon_its_program_checks(homeport: Type, own_home: Path) -> None:
    config = own_home / "config.toml"
    config.write_text('mode = "balanced"\n')
    ran = homeport("config", "check")
    assert (ran.status, ran.out, ran.err) == (0, f"{config} is good.\n", "")
    config.write_text('mdoe = "balanced"\nmode = 3\n')
    ran = homeport("config", "check")
    assert ran.status == 1
    first, second = ran.err.splitlines()
    assert first.startswith(f"{config}, line 1: `mdoe`")
    assert second.startswith(f"{config}, line 2: `mode`")
    assert not (own_home / "run").exists(), "no daemon was started for it"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_said(
    homeport: Type, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "new.toml"
    if content is not None:
        path.write_bytes(content)
    ran = homeport("config", "check", str(path))
    assert ran.status == 1
    assert "cannot be read" in ran.err
