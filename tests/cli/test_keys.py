"""Keys by name; a value goes in by a pipe or a hidden prompt, and never comes out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon, Refusal
from support.terminals import in_terminal
from support.views import AT_MS

Type = Callable[..., Any]
SECRET = "sk-very-secret"
KEYS = (
    wire.KeyView("anthropic", "absent"),
    wire.KeyView("openai", "valid", "environment OPENAI_API_KEY", AT_MS),
    wire.KeyView("groq", "untested", "keyring"),
)

LISTED = """\
provider   key       kept in                     tested
groq       untested  keyring
openai     valid     environment OPENAI_API_KEY  2026-11-21 14:02:07
anthropic  absent
"""


@pytest.mark.parametrize("words", [[], ["list"]])
def test_keys(fake: FakeDaemon, homeport: Type, words: list[str]) -> None:
    fake.answers["GET keys"] = {"keys": KEYS}
    ran = homeport("keys", *words)
    assert (ran.status, ran.out, ran.err) == (0, LISTED, "")


def test_no_keys_names_the_command(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET keys"] = {"keys": (KEYS[0],)}
    assert "homeport keys add openai" in homeport("keys").out


def test_json_is_every_key(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET keys"] = {"keys": KEYS}
    told = homeport("keys", "--json").json()["keys"]
    assert msgspec.convert(told, tuple[wire.KeyView, ...]) == KEYS


def kept(asked: Any) -> dict[str, Any]:
    return {"keys": KEYS, "sentence": f"The key of {asked.body['provider']} is kept in keyring."}


def test_a_secret_comes_from_a_pipe(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST keys"] = kept
    ran = homeport("keys", "add", "openai", stdin=f"{SECRET}\n")
    assert (ran.status, ran.out) == (0, "The key of openai is kept in keyring.\n")
    sent = fake.last("POST keys").body
    assert sent == {"action": "add", "provider": "openai", "secret": SECRET}
    assert SECRET not in ran.out + ran.err


def test_a_secret_that_is_typed_is_not_shown(fake: FakeDaemon) -> None:
    fake.answers["POST keys"] = kept
    command = [sys.executable, "-m", "homeport.cli.main", "keys", "add", "openai"]
    seen, status = in_terminal(command, wait_for="Key for openai", typed=f"{SECRET}\n")
    assert status == 0
    assert SECRET not in seen
    assert fake.last("POST keys").body["secret"] == SECRET


def test_a_secret_is_no_word_of_the_command_line(fake: FakeDaemon, homeport: Type) -> None:
    ran = homeport("keys", "add", "openai", SECRET)
    assert ran.status == 2
    assert fake.routes() == []


def test_no_secret_at_all_is_said(fake: FakeDaemon, homeport: Type) -> None:
    ran = homeport("keys", "add", "openai", stdin="")
    assert ran.status == 2
    assert "No key came." in ran.err
    assert fake.routes() == []


def test_no_word_at_the_prompt_is_no_secret(fake: FakeDaemon) -> None:
    command = [sys.executable, "-m", "homeport.cli.main", "keys", "add", "openai"]
    seen, status = in_terminal(command, wait_for="Key for openai", typed="\x04")
    assert (status, "No key came." in seen) == (2, True)


@pytest.mark.parametrize(
    ("piped", "secret"),
    [(b"\xef\xbb\xbfsk-1\r\n", "sk-1"), (b"sk-2", "sk-2"), (b"sk-\xff\n", None)],
)
def test_a_secret_in_a_file_of_another_system(
    fake: FakeDaemon, piped: bytes, secret: str | None
) -> None:
    fake.answers["POST keys"] = kept
    command = [sys.executable, "-m", "homeport.cli.main", "keys", "add", "openai"]
    ran = subprocess.run(command, input=piped, capture_output=True, check=False)
    assert ran.returncode == (0 if secret else 2)
    sent = [asked.body["secret"] for asked in fake.asked if asked.route == "POST keys"]
    assert sent == ([secret] if secret else [])
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize("action", ["test", "remove"])
def test_the_other_actions(fake: FakeDaemon, homeport: Type, action: str) -> None:
    fake.answers["POST keys"] = kept
    assert homeport("keys", action, "groq").status == 0
    assert fake.last("POST keys").body == {"action": action, "provider": "groq"}


@pytest.mark.parametrize("words", [["add"], ["test"], ["remove"], ["list", "openai"]])
def test_wrong_usage(homeport: Type, words: list[str]) -> None:
    ran = homeport("keys", *words)
    assert ran.status == 2
    assert ran.err.startswith(f"Write: homeport keys {words[0]}")


def test_an_unknown_provider_is_said(fake: FakeDaemon, homeport: Type) -> None:
    trouble = wire.Trouble("unknown_provider", "caller", "There is no provider opnai.")
    fake.answers["POST keys"] = Refusal(trouble, 404)
    assert homeport("keys", "test", "opnai").err.startswith("There is no provider opnai.")
