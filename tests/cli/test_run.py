"""A program that is started so that it finds its models here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeport.cli.run import environment_with
from support.fake_daemon import FakeDaemon, leave_address
from support.home import a_home

Type = Callable[..., Any]


def test_no_program(homeport: Type) -> None:
    ran = homeport("run")
    assert ran.status == 2
    assert "homeport run -- llm" in ran.err


def test_a_program_that_is_not_there(homeport: Type) -> None:
    ran = homeport("run", "--", "no-such-program-anywhere")
    assert ran.status == 2
    assert "no-such-program-anywhere" in ran.err


def test_a_program_that_the_system_cannot_start_is_said(
    fake: FakeDaemon, homeport: Type, own_home: Path, tmp_path: Path
) -> None:
    leave_address(own_home, url="http://127.0.0.1:1")
    (own_home / "state" / "token").write_text("t")
    program = tmp_path / "program"
    program.write_text("no program at all\n")
    program.chmod(0o755)
    ran = homeport("run", "--", str(program))
    assert (ran.status, ran.err) == (1, f"{program} cannot be started: Exec format error.\n")


def test_settings_lie_over_the_environment_and_an_empty_one_takes_away() -> None:
    given = {"PATH": "/bin", "EMPTY": "", "KEY": "secret", "URL": "elsewhere"}
    assert environment_with({"KEY": "", "URL": "here"}, given) == {
        "PATH": "/bin",
        "EMPTY": "",
        "URL": "here",
    }


def test_a_program_comes_in_by_each_wire(tmp_path: Path) -> None:
    program = (
        "import json, os, urllib.request\n"
        "def get(url, **headers):\n"
        "    return urllib.request.urlopen(urllib.request.Request(url, headers=headers)).status\n"
        "e = os.environ\n"
        "bearer = {'Authorization': 'Bearer ' + e['OPENAI_API_KEY']}\n"
        "print(get(e['OPENAI_BASE_URL'] + '/models', **bearer))\n"
        "print(get(e['OLLAMA_HOST'] + '/homeport/v1/status'))\n"
        "print(e.get('ANTHROPIC_API_KEY'))\n"
    )
    with a_home(tmp_path, ANTHROPIC_API_KEY="of-the-person") as home:
        ran = home.homeport("run", "--", sys.executable, "-c", program)
    assert (ran.returncode, ran.stdout.split()) == (0, ["200", "200", "None"]), ran.stderr
