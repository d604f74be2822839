"""Finding a secret by a reference to where it is kept.

    env:NAME             the daemon's environment
    file:PATH            a file that its owner alone can read
    keyring:NAME         the OS keyring, under `homeport`; `keyring:SERVICE/NAME` elsewhere
    command:LINE         the first line that a command prints; no shell is involved

All of it blocks, the last two for seconds: it belongs in a thread.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from homeport.daemon.keys.secret import LONGEST, KeyTrouble, Secret, secret_from

KINDS = ("env", "file", "keyring", "command")
SLOW_KINDS = ("keyring", "command")
COMMAND_TIMEOUT_S = 10.0
MOST_PRINTED = 8 * LONGEST

FromKeyring = Callable[[str, str], Secret | None]
"""Service and name to a secret."""


def kind_of(text: str) -> str:
    """The kind of a reference; empty where the text is none."""
    kind, colon, rest = text.partition(":")
    return kind if colon and kind in KINDS and rest.strip() else ""


def find(
    reference: str, environment: Mapping[str, str], from_keyring: FromKeyring
) -> Secret | None:
    """The secret; None where the place is empty. Raises `KeyTrouble` where it cannot be used."""
    kind, rest = kind_of(reference), reference.partition(":")[2].strip()
    if kind == "env":
        value = environment.get(rest, "")
        return secret_from(value) if value.strip() else None
    if kind == "file":
        return from_file(path_of(rest))
    if kind == "keyring":
        service, slash, name = rest.rpartition("/")
        return from_keyring(service if slash else "", name)
    if kind == "command":
        return from_command(rest, environment)
    raise KeyTrouble("That names no place for a key: use env:, keyring:, file: or command:.")


def told(reference: str) -> str:
    """A reference for people; of a command only its program, since arguments may be secret."""
    kind, rest = kind_of(reference), reference.partition(":")[2].strip()
    if kind == "env":
        return f"environment {rest}"
    if kind == "command":
        return f"command {_program(rest)}"
    return f"{kind} {rest}"


def path_of(text: str) -> Path:
    """Where a file is; `~` stands for a home. Raises `KeyTrouble` where nobody has that home."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise KeyTrouble(f"The key file {text} is in the home of nobody here.") from None


def from_file(path: Path) -> Secret | None:
    """The secret in a file; None where there is no file."""
    # Not to wait where somebody put a pipe in its place.
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise KeyTrouble(f"The key file {path} cannot be read: {refused.strerror}.") from None
    except ValueError:
        raise KeyTrouble("The name of the key file is none that a file can have.") from None
    try:
        require_private(path, os.fstat(descriptor))
        return secret_from(os.read(descriptor, LONGEST + 1).decode("ascii"))
    except UnicodeDecodeError:
        raise KeyTrouble(f"The key file {path} holds something else than a key.") from None
    finally:
        os.close(descriptor)


def require_private(path: Path, found: os.stat_result) -> None:
    """Raise `KeyTrouble` unless it is a plain file that its owner alone can read."""
    if not stat.S_ISREG(found.st_mode):
        raise KeyTrouble(f"The key file {path} is no plain file.")
    if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
        quoted = shlex.quote(str(path))
        raise KeyTrouble(f"Others can read the key file {path}: run `chmod 600 {quoted}`.")


def from_command(
    line: str, environment: Mapping[str, str], timeout_s: float = COMMAND_TIMEOUT_S
) -> Secret:
    """The first line that a command prints. What it says besides is thrown away."""
    program = _program(line)
    try:
        process = subprocess.Popen(  # noqa: S603  # the person's own command, without a shell
            shlex.split(line),
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )
    except (OSError, ValueError):
        raise KeyTrouble(f"The command {program} for a key cannot be run.") from None
    with process:
        try:
            printed = _first_line(process, timeout_s)
        except subprocess.TimeoutExpired:
            raise KeyTrouble(f"The command {program} gave no key in {timeout_s:g} s.") from None
        finally:
            _end(process)
    if process.returncode:
        raise KeyTrouble(f"The command {program} for a key failed (exit {process.returncode}).")
    return secret_from(printed)


def _first_line(process: subprocess.Popen[bytes], timeout_s: float) -> str:
    """Raises `TimeoutExpired`. No more is read than tells that it is no key."""
    ends, pieces = time.monotonic() + timeout_s, list[bytes]()
    reading = threading.Thread(target=_read, args=(process, pieces), name="key", daemon=True)
    reading.start()
    reading.join(timeout_s)
    printed = b"".join(pieces)
    if len(printed) > MOST_PRINTED:
        raise KeyTrouble("The command for a key prints far more than a key.")
    process.wait(max(0.0, ends - time.monotonic()))
    return printed.decode("utf-8", "replace").strip().partition("\n")[0]


def _read(process: subprocess.Popen[bytes], pieces: list[bytes]) -> None:
    left = MOST_PRINTED + 1
    with contextlib.suppress(OSError, ValueError):  # closed, for nobody waits any more
        while process.stdout and left > 0 and (piece := process.stdout.read(left)):
            pieces.append(piece)
            left -= len(piece)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The command and what it started; nothing is left behind."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _program(line: str) -> str:
    try:
        words = shlex.split(line)
    except ValueError:
        words = []
    return Path(words[0]).name if words else "(unreadable)"
