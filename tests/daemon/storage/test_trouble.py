"""Every complaint of SQLite that a person can do something about is a sentence."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from homeport.daemon.storage.trouble import CODES, foreign, newer, stopped, trouble_of
from homeport.policies.errors import DaemonTrouble

PATH = "/state/ledger.db"


def complaint(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("what SQLite said")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("complained", "code", "advice"),
    [
        (sqlite3.SQLITE_FULL, "disk_full", "free some space"),
        (sqlite3.SQLITE_BUSY, "database_busy", "Close it and try again"),
        (sqlite3.SQLITE_CORRUPT, "database_broken", "move it aside"),
        (sqlite3.SQLITE_NOTADB, "database_broken", "left as it is"),
        (sqlite3.SQLITE_CANTOPEN, "database_unusable", "Check who owns"),
        (sqlite3.SQLITE_READONLY, "database_unusable", "Check who owns"),
        (sqlite3.SQLITE_IOERR_WRITE, "database_unusable", "the disk is healthy"),
    ],
)
def test_a_complaint_is_a_sentence(complained: int, code: str, advice: str) -> None:
    trouble = trouble_of(complaint(complained), PATH)
    assert isinstance(trouble, DaemonTrouble)
    assert trouble.code == code
    assert code in CODES
    assert (trouble.blame, trouble.status) == ("daemon", 503)
    assert PATH in trouble.sentence
    assert advice in trouble.sentence
    assert isinstance(trouble.__cause__, sqlite3.Error)


@pytest.mark.parametrize(
    "error",
    [ValueError("mine"), complaint(sqlite3.SQLITE_CONSTRAINT), sqlite3.ProgrammingError("typo")],
)
def test_errors_that_are_not_of_the_disk_pass_unchanged(error: Exception) -> None:
    assert trouble_of(error, PATH) is error


def test_the_others_are_told_with_what_to_do() -> None:
    assert "version 9, this program knows up to 3" in newer(PATH, 9, 3).sentence
    assert "move it aside" in foreign(PATH).sentence
    assert "stopping" in stopped(PATH).sentence
    assert {t.code for t in (newer(PATH, 9, 3), foreign(PATH), stopped(PATH))} <= set(CODES)


def test_every_code_is_in_the_readme() -> None:
    told = (Path(__file__).parents[3] / "daemon" / "README.md").read_text(encoding="utf-8")
    assert [code for code in CODES if f"`{code}`" not in told] == []
