"""The daemon's log: one file of bounded size, mode 0600, that holds no secret.

Every line is redacted as it is formatted, tracebacks and foreign loggers
included: bearer tokens, path tokens, what looks like a key, and every secret
that was made known.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import select
import sys
from collections.abc import Iterable
from pathlib import Path

MAX_BYTES = 5 * 1024 * 1024
"""The file before it is put aside; one older file is kept."""
PORTION: int = getattr(select, "PIPE_BUF", 512)
"""Bytes that a pipe takes at once where it takes any."""
HIDDEN = "[redacted]"
_SHORTEST_SECRET = 6

_SHAPES = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)(x-api-key|x-goog-api-key|api[-_]?key)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",&]+"),
     rf"\1\2{HIDDEN}"),
    (re.compile(r"/t/[^/\s?#]+"), f"/t/{HIDDEN}"),
    (re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf|csk|tgp|fw)[-_][A-Za-z0-9_-]{12,}"), HIDDEN),
    (re.compile(r"\bAIza[A-Za-z0-9_-]{20,}"), HIDDEN),
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u2028\u2029]")


class Redaction:
    """What must never be written. Grows with each secret that is made known."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def __repr__(self) -> str:
        return f"Redaction({len(self._secrets)} secrets)"

    def learn(self, secret: str) -> None:
        """Hide this wherever it appears. Too short ones would hide ordinary words."""
        if len(secret) >= _SHORTEST_SECRET:
            self._secrets.add(secret)

    def clean(self, text: str) -> str:
        """The text without secrets and without control characters."""
        # A copy, since keys are found on other threads; the longest first, for one may begin so.
        for secret in sorted(self._secrets.copy(), key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        for shape, stand_in in _SHAPES:
            text = shape.sub(stand_in, text)
        return _CONTROL.sub("?", text)


class RedactingFormatter(logging.Formatter):
    """Formats a record, then takes the secrets out of all of it."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """One record, as it is written. Further lines are indented: none can be forged."""
        return self._redaction.clean(super().format(record)).replace("\n", "\n    ")


class BoundedFile(logging.Handler):
    """Appends to one file; a full one is put aside as `<name>.1`."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        super().__init__()
        self._path = path
        self._max_bytes = max_bytes
        self._descriptor = -1
        self._size = 0
        self._open()

    def __repr__(self) -> str:
        return f"BoundedFile({self._path}, {self._size} bytes)"

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._path, flags, 0o600)
        os.fchmod(self._descriptor, 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a disk that is full, and a message that makes no sense, lose the line,
        never the daemon."""
        try:
            line = (self.format(record) + "\n").encode("utf-8", "replace")
            if self._size and self._size + len(line) > self._max_bytes:
                self._put_aside()
            if self._descriptor < 0:
                self._open()
            self._size += os.write(self._descriptor, line)
        except Exception:  # noqa: BLE001 - who logs is never told
            self.handleError(record)

    def _put_aside(self) -> None:
        # Let go of first: a number that is closed soon stands for a file of somebody else.
        self._let_go()
        with contextlib.suppress(FileNotFoundError):  # somebody took it away, and that is as good
            self._path.replace(self._path.with_name(self._path.name + ".1"))

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of the file."""
        self._let_go()
        super().close()


class Stderr(logging.Handler):
    """Says what is logged on stderr, as long as somebody takes it: a pipe that nobody reads and
    a terminal that was stopped lose lines, which are counted, and keep nobody waiting."""

    def __init__(self, descriptor: int = 2) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lost = 0

    def __repr__(self) -> str:
        return f"Stderr({self._lost} lines lost)"

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record where there is room, else lose it."""
        lost = f"{self._lost} lines were not read, and are lost here\n" if self._lost else ""
        try:
            line = (lost + self.format(record) + "\n").encode("utf-8", "replace")
            if self._says(line):
                self._lost = 0
            else:
                self._lost += 1
        except Exception:  # noqa: BLE001 - who logs is never told
            self.handleError(record)

    def _says(self, line: bytes) -> bool:
        """Whether there was room for it. Where there is room at all, there is for a portion."""
        for at in range(0, len(line), PORTION):
            if not _takes_more(self._descriptor):
                return False
            os.write(self._descriptor, line[at : at + PORTION])
        return True


def _takes_more(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(ready & select.POLLOUT for _, ready in poll.poll(0))


def is_open_as(path: Path, descriptor: int) -> bool:
    """Whether a descriptor leads to this very file: a background start sends stderr there."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False


def set_up(path: Path, level: str, redaction: Redaction) -> None:
    """Log to the file, and to stderr where that is another file, at this level and above."""
    logging.raiseExceptions = False
    formatter = RedactingFormatter(redaction)
    root = logging.getLogger()
    handlers: list[logging.Handler] = [BoundedFile(path)]
    if not is_open_as(path, 2):
        handlers.append(Stderr())
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level.upper())
    # Foreign loggers speak of what is only of interest to their own authors.
    for chatty in ("asyncio", "httpx", "httpx2", "httpcore", "watchdog", "aiohttp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
