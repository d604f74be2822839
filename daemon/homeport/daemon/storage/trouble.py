"""What SQLite complains of, as a sentence that says what to do.

The only place that reads SQLite's error codes. Errors of our own statements
(a constraint, a typing mistake) are no trouble of the disk, and pass unchanged.
"""

from __future__ import annotations

import sqlite3

from homeport.policies.errors import DaemonTrouble

_PRIMARY = 0xFF
"""Extended result codes keep the primary code in their lowest byte."""

_SENTENCES: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: (
        "disk_full",
        "There is no room left on the disk that holds {path}. Nothing that was recorded is lost; "
        "free some space there and try again.",
    ),
    sqlite3.SQLITE_BUSY: (
        "database_busy",
        "Another program keeps {path} locked. Close it and try again.",
    ),
    **dict.fromkeys(
        (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB),
        (
            "database_broken",
            "{path} is damaged, or is not a Homeport database ({detail}). It was left as it is: "
            "move it aside to start an empty one, or put a backup in its place.",
        ),
    ),
    **dict.fromkeys(
        (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_PERM,
            sqlite3.SQLITE_IOERR,
        ),
        (
            "database_unusable",
            "{path} cannot be opened, read or written ({detail}). Check who owns the file and its "
            "folder, and that the disk is healthy.",
        ),
    ),
}

CODES = (
    *sorted({code for code, _ in _SENTENCES.values()}),
    "database_closed",
    "newer_database",
)
"""Every error code that the database can raise."""


def trouble_of(error: BaseException, path: str) -> BaseException:
    """The error to raise for one that SQLite raised; others come back as they are."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and "file is not a database" in str(error):
        code = sqlite3.SQLITE_NOTADB
    known = _SENTENCES.get(code & _PRIMARY) if code is not None else None
    if known is None:
        return error
    name, sentence = known
    trouble = DaemonTrouble(sentence.format(path=path, detail=str(error)), code=name)
    trouble.__cause__ = error
    return trouble


def cut_short(path: str) -> DaemonTrouble:
    """The file ends before its last page does: SQLite would read what is missing as zeros."""
    name, sentence = _SENTENCES[sqlite3.SQLITE_CORRUPT]
    return DaemonTrouble(sentence.format(path=path, detail="its end is missing"), code=name)


def newer(path: str, found: int, known: int) -> DaemonTrouble:
    """The database was written by a later program."""
    return DaemonTrouble(
        f"{path} was written by a newer Homeport (its schema is version {found}, this program "
        f"knows up to {known}). It was left as it is: update Homeport, or point HOMEPORT_HOME at "
        "another folder.",
        code="newer_database",
    )


def foreign(path: str) -> DaemonTrouble:
    """The file is a healthy database of another program."""
    return DaemonTrouble(
        f"{path} is a database of another program. It was left as it is: move it aside, or point "
        "HOMEPORT_HOME at another folder.",
        code="database_broken",
    )


def stopped(path: str) -> DaemonTrouble:
    """A write came after the database was closed."""
    return DaemonTrouble(f"{path} is closed: the daemon is stopping.", code="database_closed")
