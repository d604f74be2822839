"""The end of the log, and what is added to it."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.cli.logs import start_of_last
from homeport.client import paths

Type = Callable[..., Any]


@pytest.fixture
def log(own_home: Path) -> Path:
    path = paths.log_path()
    path.parent.mkdir()
    path.write_text("".join(f"line {n}\n" for n in range(100)))
    return path


@pytest.mark.usefixtures("log")
def test_logs(homeport: Type) -> None:
    assert homeport("logs", "-n", "2").out == "line 98\nline 99\n"
    assert len(homeport("logs").out.splitlines()) == 50


@pytest.mark.usefixtures("log")
def test_json_is_a_document_a_line(homeport: Type) -> None:
    out = homeport("logs", "--lines", "1", "--json").out
    assert json.loads(out) == {"line": "line 99"}


def test_control_codes_are_shown_not_obeyed(homeport: Type, log: Path) -> None:
    log.write_bytes(b"a\x1b[2Jb\xff\n")
    assert homeport("logs").out == "a␛[2Jb�\n"


def test_no_log_is_said(homeport: Type) -> None:
    ran = homeport("logs")
    assert ran.status == 1
    assert "homeport start" in ran.err


@given(
    st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=30),
    st.integers(1, 40),
    st.integers(1, 64),
)
def test_the_last_lines_are_those_of_the_whole(
    written: list[bytes], count: int, block: int
) -> None:
    whole = b"".join(line + b"\n" for line in written)
    patch = pytest.MonkeyPatch()
    patch.setattr("homeport.cli.logs._BLOCK_BYTES", block)
    try:
        start = start_of_last(io.BytesIO(whole), count)
    finally:
        patch.undo()
    assert whole[start:] == b"".join(line + b"\n" for line in written[-count:])


def test_following_goes_on_through_halves_cuts_and_replacements(log: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "homeport.cli.main", "logs", "-f", "-n", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "line 99\n"
    with log.open("a") as stream:
        stream.write("half ")
        stream.flush()
        stream.write("whole\n")
    assert process.stdout.readline() == "half whole\n"
    log.rename(log.with_suffix(".1"))
    log.write_text("replaced\n")
    assert process.stdout.readline() == "replaced\n"
    log.write_text("cut\n")
    assert process.stdout.readline() == "cut\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")
