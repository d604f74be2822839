"""Whether a config text would be taken: the running daemon says so, else its program does."""

from __future__ import annotations

from pathlib import Path

from homeport.client.connection import Connection
from homeport.client.errors import NoDaemon


def fault(text: str, path: Path) -> str:
    """The sentence about what is wrong in it; empty where nothing is. Raises ClientError."""
    try:
        answer = Connection().post("config", {"check": text}).read()
    except NoDaemon:
        return _fault_to_the_program(text, path)
    return "" if answer.ok else answer.error or "It is not valid."


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
    return _fault_to_the_program(text, path)


def _fault_to_the_program(text: str, path: Path) -> str:
    from homeport.cli import config_program  # loads what starts programs

    return config_program.fault_of(text, path)
