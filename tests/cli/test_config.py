"""Showing and setting the configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.cli.config import flat, value_of
from homeport.client import wire
from support.fake_daemon import FakeDaemon, Refusal

Type = Callable[..., Any]
VIEW = wire.ConfigView(
    path="/home/me/config.toml",
    exists=True,
    generation=3,
    error="",
    settings={
        "mode": "balanced",
        "budget": {"day_usd": 2.0, "month_usd": None},
        "server": [{"name": "lab"}],
        "keys": {},
    },
)

SHOWN = """\
/home/me/config.toml
mode              "balanced"
budget.day_usd    2.0
budget.month_usd  none
server            [{"name": "lab"}]
"""


@pytest.mark.parametrize("words", [[], ["show"]])
def test_show(fake: FakeDaemon, homeport: Type, words: list[str]) -> None:
    fake.answers["GET config"] = VIEW
    ran = homeport("config", *words)
    assert (ran.status, ran.out, ran.err) == (0, SHOWN, "")


def test_a_file_that_is_not_in_force_is_said(fake: FakeDaemon, homeport: Type) -> None:
    broken = msgspec.structs.replace(VIEW, error="line 3: no such key")
    fake.answers["GET config"] = broken
    out = homeport("config").out
    assert out.startswith(
        "/home/me/config.toml\nNot in force, the last good one is: line 3: no such key\n"
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [("", "every setting has its default"), ("It is gone.", "the settings below stay in force")],
)
def test_without_a_file_it_says_what_is_in_force(
    fake: FakeDaemon, homeport: Type, error: str, said: str
) -> None:
    fake.answers["GET config"] = msgspec.structs.replace(VIEW, error=error, exists=False)
    assert homeport("config").out.startswith(f"/home/me/config.toml (not there: {said})\n")


def test_json_is_the_view(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET config"] = VIEW
    told = homeport("config", "--json").out
    assert msgspec.json.decode(told, type=wire.ConfigView) == VIEW


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("0.5", 0.5),
        ("true", True),
        ('["a", "b"]', ["a", "b"]),
        ('"quoted"', "quoted"),
        ("balanced", "balanced"),
        ("none", None),
        ("two words", "two words"),
        ("", ""),
        ("1\nother = 2", "1\nother = 2"),
        ("2026-11-22", "2026-11-22"),
        ("[07:00:00]", "[07:00:00]"),
        ("nan", "nan"),
        ("[inf]", "[inf]"),
    ],
)
def test_set(fake: FakeDaemon, homeport: Type, text: str, value: object) -> None:
    assert value_of(text) == value
    fake.answers["POST config"] = VIEW
    assert homeport("config", "set", "some.key", text).status == 0
    assert fake.last("POST config").body == {"set": {"some.key": value}}


def test_what_was_set_is_shown(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST config"] = VIEW
    ran = homeport("config", "set", "budget.day_usd", "2")
    assert ran.out == "/home/me/config.toml\nbudget.day_usd  2.0\n"
    ran = homeport("config", "set", "budget", "none")
    assert len(ran.out.splitlines()) == 3


def test_a_setting_that_is_refused_is_said(fake: FakeDaemon, homeport: Type) -> None:
    trouble = wire.Trouble("config", "caller", "`mdoe` is not a setting. Did you mean `mode`?")
    fake.answers["POST config"] = Refusal(trouble, 400)
    ran = homeport("config", "set", "mdoe", "balanced")
    assert (ran.status, ran.out) == (2, "")
    assert "Did you mean `mode`?" in ran.err


@pytest.mark.parametrize(
    "words", [["set"], ["set", "mode"], ["show", "x"], ["check", "a", "b"], ["path", "x"]]
)
def test_wrong_usage(homeport: Type, words: list[str]) -> None:
    ran = homeport("config", *words)
    assert ran.status == 2
    assert f"homeport config {words[0]}" in ran.err


def test_path(homeport: Type, own_home: Path) -> None:
    assert homeport("config", "path").out == f"{own_home}/config.toml\n"
    assert homeport("config", "path", "--json").json() == {"path": f"{own_home}/config.toml"}


def test_nested_tables_have_dotted_names() -> None:
    assert flat({"a": {"b": {"c": 1}}, "d": 2}) == [("a.b.c", 1), ("d", 2)]


@pytest.fixture
def calm(own_home: Path) -> Path:
    """A home with a config file, and no daemon."""
    config = own_home / "config.toml"
    config.write_text('# mine\nmode = "prefer-local"\n')
    return config


def test_without_a_daemon_the_file_is_read_and_none_is_started(calm: Path, homeport: Type) -> None:
    ran = homeport("config")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"{calm}\n")
    assert '"prefer-local"' in ran.out
    assert homeport("config", "--json").json()["settings"]["mode"] == "prefer-local"
    assert not (calm.parent / "run").exists()


def test_without_a_daemon_a_setting_goes_into_the_file_and_none_is_started(
    calm: Path, homeport: Type
) -> None:
    assert homeport("config", "set", "budget.day_usd", "2").status == 0
    assert calm.read_text().startswith('# mine\nmode = "prefer-local"\n')
    assert "day_usd = 2" in calm.read_text()
    ran = homeport("config", "set", "mdoe", "balanced")
    assert (ran.status, ran.out) == (2, "")
    assert "`mode`" in ran.err
    assert not (calm.parent / "run").exists()


def test_a_broken_file_is_said_without_a_daemon(calm: Path, homeport: Type) -> None:
    calm.write_text("mdoe = 1\n")
    ran = homeport("config", "show")
    assert (ran.status, ran.out) == (2, "")
    assert "line 1" in ran.err


def test_a_daemon_elsewhere_has_its_file_elsewhere(
    calm: Path, homeport: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEPORT_URL", "http://127.0.0.1:9")
    ran = homeport("config", "set", "mode", "balanced")
    assert (ran.status, ran.out) == (4, "")
    assert "prefer-local" in calm.read_text()
