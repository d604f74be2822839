"""The one running daemon: its lock, its runtime folder, its socket's place, its address.

A second daemon is told who runs. A socket that a killed daemon left behind is
found by dialling it, and replaced; one that answers is not.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from homeport.client.wire import Address
from homeport.policies.errors import DaemonTrouble

DIAL_S = 1.0
NAMED_S = 2.0
"""Longest wait for the name of who has the lock: it is written a moment after the lock is taken."""


class Instance:
    """Owns the files that say "a daemon runs here". Made by the daemon's process alone."""

    def __init__(self, lock_path: Path, address_path: Path, socket_path: Path | None) -> None:
        self._lock_path = lock_path
        self._address_path = address_path
        self._socket_path = socket_path
        self._lock = -1
        self._socket_identity: tuple[int, int] | None = None

    def __repr__(self) -> str:
        held = "held" if self._lock >= 0 else "not held"
        return f"Instance({self._lock_path}, {held})"

    def claim(self) -> None:
        """Take the lock. Raises `DaemonTrouble` that names the daemon which has it."""
        own_folder(self._lock_path.parent)
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        ends = time.monotonic() + NAMED_S
        while not _locked(lock):
            holder = _read(lock)
            if _lives(holder) or time.monotonic() > ends:
                os.close(lock)
                raise _already_running(holder)
            time.sleep(0.01)
        os.ftruncate(lock, 0)
        told = {"pid": os.getpid(), "socket": str(self._socket_path or "")}
        os.pwrite(lock, json.dumps(told).encode(), 0)
        self._lock = lock

    def clear_socket(self) -> None:
        """Make the socket's folder ours and its path free. Raises `DaemonTrouble`."""
        if self._socket_path is None:
            return
        own_folder(self._socket_path.parent)
        try:
            found = self._socket_path.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(found.st_mode):
            raise DaemonTrouble(
                f"{self._socket_path} is in the way: it is not a socket. Move it, or set"
                " HOMEPORT_SOCKET.",
                code="socket_path",
            )
        if answers(self._socket_path):
            raise DaemonTrouble(
                f"Another program answers at {self._socket_path}. Stop it, or set HOMEPORT_SOCKET.",
                code="already_running",
            )
        self._socket_path.unlink()

    def remember_socket(self) -> None:
        """The socket was made: it is ours to remove."""
        if self._socket_path is not None:
            made = self._socket_path.lstat()
            self._socket_identity = (made.st_dev, made.st_ino)

    def announce(self, address: Address, version: str) -> None:
        """Write down where the daemon listens. Call when it does."""
        told = {
            "pid": os.getpid(),
            "socket": address.socket,
            "url": address.url,
            "version": version,
        }
        written = self._address_path.with_name(f"{self._address_path.name}.{os.getpid()}")
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(told, file)
        written.replace(self._address_path)

    def withdraw(self) -> None:
        """Remove the socket, where it is still ours, and the address."""
        if self._socket_path is not None and self._socket_identity is not None:
            with suppress(OSError):
                found = self._socket_path.lstat()
                if (found.st_dev, found.st_ino) == self._socket_identity:
                    self._socket_path.unlink()
            self._socket_identity = None
        if self._lock >= 0:
            self._address_path.unlink(missing_ok=True)

    def release(self) -> None:
        """Let the next daemon start."""
        self.withdraw()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def answers(path: Path) -> bool:
    """Whether somebody listens at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(DIAL_S)
        try:
            probe.connect(str(path))
        except TimeoutError:
            return True
        except OSError:
            return False
        return True


def own_folder(folder: Path) -> None:
    """Make a folder of mode 0700, or check that the one there is ours alone to write.

    Raises `DaemonTrouble` for a link, another owner, or a folder that others can write.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise DaemonTrouble(
            f"The folder {folder} cannot be made: {error.strerror}.", code="folder"
        ) from error
    if stat.S_ISLNK(found.st_mode):
        raise _not_ours(folder, "it is a symbolic link")
    if found.st_uid != os.getuid():
        raise _not_ours(folder, "it belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o022:
        raise _not_ours(folder, "others can write to it")


def _not_ours(folder: Path, why: str) -> DaemonTrouble:
    return DaemonTrouble(
        f"The folder {folder} is not safe to use: {why}. Make it yours, with mode 0700.",
        code="folder",
    )


def _already_running(holder: dict[str, Any]) -> DaemonTrouble:
    where = f" (pid {holder.get('pid', 'unknown')}, socket {holder.get('socket') or 'none'})"
    return DaemonTrouble(
        f"A daemon runs already{where}. `homeport status` asks it, `homeport stop` ends it.",
        code="already_running",
    )


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lives(holder: dict[str, Any]) -> bool:
    """Whether a process of that number exists; a lock may still name its last holder."""
    try:
        os.kill(int(holder["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return False
    return True


def _read(lock: int) -> dict[str, Any]:
    try:
        told = json.loads(os.pread(lock, 4096, 0))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
