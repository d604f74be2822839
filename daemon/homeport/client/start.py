"""Starting a daemon in the background, and waiting until it answers.

Commands that start one at the same moment are no trouble: a daemon that finds
the place taken ends, and its command waits for the one that has it. Where that
one was on its way out, the next one takes its place.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.client import paths
from homeport.client.connection import Connection
from homeport.client.errors import NoDaemon, StartFailed

if TYPE_CHECKING:
    import subprocess

START_TIMEOUT_S = 20.0
_POLL_S = 0.02
_TAIL_BYTES = 2000

DAEMON = (sys.executable, "-P", "-m", "homeport.daemon.main")
"""`-P` keeps the folder that the command was typed in off the import path."""


def ensure_daemon(
    say: Callable[[str], None] | None = None, *, command: Sequence[str] = DAEMON
) -> Connection:
    """A connection to the running daemon; starts one, and says so, where there is none."""
    connection = Connection()
    if not connection.answers():
        _refuse_elsewhere()
        if say is not None:
            say("No daemon is running: starting homeportd in the background.")
        start_daemon(command)
    return connection


def start_daemon(command: Sequence[str] = DAEMON, *, timeout_s: float = START_TIMEOUT_S) -> None:
    """Starts `homeportd` on its own and waits for its answer; raises StartFailed."""
    _refuse_elsewhere()
    log = _private_log()
    ends = time.monotonic() + timeout_s
    while not _start_once(command, log, ends):
        pass  # the one that had the place is gone


def _refuse_elsewhere() -> None:
    url = os.environ.get("HOMEPORT_URL")
    if url:
        sentence = f"No daemon answers at {url}, which HOMEPORT_URL names, and none is started for"
        raise NoDaemon(f"{sentence} an address.", "unset HOMEPORT_URL; homeport start")


def _start_once(command: Sequence[str], log: Path, ends: float) -> bool:
    """Whether a daemon answers; False where ours gave way to one that has ended since."""
    before = log.stat().st_size
    gave_way = _place_is_taken()  # ours may find it so, though it is free when we look again
    process = _spawn(command, log)
    try:
        while not Connection().answers():
            ended = process.poll() is not None
            if ended and not _place_is_taken():
                if gave_way or Connection().answers():
                    return not gave_way
                raise StartFailed(_ended(process.returncode, log, before))
            gave_way = gave_way or ended
            if time.monotonic() > ends:
                sentence = f"The daemon was started (process {process.pid}) but does not answer."
                raise StartFailed(sentence + _tail(log, before))
            time.sleep(_POLL_S)
        return True
    finally:
        # It outlives this process on purpose: its end is not ours to wait for.
        process.returncode = process.returncode or 0


def _place_is_taken() -> bool:
    """Whether the process exists that is named in the lock: a daemon that starts, or stops."""
    if sys.platform == "win32":
        return False  # there, signal 0 would end it
    try:
        os.kill(int(json.loads(paths.lock_path().read_bytes())["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _private_log() -> Path:
    log = paths.log_path()
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError as error:
        raise StartFailed(f"The log {log} cannot be written: {error.strerror}.") from None
    return log


def _spawn(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    import subprocess

    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    with log.open("ab") as output:
        try:
            return subprocess.Popen(  # noqa: S603  # our own program, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_pinned_environment(),
                cwd=os.path.abspath(os.sep),
                start_new_session=True,
                creationflags=flags,
            )
        except OSError as error:
            raise StartFailed(f"{command[0]} cannot be started: {error.strerror}.") from None


def _pinned_environment() -> dict[str, str]:
    """Ours, keys and all, with the paths of it that are relative to this folder made absolute."""
    environment = dict(os.environ)
    for name in ("HOMEPORT_HOME", "HOMEPORT_SOCKET"):
        if environment.get(name):
            environment[name] = str(Path(environment[name]).expanduser().absolute())
    return environment


def _ended(code: int, log: Path, before: int) -> str:
    how = f"status {code}" if code >= 0 else f"signal {-code}"
    return f"The daemon ended at once ({how}).{_tail(log, before)}"


def _tail(log: Path, before: int) -> str:
    """What the daemon wrote since it was started, as an addition to a sentence."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(before, log.stat().st_size - _TAIL_BYTES))
            said = stream.read().decode("utf-8", "replace").strip()
    except OSError:
        said = ""
    if said:
        return f" It said:\n{said}"
    if _is_full(log):
        return f" There is no room left on the disk that holds {log}; free some and try again."
    return f" Its log, {log}, says nothing."


def _is_full(log: Path) -> bool:
    from shutil import disk_usage

    try:
        return disk_usage(log).free < _TAIL_BYTES
    except OSError:
        return False
