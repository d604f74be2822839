"""The bearer token of loopback TCP: made at the first start, kept at mode 0600."""

from __future__ import annotations

import hmac
import os
import re
import stat
from pathlib import Path

from homeport.policies.errors import DaemonTrouble

_SHAPE = re.compile(r"[A-Za-z0-9_-]{32,256}")


def load_or_make(path: Path) -> str:
    """The token kept at `path`; made where there is none.

    Raises `DaemonTrouble` where the file is not ours alone, or holds something else.
    """
    try:
        return _load(path)
    except FileNotFoundError:
        return _make(path)
    except OSError as error:
        raise DaemonTrouble(
            f"The token file {path} cannot be read: {error.strerror}.", code="token_file"
        ) from error


def same(given: bytes, token: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given, token)


def _load(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        found = os.fstat(file.fileno())
        token = file.read(1024).strip()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise DaemonTrouble(
            f"The token file {path} can be read by others: run `chmod 600 {path}`, or delete it"
            " and a fresh one is made.",
            code="token_file",
        )
    if not _SHAPE.fullmatch(token):
        raise DaemonTrouble(
            f"The token file {path} does not hold a token: delete it and a fresh one is made.",
            code="token_file",
        )
    return token


def _make(path: Path) -> str:
    import secrets

    token = secrets.token_urlsafe(32)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.unlink(missing_ok=True)  # of a daemon of the same number that was killed as it wrote
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(token + "\n")
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)
    return token
