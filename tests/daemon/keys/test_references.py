"""Secrets are found where references say, and refused where they are not safe."""

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from homeport.daemon.keys.references import find, from_command, from_file, kind_of, told
from homeport.daemon.keys.secret import KeyTrouble, Secret

TEXT = "sk-0123456789abcdef"


def no_keyring(service, name):
    return None


def look(reference, environment=os.environ, from_keyring=no_keyring):
    return find(reference, environment, from_keyring)


def python(code):
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("env:NAME", "env"),
        ("file:~/key", "file"),
        ("keyring:openai", "keyring"),
        ("command:pass show x", "command"),
        ("openai", ""),
        ("env:", ""),
        ("env:  ", ""),
        ("vault:x", ""),
        (TEXT, ""),
    ],
)
def test_the_kinds(text, kind):
    assert kind_of(text) == kind


def test_the_environment():
    assert look("env:A", {"A": f" {TEXT} "}) == Secret(TEXT)
    assert look("env:A", {}) is None
    assert look("env:A", {"A": "  "}) is None


def test_the_keyring_of_this_program_and_of_others():
    asked = []

    def from_keyring(service, name):
        asked.append((service, name))
        return Secret(TEXT)

    assert look("keyring:openai", {}, from_keyring) == Secret(TEXT)
    look("keyring:other/service/openai", {}, from_keyring)
    assert asked == [("", "openai"), ("other/service", "openai")]


def test_what_is_no_reference():
    with pytest.raises(KeyTrouble, match="names no place"):
        look(TEXT)


def test_a_private_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(TEXT + "\n")
    path.chmod(0o600)
    assert look(f"file:{path}") == Secret(TEXT)
    assert look(f"file:{tmp_path}/absent") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_helps(tmp_path, mode):
    path = tmp_path / "my key"
    path.write_text(TEXT)
    path.chmod(mode)
    with pytest.raises(KeyTrouble) as caught:
        from_file(path)
    assert f"chmod 600 '{path}'" in caught.value.sentence
    assert TEXT not in caught.value.sentence


def test_files_that_are_no_key_files(tmp_path):
    with pytest.raises(KeyTrouble, match="no plain file"):
        from_file(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "binary").chmod(0o600)
    with pytest.raises(KeyTrouble, match="something else"):
        from_file(tmp_path / "binary")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(KeyTrouble, match="cannot be read"):
        from_file(tmp_path / "loop")


def test_a_command_prints_the_key():
    line = python(f"print('{TEXT}'); print('other lines')")
    assert look(f"command:{line}") == Secret(TEXT)


def test_no_shell_is_involved(tmp_path):
    mark = tmp_path / "made-by-a-shell"
    with pytest.raises(KeyTrouble):
        from_command(f"echo {TEXT} ; touch {mark}", dict(os.environ))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (f"import sys; sys.stderr.write('{TEXT}'); sys.exit(3)", r"failed \(exit 3\)"),
        ("pass", "empty"),
        ("print('x' * 100_000)", "far more than a key"),
        ("while True: print('x' * 100_000)", "far more than a key"),
        ("import os, time; print('x' * 20, flush=True); os.close(1); time.sleep(60)", "no key in"),
    ],
)
def test_a_command_that_gives_no_key(code, words):
    with pytest.raises(KeyTrouble, match=words) as caught:
        from_command(python(code), dict(os.environ), timeout_s=0.3 if "no key in" in words else 60)
    assert TEXT not in caught.value.sentence


@pytest.mark.parametrize("line", ["/no/such/program --key x", "'unbalanced"])
def test_a_command_that_cannot_be_run(line):
    with pytest.raises(KeyTrouble, match="cannot be run") as caught:
        from_command(line, dict(os.environ))
    assert "--key" not in caught.value.sentence


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"sleep 600 & echo $! >{shlex.quote(str(pid_file))}; wait"
    with pytest.raises(KeyTrouble, match="gave no key in"):
        from_command(f"sh -c {shlex.quote(script)}", dict(os.environ), timeout_s=2)
    until(lambda: has_ended(pid_file.read_text()))


def has_ended(pid):
    try:
        return Path(f"/proc/{pid.strip()}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


def until(done):
    ends = time.monotonic() + 30
    while not done():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:OPENAI_API_KEY", "environment OPENAI_API_KEY"),
        ("file:/home/a/key", "file /home/a/key"),
        ("keyring:openai", "keyring openai"),
        (f"command:/usr/bin/vault --token {TEXT}", "command vault"),
        ("command:'unbalanced", "command (unreadable)"),
    ],
)
def test_references_are_told_without_arguments(reference, words):
    assert told(reference) == words
