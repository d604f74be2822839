"""The command line of the terminal interface, as a process."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from pathlib import Path

import pytest

from homeport.tui import main
from support import sights
from support.fake_events import FakeEvents
from support.terminals import in_terminal


async def run_tui(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and talk of `python -m homeport.tui`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "homeport.tui",
        *arguments,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        output, talk = await process.communicate()
    return process.returncode or 0, output.decode(), talk.decode()


async def test_one_frame_of_a_live_daemon(tmp_path: Path) -> None:
    async with FakeEvents(tmp_path / "s", sights.snapshot()) as daemon:
        code, output, talk = await run_tui("--once", HOMEPORT_SOCKET=str(daemon.path))
    assert (code, talk) == (0, "")
    assert "● live" in output
    assert "14:02:19" in output


async def test_one_frame_in_ascii(tmp_path: Path) -> None:
    async with FakeEvents(tmp_path / "s", sights.snapshot()) as daemon:
        code, output, _ = await run_tui("--once", "--ascii", HOMEPORT_SOCKET=str(daemon.path))
    assert code == 0
    assert output.isascii()


async def test_without_a_daemon_the_command_that_starts_one(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    code, output, _ = await run_tui("--once", "--no-start", HOMEPORT_SOCKET=absent)
    assert code == 4
    assert "homeport start" in output
    assert "there is no socket" in output


async def test_another_version_is_a_failure_with_words(tmp_path: Path) -> None:
    strange = b'{"type":"snapshot","version":"9.9","api_version":7}'
    async with FakeEvents(tmp_path / "s", strange) as daemon:
        code, output, _ = await run_tui("--once", HOMEPORT_SOCKET=str(daemon.path))
    assert code == 1
    assert "versions differ" in output


def test_letters_that_the_output_has_no_code_for_are_replaced() -> None:
    taken = io.BytesIO()
    output = io.TextIOWrapper(taken, encoding="latin-1")
    assert main.print_frame("● live", output) == 0
    assert taken.getvalue() == b"? live"


def test_an_output_that_nobody_reads_ends_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "w") as pipe:
        assert main.print_frame("x", pipe) == 141
    assert main.print_frame("x", None) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_an_output_without_room_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with open("/dev/full", "w") as full:
        assert main.print_frame("x", full) == 1
    said = "The output cannot be written: No space left on device.\n"
    assert capsys.readouterr().err == said


async def test_without_a_terminal_it_says_what_to_do() -> None:
    code, output, talk = await run_tui()
    assert (code, output) == (2, "")
    assert "--once" in talk


def test_a_terminal_that_cannot_move_its_cursor_is_told_so() -> None:
    shown, status = in_terminal(["env", "TERM=dumb", sys.executable, "-m", "homeport.tui"])
    assert status == 2
    assert "This terminal cannot move its cursor" in shown
    assert "homeport watch" in shown


@pytest.mark.parametrize(
    ("locale", "unicode"),
    [
        ({}, True),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "en_US.utf8@euro"}, True),
        ({"LANG": "en_US"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, False),
        ({"LC_CTYPE": "POSIX"}, False),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
    ],
)
def test_letters_beyond_ascii_need_a_terminal_that_takes_them(
    locale: dict[str, str], unicode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert main._speaks_unicode() is unicode


async def test_without_utf_8_a_frame_is_ascii(tmp_path: Path) -> None:
    async with FakeEvents(tmp_path / "s", sights.snapshot()) as daemon:
        there = {"HOMEPORT_SOCKET": str(daemon.path), "LC_ALL": "C"}
        code, output, _ = await run_tui("--once", **there)
    assert code == 0
    assert output.isascii()


async def test_the_help_names_every_flag() -> None:
    code, output, _ = await run_tui("--help")
    assert code == 0
    for flag in ("--ascii", "--once", "--readonly", "--no-start"):
        assert flag in output
