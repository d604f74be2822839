"""Whether a config text would be taken: the running daemon says so, else its program does."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from homeport.client.connection import Connection
from homeport.client.errors import NoDaemon

_CHECK = (sys.executable, "-P", "-m", "homeport.daemon.main", "--check")


def fault(text: str, path: Path) -> str:
    """The sentence about what is wrong in it; empty where nothing is. Raises ClientError."""
    try:
        answer = Connection().post("config", {"check": text}).read()
    except NoDaemon:
        return _fault_without_daemon(text, path)
    return "" if answer.ok else answer.error or "It is not valid."


def _fault_without_daemon(text: str, path: Path) -> str:
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
