"""What other programs need to come in over TCP."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.access import SHELLS, assignment, own_shell
from support.fake_daemon import leave_address

Type = Callable[..., Any]


@pytest.fixture
def token(own_home: Path) -> str:
    (own_home / "state").mkdir()
    (own_home / "state" / "token").write_text("t0ken\n")
    return "t0ken"


@pytest.mark.usefixtures("token")
def test_token(homeport: Type) -> None:
    assert homeport("token").out == "t0ken\n"
    assert homeport("token", "--json").json() == {"token": "t0ken"}


def test_no_token_yet(homeport: Type) -> None:
    ran = homeport("token")
    assert (ran.status, ran.out) == (4, "")
    assert "homeport start" in ran.err


@pytest.mark.usefixtures("token")
def test_env(homeport: Type, own_home: Path) -> None:
    leave_address(own_home, url="http://127.0.0.1:5000")
    ran = homeport("env", "--shell", "sh")
    assert ran.out == (
        "export OPENAI_BASE_URL=http://127.0.0.1:5000/v1\nexport OPENAI_API_KEY=t0ken\n"
    )
    assert ran.err == ""
    assert homeport("env", "--json").json() == {
        "OPENAI_BASE_URL": "http://127.0.0.1:5000/v1",
        "OPENAI_API_KEY": "t0ken",
    }


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("listen", "status", "said"),
    [
        ("port = 5001", 0, "export OPENAI_BASE_URL=http://127.0.0.1:5001/v1"),
        ("port = 0", 4, "its port is chosen when it starts"),
        ("tcp = false", 1, "homeport config set listen.tcp true"),
    ],
)
def test_env_after_a_daemon_that_is_gone_goes_by_the_config(
    homeport: Type, own_home: Path, listen: str, status: int, said: str
) -> None:
    leave_address(own_home, url="http://127.0.0.1:5000", pid=2**22 + 1)  # no process has it
    (own_home / "config.toml").write_text(f"[listen]\n{listen}\n")
    ran = homeport("env", "--shell", "sh")
    assert ran.status == status
    assert said in ran.out + ran.err
    assert ":5000" not in ran.out
    assert "homeport start" in ran.err or status == 1


@pytest.mark.usefixtures("token")
def test_env_of_the_address_that_is_named(
    homeport: Type, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_address(own_home, url="http://127.0.0.1:5000")
    monkeypatch.setenv("HOMEPORT_URL", "http://localhost:5002/")
    assert "export OPENAI_BASE_URL=http://localhost:5002/v1\n" in homeport("env").out
    monkeypatch.setenv("HOMEPORT_URL", "http://example.com")
    assert homeport("env").status == 1


@pytest.mark.usefixtures("token")
def test_env_without_tcp_says_how_to_get_it(homeport: Type, own_home: Path) -> None:
    leave_address(own_home, url="")
    ran = homeport("env")
    assert (ran.status, ran.out) == (1, "")
    assert "homeport config set listen.tcp true" in ran.err


@pytest.mark.parametrize("value", ["plain", "two words", "it's", "$HOME `x`"])
def test_a_shell_reads_back_what_was_written(value: str) -> None:
    script = f'{assignment("sh", "NAME", value)}\nprintf %s "$NAME"'
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == value


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "export N='it'\"'\"'s'"),
        ("fish", "set -gx N 'it'\"'\"'s';"),
        ("powershell", "$env:N = 'it''s'"),
        ("cmd", "set N=it's"),
    ],
)
def test_each_shell_has_its_words(shell: str, line: str) -> None:
    assert assignment(shell, "N", "it's") == line


@pytest.mark.parametrize(
    ("path", "shell"),
    [("/usr/bin/fish", "fish"), ("/bin/zsh", "zsh"), ("/bin/tcsh", "sh"), ("", "sh")],
)
def test_the_own_shell(monkeypatch: pytest.MonkeyPatch, path: str, shell: str) -> None:
    monkeypatch.setenv("SHELL", path)
    assert own_shell() == shell
    assert shell in SHELLS
