"""Finding the verb, and turning trouble into words and statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.verbs import VERBS
from homeport.client import wire
from support.fake_daemon import FakeDaemon, Refusal
from support.terminals import in_terminal
from support.views import why

Type = Callable[..., Any]
HOMEPORT = [sys.executable, "-m", "homeport.cli.main"]


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["help", "nothing"]])
def test_help_lists_every_verb(homeport: Type, words: list[str]) -> None:
    ran = homeport(*words)
    assert (ran.status, ran.err) == (0, "")
    for verb in VERBS:
        assert f"  {verb.name} " in ran.out


def test_help_for_a_verb(homeport: Type) -> None:
    assert homeport("help", "why").out == homeport("why", "--help").out


@pytest.mark.parametrize(
    ("typed", "meant"), [("aks", "ask"), ("stauts", "status"), ("model", "models"), ("wy", "why")]
)
def test_a_typo_gets_the_nearest_verb(homeport: Type, typed: str, meant: str) -> None:
    ran = homeport(typed, "something")
    assert ran.status == 2
    assert f"`homeport {meant}`" in ran.err.partition("Did you mean ")[2].partition("?")[0]


def test_a_sentence_without_a_verb_is_shown_how(homeport: Type) -> None:
    ran = homeport("Warum ist der Himmel blau?")
    assert ran.status == 2
    assert 'homeport ask "Warum ist der Himmel blau?"' in ran.err


@pytest.mark.parametrize(
    ("words", "meant"), [(["--json", "status"], "status --json"), (["-q"], "VERB -q")]
)
def test_an_option_before_its_verb_is_shown_how(
    homeport: Type, words: list[str], meant: str
) -> None:
    ran = homeport(*words)
    assert (ran.status, ran.err) == (2, f"The verb comes first: homeport {meant}\n")


def test_a_wrong_option_gets_the_nearest(homeport: Type) -> None:
    ran = homeport("ask", "x", "--polcy", "balanced")
    assert ran.status == 2
    assert (
        ran.err
        == "homeport ask: unrecognized arguments: --polcy balanced. Did you mean --policy?\n"
    )


def test_no_words_and_no_terminal_is_said(homeport: Type) -> None:
    ran = homeport()
    assert ran.status == 2
    assert "needs a terminal" in ran.err


def test_no_daemon_has_its_status_and_its_command(homeport: Type, own_home: Path) -> None:
    ran = homeport("status")
    assert ran.status == 4
    assert ran.err == (
        f"No daemon is running: there is no socket {own_home}/run/homeport.sock.\n"
        "To start it: homeport start\n"
    )


def test_no_daemon_as_json(homeport: Type) -> None:
    error = homeport("status", "--json").json()["error"]
    assert (error["code"], error["blame"]) == ("no_daemon", "daemon")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (2, ["status", "now"]),
        (2, ["ask"]),
        (2, ["ask", "hi", "--max-tokens", "0"]),
        (2, ["route", "-f", "/nowhere"]),
        (2, ["compare", "-f", "/nowhere"]),
        (2, ["chat", "--session", "../x"]),
        (2, ["batch", "/nowhere"]),
        (2, ["budget", "set"]),
        (2, ["cache", "show", "7f3a"]),
        (2, ["config", "set", "mode"]),
        (2, ["feedback", "up", "last", "text"]),
        (2, ["keys", "add"]),
        (2, ["models", "list", "x"]),
        (2, ["outbox", "drop"]),
        (2, ["policy", "show"]),
        (2, ["run"]),
        (2, ["spend", "estimate"]),
        (2, ["spend", "reconcile"]),
        (2, ["why", ""]),
        (1, ["ask", "hi", "--output", "/nowhere/x"]),
        (1, ["config", "check", "/nowhere"]),
        (1, ["feedback", "edit", "last", "/nowhere", "--original", "/nowhere"]),
        (1, ["logs"]),
        (1, ["policy", "check", "/nowhere"]),
        (1, ["replay", "--policy", "/nowhere.toml"]),
        (1, ["spend", "reconcile", "/nowhere"]),
    ],
)
def test_what_the_command_itself_refuses_as_json(
    fake: FakeDaemon, homeport: Type, status: int, words: list[str]
) -> None:
    ran = homeport(*words, "--json")
    assert (ran.status, fake.routes()) == (status, [])
    code = {1: "local", 2: "usage"}[status]
    said = {"code": code, "blame": "caller", "sentence": ran.err.rstrip("\n")}
    assert ran.json() == {"error": said}


@pytest.mark.parametrize(
    "words", [["watch"], ["logs"], ["chat", "--session", "../x"], ["watch", "-n", "0"]]
)
def test_where_json_comes_in_lines_an_error_is_one(homeport: Type, words: list[str]) -> None:
    (line,) = homeport(*words, "--json").out.splitlines()
    assert json.loads(line)["error"]["sentence"]


def test_json_behind_two_dashes_is_a_word_of_the_prompt(homeport: Type) -> None:
    assert homeport("ask", "-f", "/nowhere", "--", "--json").out == ""


def test_another_version_is_said_with_an_error(
    fake: FakeDaemon, homeport: Type, own_home: Path
) -> None:
    (own_home / "state").mkdir()
    (own_home / "state" / "daemon.json").write_text('{"version": "0.0.9"}')
    fake.answers["GET spend"] = Refusal(wire.Trouble("not_found", "caller", "No route."), 404)
    err = homeport("spend").err
    assert "The running daemon is version 0.0.9" in err
    assert "homeport restart" in err


def test_a_fault_of_ours_is_not_hidden(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET status"] = {"models": 7}
    with pytest.raises((AttributeError, TypeError)):
        homeport("status")


def test_a_reader_that_went_away_is_no_complaint(fake: FakeDaemon) -> None:
    pipe = subprocess.run(
        ["sh", "-c", '"$@" | true', "sh", *HOMEPORT, "--help"], capture_output=True, check=False
    )
    assert pipe.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_a_full_disk_behind_the_output_is_said(fake: FakeDaemon) -> None:
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [*HOMEPORT, "version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    said = "The output cannot be written: No space left on device.\n"
    assert (ran.returncode, ran.stderr) == (1, said)


@pytest.mark.parametrize("words", [["route", "hi"], ["chat"], ["keys", "add", "openai"], ["aks"]])
def test_streams_that_are_closed_are_as_good_as_empty(fake: FakeDaemon, words: list[str]) -> None:
    fake.answers["POST route"] = why()
    command = [*HOMEPORT, *words]
    empty = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    for closed in ("<&-", ">&-", "2>&-"):
        ran = subprocess.run(
            ["sh", "-c", f'"$@" {closed}', "sh", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        out, err = (closed != ">&-") * empty.stdout, (closed != "2>&-") * empty.stderr
        assert (ran.returncode, ran.stdout, ran.stderr) == (empty.returncode, out, err)


def test_ctrl_c_has_its_status(monkeypatch: pytest.MonkeyPatch, homeport: Type) -> None:
    def interrupted(args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("homeport.cli.version.run", interrupted)
    assert homeport("version").status == 130


def test_the_terminal_interface_is_handed_every_word() -> None:
    seen, _ = in_terminal([*HOMEPORT, "tui", "--nonexistent-option"])
    assert "--nonexistent-option" in seen
