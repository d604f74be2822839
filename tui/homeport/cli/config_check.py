"""Whether a config text would be taken: the running daemon says so, else its program does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from homeport.client.connection import Connection
from homeport.client.errors import NoDaemon

_CHECK = (sys.executable, "-P", "-m", "homeport.daemon.main", "--check")


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
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="homeport-") as home:
        draft = Path(home) / "config.toml"
        draft.write_text(text, "utf-8")
        ran = subprocess.run(  # noqa: S603  # our own program, no shell
            _CHECK,
            env={**os.environ, "HOMEPORT_HOME": home},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    if ran.returncode == 0:
        return ""
    return ran.stderr.strip().replace(str(draft), str(path)) or "It cannot be checked."
