"""Every verb as a process against one real daemon, its JSON held to the types of the wire."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.daemon import QUIET_CONFIG

ECHO = (
    "name=calm;words=Hello there|"
    "name=slow;words=" + "word " * 500 + ";tokens_per_s=20"
    "|name=broken;fault=reset"
)
Typed = subprocess.CompletedProcess[str]
Type = Callable[..., Typed]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One home for all of them; its daemon is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="homeport-") as folder:
        (Path(folder) / "config.toml").write_text(QUIET_CONFIG)
        yield Path(folder)
        subprocess.run(command("stop"), env=environment(Path(folder)), check=True)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "homeport.cli.main", *words]


def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOMEPORT_HOME": str(home), "HOME": str(home), "HOMEPORT_ECHO": ECHO}


@pytest.fixture
def typed(home: Path) -> Type:
    def run(*words: str, stdin: str = "") -> Typed:
        return subprocess.run(
            command(*words),
            env=environment(home),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    started = run("start")
    assert started.returncode == 0, started.stderr
    return run


def ask(typed: Type, *words: str) -> wire.AskResult:
    ran = typed("ask", "--json", "--model", "echo/calm", *words)
    assert ran.returncode == 0, ran.stderr
    return msgspec.json.decode(ran.stdout, type=wire.AskResult)


def test_ask_prints_the_answer_and_a_line(typed: Type) -> None:
    ran = typed("ask", "--model", "echo/calm", "Say", "hello")
    assert (ran.returncode, ran.stdout) == (0, "Hello there\n")
    line = ran.stderr.splitlines()[0]
    assert line.startswith("local calm · ")
    assert line.endswith(" · $0")


def test_ask_reads_a_pipe(typed: Type) -> None:
    ran = typed("ask", "--model", "echo/calm", stdin="What is this?")
    assert ran.stdout == "Hello there\n"


def test_why_explains_what_ask_did(typed: Type) -> None:
    result = ask(typed, "hello", "--tag", "docs", "--session", "s1")
    told = typed("why", result.decision, "--json")
    why = msgspec.json.decode(told.stdout, type=wire.Why)
    assert why.request.id == result.decision
    assert why.replay == "identical"
    assert typed("why", "last").stdout.startswith(result.decision)
    assert typed("why", result.decision[:-1]).returncode == 0


def test_a_private_prompt_may_not_be_asked_of_the_cloud(typed: Type) -> None:
    ran = typed("ask", "--private", "--policy", "cloud-only", "hello")
    assert ran.returncode == 3, ran.stderr
    assert "homeport why" in ran.stderr


def test_an_unknown_model_is_wrong_usage_with_the_nearest(typed: Type) -> None:
    ran = typed("ask", "--model", "echo/clam", "hello")
    assert ran.returncode == 2, ran.stderr
    assert "echo/calm" in ran.stderr


def test_an_unknown_policy_is_wrong_usage(typed: Type) -> None:
    assert typed("ask", "--policy", "best-effort", "hello").returncode == 2


def test_a_model_that_breaks_is_gone_on_from(typed: Type) -> None:
    ran = typed("ask", "--json", "--model", "echo/broken", "hello")
    result = msgspec.json.decode(ran.stdout, type=wire.AskResult)
    assert len(result.attempts) == 2
    assert result.attempts[0].outcome == "reset"


def test_ctrl_c_cancels_and_the_daemon_knows(typed: Type, home: Path) -> None:
    process = subprocess.Popen(
        command("ask", "--model", "echo/slow", "hello"),
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.read(4) == b"word"
    watch = subprocess.Popen(
        command("watch", "--json"),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert watch.stdout is not None
    assert json.loads(watch.stdout.readline())["type"] == "snapshot"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    events = (json.loads(line) for line in watch.stdout)
    settled = next(event for event in events if event["type"] == "settled")
    assert settled["request"]["state"] == "cancelled"
    watch.send_signal(signal.SIGINT)
    watch.communicate(timeout=20)


def test_route_decides_without_asking(typed: Type) -> None:
    before = msgspec.json.decode(typed("spend", "--json").stdout, type=wire.SpendReport)
    told = typed("route", "--json", "--model", "echo/calm", "hello")
    why = msgspec.json.decode(told.stdout, type=wire.Why)
    assert why.steps[0].order[0].model == "echo/calm"
    assert typed("route", "hello").stdout.startswith("local echo/")
    after = msgspec.json.decode(typed("spend", "--json").stdout, type=wire.SpendReport)
    assert before.rows == after.rows


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["status"], wire.Snapshot),
        (["spend"], wire.SpendReport),
        (["spend", "--by", "tag"], wire.SpendReport),
        (["budget"], wire.SpendView),
        (["config"], wire.ConfigView),
        (["models", "--refresh"], dict[str, tuple[wire.ModelView, ...]]),
        (["keys"], dict[str, tuple[wire.KeyView, ...]]),
        (["offline"], wire.LinkView),
        (["online"], wire.LinkView),
        (["env"], dict[str, str]),
        (["token"], dict[str, str]),
        (["version"], dict[str, Any]),
        (["doctor"], wire.DoctorReport),
    ],
)
def test_json_is_of_the_wire_and_text_is_there(typed: Type, words: list[str], kind: Any) -> None:
    as_json = typed(*words, "--json")
    msgspec.json.decode(as_json.stdout, type=kind)
    as_text = typed(*words)
    assert as_text.returncode == as_json.returncode
    assert as_text.stdout
    assert as_text.returncode in ((0, 1) if words == ["doctor"] else (0,)), as_text.stderr


def test_a_budget_is_set_and_taken_away(typed: Type) -> None:
    assert "$2.00" in typed("budget", "--day", "2").stdout
    assert "none" in typed("budget", "--day", "none").stdout.splitlines()[1]


def test_a_setting_is_set_and_comments_are_kept(typed: Type, home: Path) -> None:
    config = home / "config.toml"
    config.write_text("# mine\n" + config.read_text())
    assert '"balanced"' in typed("config", "set", "mode", "balanced").stdout
    assert config.read_text().startswith("# mine\n")
    wrong = typed("config", "set", "mdoe", "balanced")
    assert wrong.returncode == 2
    assert "mode" in wrong.stderr
    typed("config", "set", "mode", "prefer-local")


def test_a_key_goes_in_and_never_comes_out(typed: Type, home: Path) -> None:
    added = typed("keys", "add", "groq", stdin="gsk_verysecretverysecret\n")
    assert added.returncode == 0, added.stderr
    listed = typed("keys", "--json")
    keys = {key["provider"]: key["state"] for key in json.loads(listed.stdout)["keys"]}
    assert keys["groq"] in ("untested", "valid")
    log = (home / "state" / "homeportd.log").read_text()
    assert "verysecret" not in added.stdout + added.stderr + listed.stdout + log
    assert typed("keys", "remove", "groq").returncode == 0


def test_the_log_is_there(typed: Type) -> None:
    assert "listening" in typed("logs").stdout
