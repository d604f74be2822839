"""From typed words, files and pipes to one prompt."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.prompting import milliseconds, nano_dollars, positive, temperature
from support.fake_daemon import FakeDaemon
from support.views import why

Type = Callable[..., Any]


def sent(fake: FakeDaemon) -> str:
    return str(fake.last("POST route").body["prompt"])


@pytest.fixture(autouse=True)
def routed(fake: FakeDaemon) -> None:
    fake.answers["POST route"] = why()


def test_words_are_joined(fake: FakeDaemon, homeport: Type) -> None:
    homeport("route", "why", "is", "that")
    assert sent(fake) == "why is that"


def test_files_follow_with_their_names(fake: FakeDaemon, homeport: Type, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("alpha\n")
    (tmp_path / "b.txt").write_text("beta")
    homeport("route", "Compare", "-f", str(tmp_path / "a.txt"), "--file", str(tmp_path / "b.txt"))
    assert sent(fake) == "Compare\n\na.txt:\n\nalpha\n\n\nb.txt:\n\nbeta"


def test_the_mark_that_begins_files_of_other_systems_is_no_text(
    fake: FakeDaemon, homeport: Type, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfalpha\r\n")
    homeport("route", "-f", str(tmp_path / "a.txt"), stdin="\ufeffbeta")
    assert sent(fake) == "a.txt:\n\nalpha\n\n\nbeta"


def test_words_that_are_no_text_are_refused(homeport: Type) -> None:
    ran = homeport("route", b"\xff".decode("utf-8", "surrogateescape"))
    assert (ran.status, ran.err) == (2, "The prompt is not text in UTF-8.\n")


def test_a_pipe_comes_last(fake: FakeDaemon, homeport: Type) -> None:
    homeport("route", "Summarise", stdin="the text ✓\n")
    assert sent(fake) == "Summarise\n\nthe text ✓\n"


def test_a_pipe_alone_is_a_prompt(fake: FakeDaemon, homeport: Type) -> None:
    homeport("route", stdin="only this")
    assert sent(fake) == "only this"


def test_a_dash_reads_the_pipe(fake: FakeDaemon, homeport: Type) -> None:
    homeport("route", "-", stdin="only this")
    assert sent(fake) == "only this"


def test_an_empty_pipe_adds_nothing(fake: FakeDaemon, homeport: Type) -> None:
    homeport("route", "hello", stdin="\n")
    assert sent(fake) == "hello"


def test_after_two_dashes_everything_is_the_prompt(fake: FakeDaemon, homeport: Type) -> None:
    homeport("route", "--", "--private", "means what?")
    assert sent(fake) == "--private means what?"


@pytest.mark.parametrize("words", [[], [" "], ["-"]])
def test_nothing_to_ask_is_wrong_usage(homeport: Type, words: list[str]) -> None:
    ran = homeport("route", *words, stdin="")
    assert ran.status == 2
    assert "There is nothing to ask." in ran.err


def test_a_file_that_is_not_there_is_said(homeport: Type) -> None:
    ran = homeport("route", "-f", "/nonexistent.txt")
    assert (ran.status, ran.err) == (
        2,
        "/nonexistent.txt cannot be read: No such file or directory.\n",
    )


def test_a_file_that_is_not_text_is_said(homeport: Type, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG\xff")
    ran = homeport("route", "-f", str(tmp_path / "x.png"))
    assert ran.status == 2
    assert "not a text file in UTF-8" in ran.err


def test_a_pipe_that_stays_open_is_explained(fake: FakeDaemon) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "homeport.cli.main", "route", "hello"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    assert b"from standard input" in process.stderr.readline()
    process.communicate(b"more", timeout=20)
    assert sent(fake) == "hello\n\nmore"


@pytest.mark.parametrize(
    ("text", "nano"),
    [("0.01", 10_000_000), ("$2", 2_000_000_000), ("1c", 10_000_000), ("0", 0), ("1e-9", 1)],
)
def test_amounts(text: str, nano: int) -> None:
    assert nano_dollars(text) == nano


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "$", "nan", "inf", "1,5", "1e999999", "-1e999999", "1e10"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        nano_dollars(text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("30", 30_000), ("30s", 30_000), ("500ms", 500), ("2m", 120_000), ("1.5h", 5_400_000)],
)
def test_times(text: str, ms: int) -> None:
    assert milliseconds(text) == ms


@pytest.mark.parametrize(
    "text", ["", "s", "-5s", "0", "5 weeks", "1d", "nan", "inf", "1e400", "1e18"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        milliseconds(text)


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "²", "", "9" * 19, "9" * 5000])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        positive(text)


@pytest.mark.parametrize("text", ["2.1", "-0.1", "x", "nan"])
def test_what_is_no_temperature(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        temperature(text)


def test_a_wrong_value_is_wrong_usage(homeport: Type) -> None:
    ran = homeport("route", "hello", "--max-cost", "lots")
    assert ran.status == 2
    assert "'lots' is no amount; write 0.01 or 1c" in ran.err
