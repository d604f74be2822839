"""A fake daemon where this test's home says that it listens, and a way to type commands."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.main import main
from support.fake_daemon import FakeDaemon, listening


@dataclass
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Its output, which is one JSON document."""
        return json.loads(self.out)


@pytest.fixture
def fake(own_home: Path) -> Iterator[FakeDaemon]:
    with listening(own_home / "run" / "homeport.sock") as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def utc(in_utc: None) -> None:
    """Times are printed in UTC."""


@pytest.fixture
def homeport(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ran]:
    """Types a command; `stdin` is what is piped into it, None is a terminal with nobody at it."""

    def run(*words: str, stdin: str | None = None) -> Ran:
        with piped(stdin) if stdin is not None else nullcontext() as stream:
            if stream is not None:
                monkeypatch.setattr("sys.stdin", stream)
            status = main(words)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return run


def piped(text: str) -> io.TextIOWrapper:
    """The reading end of a real pipe that holds a text."""
    read_end, write_end = os.pipe()
    with open(write_end, "w", encoding="utf-8") as pipe:
        pipe.write(text)
    return open(read_end, encoding="utf-8")
