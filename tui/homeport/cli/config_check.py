"""Whether a config text would be taken: the running daemon says so, else its program does."""

from __future__ import annotations

from pathlib import Path

from homeport.client.connection import Connection
from homeport.client.errors import NoDaemon


def faults(text: str, path: Path) -> list[str]:
    """A sentence about each thing that is wrong in it. Raises ClientError."""
    try:
        answer = Connection().post("config", {"check": text, "path": str(path)}).read()
    except NoDaemon:
        return _faults_to_the_program(text, path)
    return [] if answer.ok else answer.problems or [answer.error]


def fault_at_start(path: Path) -> str:
    """Why a daemon that is started would not take this file; empty where it would."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}."
    except UnicodeDecodeError:
        return f"{path} cannot be read: it is not UTF-8."
    found = _faults_to_the_program(text, path)
    more = len(found) - 1
    rest = f" ({more} more {'problem' if more == 1 else 'problems'} in it.)" if more > 0 else ""
    return f"{found[0]}{rest}" if found else ""


def _faults_to_the_program(text: str, path: Path) -> list[str]:
    from homeport.cli import config_program  # loads what starts programs

    return config_program.faults_of(text, path)
