"""The log: bounded, private, and without secrets."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.daemon.logs import HIDDEN, BoundedFile, RedactingFormatter, Redaction, Stderr, set_up

SECRETS = (
    "Authorization: Bearer abcdef123456",
    "authorization: basic dXNlcjpwYXNz",
    "x-api-key: abc",
    "url?api_key=abc&x=1",
    "GET /t/abc-DEF_1/api/chat",
    "sk-proj-abcdefghijklmnop",
    "gsk_abcdefghijklmnop",
    "AIzaSyAbcdefghijklmnopqrstuvwx",
    "xai-abcdefghijklmnop",
)


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    yield root
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.raiseExceptions = raising


def a_record(message: str, *args: object, exc: BaseException | None = None) -> logging.LogRecord:
    info = (type(exc), exc, exc.__traceback__) if exc is not None else None
    return logging.LogRecord("homeport", logging.INFO, "f", 1, message, args, info)


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    clean = Redaction().clean(text)
    assert HIDDEN in clean
    assert "abc" not in clean
    assert "dXNl" not in clean


@pytest.mark.parametrize(
    "text", ["the task-based router", "GET /v1/models", "bearer of news", "3 tokens, 2 keys"]
)
def test_ordinary_words_stay(text: str) -> None:
    assert Redaction().clean(text) == text


def test_known_secrets_are_hidden_wherever_they_stand() -> None:
    redaction = Redaction(["correct horse"])
    redaction.learn("battery!")
    redaction.learn("ab")
    assert redaction.clean("a correct horse, battery! ab") == f"a {HIDDEN}, {HIDDEN} ab"
    assert "horse" not in repr(redaction)


def test_a_secret_that_another_begins_with_hides_all_of_it() -> None:
    secrets = [f"tok-{'x' * length}" for length in range(3, 20)]
    for secret in secrets:
        assert Redaction(secrets).clean(f"<{secret}>") == f"<{HIDDEN}>"


def test_a_line_cannot_be_forged() -> None:
    assert "\x1b" not in Redaction().clean("\x1b[31mred\x1b[0m")
    assert "\r" not in Redaction().clean("a\rb")
    forged = RedactingFormatter(Redaction()).format(a_record("a\n2026-01-01 INFO forged"))
    assert forged.endswith("a\n    2026-01-01 INFO forged")


def test_tracebacks_are_redacted_too() -> None:
    formatter = RedactingFormatter(Redaction(["hunter2-secret"]))
    error = ValueError("key hunter2-secret refused")
    assert "hunter2" not in formatter.format(a_record("broke: %s", "hunter2-secret", exc=error))


def test_the_file_is_private_and_bounded(tmp_path: Path) -> None:
    handler = BoundedFile(tmp_path / "log", max_bytes=1000)
    for number in range(100):
        handler.emit(a_record("line %03d %s", number, "x" * 40))
    handler.close()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "log").stat().st_size <= 1000
    assert (tmp_path / "log.1").stat().st_size <= 1000
    assert "line 099" in (tmp_path / "log").read_text()
    assert len(list(tmp_path.glob("log*"))) == 2


def test_an_existing_file_is_made_private(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("old\n")
    (tmp_path / "log").chmod(0o644)
    BoundedFile(tmp_path / "log").close()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "log").read_text() == "old\n"


def test_a_file_that_cannot_be_written_loses_the_line_alone(
    tmp_path: Path, root: logging.Logger
) -> None:
    logging.raiseExceptions = False
    handler = BoundedFile(tmp_path / "log")
    handler.close()
    handler.emit(a_record("lost"))


@pytest.mark.parametrize("away", ["taken", "in the way"])
def test_a_full_file_that_cannot_be_put_aside_harms_no_other(
    tmp_path: Path, root: logging.Logger, away: str
) -> None:
    logging.raiseExceptions = False
    handler = BoundedFile(tmp_path / "log", max_bytes=100)
    handler.emit(a_record("x" * 90))
    if away == "taken":
        (tmp_path / "log").rename(tmp_path / "elsewhere")
    else:
        (tmp_path / "log.1").mkdir()
        (tmp_path / "log.1" / "something").touch()
    handler.emit(a_record("the second " + "x" * 50))
    with (tmp_path / "ledger").open("wb", buffering=0) as ledger:  # may get the number of the log
        handler.emit(a_record("the third"))
        ledger.write(b"a cent")
    if away == "in the way":
        (tmp_path / "log.1" / "something").unlink()
        (tmp_path / "log.1").rmdir()
    handler.emit(a_record("the last"))
    handler.close()
    assert (tmp_path / "ledger").read_bytes() == b"a cent"
    assert (tmp_path / "log").read_text().endswith("the last\n")
    assert (away == "taken") == ("the second" in (tmp_path / "log").read_text())


@pytest.mark.parametrize("kind", [BoundedFile, Stderr])
def test_a_message_that_makes_no_sense_harms_nobody(
    tmp_path: Path, root: logging.Logger, kind: type
) -> None:
    logging.raiseExceptions = False
    with (tmp_path / "stderr").open("wb") as stderr:
        handler = kind(tmp_path / "log" if kind is BoundedFile else stderr.fileno())
        handler.emit(a_record("%d of %s", "x"))
        handler.emit(a_record("the next"))
        handler.close()
    written = tmp_path / ("log" if kind is BoundedFile else "stderr")
    assert written.read_text().splitlines() == ["the next"]


def test_set_up(tmp_path: Path, root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(tmp_path / "log", "warning", Redaction(["the-token"]))
    logging.getLogger("homeport.x").info("quiet")
    logging.getLogger("homeport.x").warning("loud the-token")
    written = (tmp_path / "log").read_text()
    assert "quiet" not in written
    assert f"WARNING homeport.x: loud {HIDDEN}" in written
    assert logging.getLogger("httpx").level == logging.WARNING
    assert sys.stderr is not None


def test_a_line_is_not_written_twice_where_stderr_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "d.log"
    script = (
        "import logging, pathlib, sys\n"
        "from homeport.daemon import logs\n"
        "logs.set_up(pathlib.Path(sys.argv[1]), 'info', logs.Redaction([]))\n"
        "logging.getLogger('homeport').info('once')\n"
    )
    with path.open("ab") as stderr:
        subprocess.run([sys.executable, "-c", script, str(path)], stderr=stderr, check=True)
    assert path.read_text().count("once") == 1


SPEAKS = """
import logging, pathlib, sys
from homeport.daemon import logs
logs.set_up(pathlib.Path(sys.argv[1]), "info", logs.Redaction([]))
for number in range(4000):
    logging.getLogger("homeport").info("line %d %s", number, "x" * 100)
print("not kept waiting", flush=True)
sys.stdin.readline()
logging.getLogger("homeport").info("the last one")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pipes there cannot be asked for room")
def test_a_pipe_that_nobody_reads_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = tmp_path / "d.log"
    piped = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", SPEAKS, str(path)], stdin=piped, stdout=piped, stderr=piped
    ) as speaker:
        assert speaker.stdin is not None
        assert speaker.stdout is not None
        assert speaker.stderr is not None
        try:
            assert speaker.stdout.readline() == b"not kept waiting\n"
            assert path.read_text().count("\n") == 4000, "the file has every line"
            first = os.read(speaker.stderr.fileno(), 1 << 20).decode()
            assert 50 < first.count("\n") < 4000
            speaker.stdin.write(b"\n")
            speaker.stdin.close()
            rest = speaker.stderr.read().decode()
        finally:
            speaker.kill()
    lost = re.findall(r"(\d+) lines were not read, and are lost here\n", rest)
    assert len(lost) == 1
    assert rest.endswith("the last one\n")
    told = (first + rest).count(" line ")
    assert 4000 - told <= int(lost[0]) <= 4001 - told, "a line may be told in part"
