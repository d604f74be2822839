"""A real HTTP server on a real Unix socket that says what a test wrote down.

Routes are `"GET status"` below `/homeport/v1/`, or `"GET /healthz"` from the top.
An answer is a value (encoded as JSON), `Refusal`, `Lines`, or a function of the
`Asked` request that gives one of them.
"""

from __future__ import annotations

import json
import os
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec

from homeport.client.wire import Trouble

PREFIX = "/homeport/v1/"


@dataclass
class Refusal:
    """An error in our own wire."""

    trouble: Trouble
    status: int = 400


@dataclass
class Lines:
    """A stream of lines; `cut` breaks it off without its end."""

    values: Iterable[Any]
    cut: bool = False


@dataclass
class Asked:
    """One request as it came."""

    route: str
    query: str
    headers: dict[str, str]
    body: Any


@dataclass
class FakeDaemon:
    """What it answers, what it was asked, and whether a stream was abandoned."""

    answers: dict[str, Any] = field(default_factory=lambda: {"GET /healthz": {"ok": True}})
    asked: list[Asked] = field(default_factory=list)
    abandoned: threading.Event = field(default_factory=threading.Event)

    def routes(self) -> list[str]:
        """What was asked for, without the looks whether anybody is there."""
        return [asked.route for asked in self.asked if asked.route != "GET /healthz"]

    def last(self, route: str) -> Asked:
        """The latest request for a route."""
        return next(asked for asked in reversed(self.asked) if asked.route == route)


def encoded(value: Any) -> bytes:
    """A value as it crosses the wire; bytes cross as they are."""
    return value if isinstance(value, bytes) else msgspec.json.encode(value)


@contextmanager
def listening(path: Path, daemon: FakeDaemon | None = None) -> Iterator[FakeDaemon]:
    """A fake daemon on a Unix socket, until the block ends."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    daemon = daemon or FakeDaemon()
    server = socketserver.ThreadingUnixStreamServer(str(path), _speaker(daemon))
    with server, _served(server):
        yield daemon
    path.unlink(missing_ok=True)


@contextmanager
def listening_on_tcp(daemon: FakeDaemon | None = None) -> Iterator[tuple[FakeDaemon, int]]:
    """A fake daemon on loopback TCP, and its port."""
    daemon = daemon or FakeDaemon()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _speaker(daemon))
    with server, _served(server):
        yield daemon, server.server_address[1]


def leave_address(home: Path, **fields: Any) -> None:
    """Writes what a running daemon leaves in the state folder."""
    path = home / "state" / "daemon.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": os.getpid(), "version": "0.1.0", **fields}))


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def _speaker(daemon: FakeDaemon) -> type[BaseHTTPRequestHandler]:
    class Speaker(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(self, daemon)

        def do_POST(self) -> None:
            _answer(self, daemon)

        def address_string(self) -> str:
            return "here"

        def log_message(self, *words: Any) -> None:
            del words

    return Speaker


def _answer(speaker: BaseHTTPRequestHandler, daemon: FakeDaemon) -> None:
    path, _, query = speaker.path.partition("?")
    name = path.removeprefix(PREFIX)
    length = int(speaker.headers.get("Content-Length") or 0)
    body = json.loads(speaker.rfile.read(length)) if length else None
    headers = {key.lower(): value for key, value in speaker.headers.items()}
    asked = Asked(f"{speaker.command} {name}", query, headers, body)
    daemon.asked.append(asked)
    answer = daemon.answers.get(asked.route, _unknown(asked.route))
    _say(speaker, daemon, answer(asked) if isinstance(answer, Callable) else answer)


def _unknown(route: str) -> Refusal:
    return Refusal(Trouble("not_found", "caller", f"There is no route {route}."), 404)


def _say(speaker: BaseHTTPRequestHandler, daemon: FakeDaemon, answer: Any) -> None:
    speaker.close_connection = True
    if isinstance(answer, Lines):
        _stream(speaker, daemon, answer)
        return
    status = answer.status if isinstance(answer, Refusal) else 200
    body = encoded({"error": answer.trouble} if isinstance(answer, Refusal) else answer)
    with suppress(BrokenPipeError, ConnectionResetError):  # the caller may have gone
        speaker.send_response(status)
        speaker.send_header("Content-Length", str(len(body)))
        speaker.end_headers()
        speaker.wfile.write(body)


def _stream(speaker: BaseHTTPRequestHandler, daemon: FakeDaemon, lines: Lines) -> None:
    speaker.send_response(200)
    speaker.send_header("Transfer-Encoding", "chunked")
    speaker.end_headers()
    try:
        for value in lines.values:
            piece = encoded(value) + b"\n"
            speaker.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            speaker.wfile.flush()
        if not lines.cut:
            speaker.wfile.write(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        daemon.abandoned.set()
