"""What the daemon's own program says of the config, where no daemon runs: none is started."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from homeport.client.connection import Reply
from homeport.client.errors import DaemonError

_PROGRAM = (sys.executable, "-P", "-m", "homeport.daemon.main")


def faults_of(text: str, path: Path) -> list[str]:
    """Why a config text would not be taken, as if it stood at `path`, a sentence each."""
    with tempfile.TemporaryDirectory(prefix="homeport-") as home:
        draft = Path(home) / "config.toml"
        draft.write_text(text, "utf-8")
        ran = _run("--check", HOMEPORT_HOME=home)
    if ran.returncode == 0:
        return []
    said = ran.stderr.strip().replace(str(draft), str(path))
    return said.splitlines() or [f"{path} cannot be checked."]


def shown() -> Reply:
    """The config as a daemon would have it that starts now. Raises `DaemonError`."""
    return _view("--show")


def after_setting(changes: dict[str, Any]) -> Reply:
    """The config once these settings are in the file. Raises `DaemonError`."""
    import json

    return _view("--set", json.dumps(changes))


def _view(*words: str) -> Reply:
    ran = _run(*words)
    if ran.returncode:
        said = ran.stderr.strip() or "The config cannot be read."
        raise DaemonError(said, code="config", blame="caller", status=400)
    return Reply(200, ran.stdout.encode())


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own program, no shell
        [*_PROGRAM, *words],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
