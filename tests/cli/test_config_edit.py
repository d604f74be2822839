"""Editing the config with a small program as the editor."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.fake_daemon import FakeDaemon
from support.terminals import in_terminal

Type = Callable[..., Any]


@pytest.fixture
def config(own_home: Path) -> Path:
    path = own_home / "config.toml"
    path.write_text("# mine\n")
    path.chmod(0o600)
    return path


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An editor that runs a shell script with the file as $1."""
    path = tmp_path / "my editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"'{path}'")
    monkeypatch.setenv("EDITOR", "false")


def judge(asked: Any) -> dict[str, Any]:
    bad = "wrong" in asked.body["check"]
    return {"ok": not bad, "error": "line 2: wrong" if bad else ""}


def test_a_good_edit_is_put_in_place(
    fake: FakeDaemon,
    homeport: Type,
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.answers["POST config"] = judge
    editor(tmp_path, monkeypatch, 'echo \'mode = "balanced"\' >> "$1"')
    ran = homeport("config", "edit")
    assert (ran.status, ran.out) == (0, f"{config} is in place.\n")
    assert config.read_text() == '# mine\nmode = "balanced"\n'
    assert config.stat().st_mode & 0o777 == 0o600


def test_what_was_changed_while_the_editor_was_open_is_not_lost(
    fake: FakeDaemon,
    homeport: Type,
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.answers["POST config"] = judge
    script = f"echo 'mode = \"balanced\"' >> \"$1\"; echo '# theirs' > '{config}'"
    editor(tmp_path, monkeypatch, script)
    ran = homeport("config", "edit")
    beside = config.with_name("config.toml.edited")
    assert (ran.status, ran.out, config.read_text()) == (1, "", "# theirs\n")
    assert beside.read_text() == '# mine\nmode = "balanced"\n'
    assert f"changed meanwhile and is left so; your text is {beside}." in ran.err


def test_a_wrong_edit_leaves_the_file_as_it_was(
    fake: FakeDaemon,
    homeport: Type,
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.answers["POST config"] = judge
    editor(tmp_path, monkeypatch, 'echo wrong >> "$1"')
    ran = homeport("config", "edit")
    assert ran.status == 1
    assert "line 2: wrong" in ran.err
    assert f"{config} is as it was." in ran.err
    assert config.read_text() == "# mine\n"


def test_a_wrong_edit_can_be_mended(
    fake: FakeDaemon, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["POST config"] = judge
    script = 'if grep -q wrong "$1"; then echo mended > "$1"; else echo wrong >> "$1"; fi'
    editor(tmp_path, monkeypatch, script)
    command = [sys.executable, "-m", "homeport.cli.main", "config", "edit"]
    seen, status = in_terminal(command, wait_for="Edit it again?", typed="\n")
    assert status == 0
    assert "line 2: wrong" in seen
    assert config.read_text() == "mended\n"


def test_no_change_is_no_question(
    homeport: Type, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, "true")
    assert homeport("config", "edit").out == "Nothing was changed.\n"
    told = homeport("config", "edit", "--json").json()
    assert told == {"path": str(config), "changed": False}


def test_a_file_that_was_not_there_is_made(
    fake: FakeDaemon,
    homeport: Type,
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.answers["POST config"] = judge
    editor(tmp_path, monkeypatch, 'echo fine > "$1"')
    assert homeport("config", "edit").status == 0
    assert (own_home / "config.toml").read_text() == "fine\n"


def test_an_editor_that_fails_changes_nothing(
    homeport: Type, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, 'echo half >> "$1"; exit 3')
    ran = homeport("config", "edit")
    assert ran.status == 1
    assert "ended with status 3" in ran.err
    assert config.read_text() == "# mine\n"


def test_an_editor_that_is_not_there_is_said(
    homeport: Type, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "/nonexistent/editor")
    ran = homeport("config", "edit")
    assert ran.status == 1
    assert "Set VISUAL or EDITOR" in ran.err
    assert os.listdir(config.parent) == ["config.toml"]


@pytest.mark.parametrize(
    ("named", "word"), [("it's", "it's"), ("no-such-editor", "no-such-editor")]
)
def test_an_editor_that_cannot_be_started_is_said(
    fake: FakeDaemon,
    homeport: Type,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
    word: str,
) -> None:
    monkeypatch.setenv("VISUAL", named)
    ran = homeport("config", "edit")
    assert ran.status == 1
    assert ran.err.startswith(f"The editor {word} cannot be started: ")


def test_an_editor_of_no_word_is_the_usual_one(
    fake: FakeDaemon,
    homeport: Type,
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "vi").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "vi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("VISUAL", " ")
    assert homeport("config", "edit").out == "Nothing was changed.\n"


def test_no_word_at_the_question_edits_no_more(
    fake: FakeDaemon, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["POST config"] = judge
    editor(tmp_path, monkeypatch, 'echo wrong > "$1"')
    command = [sys.executable, "-m", "homeport.cli.main", "config", "edit"]
    seen, status = in_terminal(command, wait_for="Edit it again?", typed="\x04")
    assert (status, "is as it was" in seen) == (1, True)
    assert config.read_text() == "# mine\n"


def test_a_file_that_is_no_text_can_be_mended(
    fake: FakeDaemon, homeport: Type, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["POST config"] = judge
    config.write_bytes(b"# m\xfcll\n")
    editor(tmp_path, monkeypatch, f'cp "$1" {tmp_path}/seen; echo "# more" >> "$1"')
    ran = homeport("config", "edit")
    assert (ran.status, config.read_bytes()) == (1, b"# m\xfcll\n")
    assert (tmp_path / "seen").read_bytes() == b"# m\xfcll\n"
    assert "line 1: This is not UTF-8 text." in ran.err
    editor(tmp_path, monkeypatch, 'echo "# mine" > "$1"')
    assert homeport("config", "edit").status == 0
    assert config.read_text() == "# mine\n"


def test_an_editor_that_leaves_no_file_changes_nothing(
    fake: FakeDaemon, homeport: Type, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, 'rm "$1"')
    ran = homeport("config", "edit")
    assert (ran.status, config.read_text()) == (1, "# mine\n")
    assert ran.err == f"The editor left no file.\n{config} is as it was.\n"


def test_a_config_that_is_no_file_is_said(
    fake: FakeDaemon, homeport: Type, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", "true")
    config.unlink()
    config.mkdir()
    ran = homeport("config", "edit")
    assert (ran.status, ran.err) == (1, f"{config} cannot be read: Is a directory.\n")
