"""One request to the daemon, and its answer whole or line by line.

Every request has a connection of its own: the commands make one or two, and
closing a connection is how a running answer is cancelled.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any
from urllib.parse import quote

from homeport.client.destinations import Destination, destinations
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from homeport.client.http1 import CutOff, Head, Malformed, ResponseReader, lines
from homeport.client.records import Record, read

PREFIX = "/homeport/v1/"
ANSWER_TIMEOUT_S = 30.0
_READ_BYTES = 64 * 1024


class Reply:
    """A whole answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body

    def __repr__(self) -> str:
        return f"Reply({self.status}, {len(self.body)} bytes)"

    def read(self) -> Any:
        """The body as records; see `homeport.client.records`."""
        try:
            return read(self.body) if self.body.strip() else Record()
        except ValueError:
            raise BrokenAnswer(f"The daemon sent what is not JSON: {_start(self.body)}") from None


class LineStream:
    """An answer that comes as lines. Close it to cancel what it answers."""

    def __init__(self, line: socket.socket, reader: ResponseReader, head: Head) -> None:
        self._line = line
        self._pieces = lines(reader.body(head))
        self.status = head.status

    def __enter__(self) -> LineStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """The lines as they come; raises BrokenAnswer where the stream breaks off."""
        try:
            yield from self._pieces
        except (CutOff, Malformed, OSError) as error:
            raise _broken(error) from None

    def close(self) -> None:
        """Ends the connection; the daemon stops what it was doing for it.

        A thread that waits for the next line is woken.
        """
        with suppress(OSError):  # the other side may have ended it
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()


class Connection:
    """The way to the daemon. Holds nothing open between requests."""

    def __init__(self, where: list[Destination] | None = None) -> None:
        self._where = where

    def get(self, route: str, **query: str | int) -> Reply:
        """GET below `/homeport/v1/`; raises ClientError."""
        pairs = [f"{name}={quoted(value)}" for name, value in query.items()]
        return self.fetch("GET", PREFIX + route + ("?" + "&".join(pairs) if pairs else ""))

    def post(self, route: str, value: Any, *, timeout_s: float = ANSWER_TIMEOUT_S) -> Reply:
        """POST below `/homeport/v1/`, a value or what it is as JSON; raises ClientError."""
        return self.fetch("POST", PREFIX + route, _as_json(value), timeout_s=timeout_s)

    def fetch(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        *,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> Reply:
        """A whole answer from any route; raises ClientError."""
        line, reader, head = self._send(method, target, body, timeout_s)
        try:
            whole = b"".join(reader.body(head))
        except (CutOff, Malformed, OSError) as error:
            raise _broken(error) from None
        finally:
            line.close()
        if head.status >= 400:
            raise refusal(head.status, whole)
        return Reply(head.status, whole)

    def stream(
        self, method: str, route: str, value: Any = None, *, gap_s: float | None = None
    ) -> LineStream:
        """An answer line by line; `gap_s` bounds the silence between two of them."""
        body = None if value is None else _as_json(value)
        line, reader, head = self._send(method, PREFIX + route, body, gap_s)
        if head.status < 400:
            return LineStream(line, reader, head)
        try:
            whole = b"".join(reader.body(head))
        except (CutOff, Malformed, OSError):
            whole = b""
        finally:
            line.close()
        raise refusal(head.status, whole)

    def answers(self) -> bool:
        """Whether a daemon is there; one that hangs up without a word is not."""
        try:
            self.fetch("GET", "/healthz", timeout_s=2.0)
        except NoDaemon:
            return False
        except BrokenAnswer as error:
            return not error.cut
        except DaemonError:
            return True
        return True

    def _send(
        self, method: str, target: str, body: bytes | None, timeout_s: float | None
    ) -> tuple[socket.socket, ResponseReader, Head]:
        line, headers = self._dial()
        line.settimeout(timeout_s)
        try:
            sent = _request(method, target, body, headers)
            reader = ResponseReader(lambda: line.recv(_READ_BYTES))
            # A daemon that refuses before it has read everything says why in its answer.
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(sent)
            return line, reader, reader.head()
        except (CutOff, Malformed, OSError) as error:
            line.close()
            raise _broken(error) from None
        except BaseException:
            line.close()
            raise

    def _dial(self) -> tuple[socket.socket, dict[str, str]]:
        first: NoDaemon | None = None
        for destination in self._where or destinations():
            try:
                return destination.dial(), destination.headers()
            except NoDaemon as error:
                first = first or error
        raise first or NoDaemon("No daemon is running.")


def quoted(value: object) -> str:
    """A value as a part of an address; what is no text is a question mark in it."""
    return quote(str(value), safe="", errors="replace")


def _request(method: str, target: str, body: bytes | None, headers: dict[str, str]) -> bytes:
    head = [f"{method} {target} HTTP/1.1", "Connection: close", "Accept: application/json"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + (body or b"")


def _as_json(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def refusal(status: int, body: bytes) -> DaemonError:
    """The daemon's own error, from the body of an answer."""
    try:
        trouble = read(body).error
    except (ValueError, AttributeError):
        trouble = None
    if isinstance(trouble, Record):
        return DaemonError.from_trouble(trouble, status)
    said = _start(body) or "nothing more"
    return DaemonError(f"The daemon answered {status}: {said}", code="http", status=status)


def _broken(error: Exception) -> BrokenAnswer:
    if isinstance(error, TimeoutError):
        return BrokenAnswer(
            "The daemon has been silent too long. Look at: homeport logs; then: homeport restart"
        )
    if isinstance(error, Malformed):
        return BrokenAnswer(f"What answers is not a Homeport daemon: {error}.")
    return BrokenAnswer(
        "The daemon broke off in the middle of its answer. Look at: homeport logs -n 20", cut=True
    )


def _start(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace").strip()
