"""Model servers for tests: real sockets, scripted answers, delays and faults.

`OpenAIServer` and `OllamaServer` speak the wires of their namesakes. A `Fault`
says what goes wrong and after how many tokens; a server plays it to every
prompt until `fault` is set to None. `requests` records what arrived.

Longer than other modules: both wires share the faults, each told where it is played.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "slow_headers",  # the head of the answer never comes
    "stall",  # silence after `at` tokens
    "reset",  # the connection is reset after `at` tokens
    "clean_end",  # the body ends properly after `at` tokens, without the wire's end
    "cut_body",  # the connection closes in the middle of the body
    "garbage",  # bytes that are no HTTP
    "bad_json",  # a broken object after `at` tokens
    "status",  # another HTTP status
    "wrong_type",  # 200 with a web page
    "huge_line",  # a line without an end
    "endless_headers",
    "error_in_stream",  # an error object after `at` tokens
]


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and where."""

    kind: FaultKind
    at: int = 0
    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


class Gone(Exception):
    """The client left."""


class FakeServer:
    """Serves HTTP/1.1 with keep-alive; subclasses know a wire."""

    content_type = "application/json"

    def __init__(
        self, words: Sequence[str] = ("Hello", ", ", "world", "!"), *, fault: Fault | None = None
    ) -> None:
        self.words = list(words)
        self.fault = fault
        self.requests: list[Received] = []
        self.connections = 0
        self.prompts = 0
        self.left = asyncio.Event()
        """Set when a client went away in the middle of a fault."""
        self.stalled = asyncio.Event()
        """Set when a stall or slow headers have begun."""
        self.port = 0
        self.status_of_models = 200
        """Status of every answer to what is no prompt."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> FakeServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What subclasses say.

    def frames(self, request: Received) -> tuple[list[bytes], list[bytes]]:
        """The frames of the tokens, and those of the end."""
        raise NotImplementedError

    def error_frame(self) -> bytes:
        raise NotImplementedError

    def is_prompt(self, request: Received) -> bool:
        raise NotImplementedError

    def plain(self, request: Received) -> Any:
        """The JSON answer of a route that takes no prompt; None is a 404."""
        raise NotImplementedError

    # How it is played.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(
                ConnectionError, Gone, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                while request := await _read_request(reader):
                    self.requests.append(request)
                    if self.is_prompt(request):
                        self.prompts += 1
                        await self._answer(request, reader, writer)
                    else:
                        await _send_json(writer, self.plain(request), self.status_of_models)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(
        self, request: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        fault = self.fault
        if fault and await self._before(fault, reader, writer):
            return
        await _start_chunked(writer, self.content_type)
        tokens, end = self.frames(request)
        for number, frame in enumerate(tokens):
            if fault and number == fault.at:
                await self._during(fault, reader, writer)
                return
            await _chunk(writer, frame)
        if fault and fault.at >= len(tokens) and fault.kind != "status":
            await self._during(fault, reader, writer)
            return
        for frame in end:
            await _chunk(writer, frame)
        await _end_chunked(writer)

    async def _before(
        self, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Play a fault of the head; False where it is one of the body."""
        if fault.kind == "slow_headers":
            await self._silence(reader)
        elif fault.kind == "garbage":
            await _write(writer, b"\x00\x01\x02 this is not HTTP\r\n\r\n")
            raise Gone
        elif fault.kind == "status":
            await _send_json(writer, fault.body, fault.status, fault.headers)
        elif fault.kind == "wrong_type":
            await _start_chunked(writer, "text/html")
            await _chunk(writer, b"<html>Welcome to the portal</html>")
            await _end_chunked(writer)
        elif fault.kind == "endless_headers":
            await _write(writer, b"HTTP/1.1 200 OK\r\n")
            await self._pour(writer, b"x-more: " + b"y" * 4000 + b"\r\n")
        else:
            return False
        return True

    async def _during(
        self, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if fault.kind == "stall":
            await self._silence(reader)
        elif fault.kind == "reset":
            _reset(writer)
            raise Gone
        elif fault.kind == "cut_body":
            raise Gone
        elif fault.kind == "bad_json":
            await _chunk(writer, self.broken_frame())
        elif fault.kind == "error_in_stream":
            await _chunk(writer, self.error_frame())
        elif fault.kind == "huge_line":
            await _chunk(writer, self.open_frame())
            await self._pour(writer, b"10000\r\n" + b"z" * 65536 + b"\r\n")
        if fault.kind != "stall":
            await _end_chunked(writer)

    def broken_frame(self) -> bytes:
        raise NotImplementedError

    def open_frame(self) -> bytes:
        """The start of a frame that has no end."""
        raise NotImplementedError

    async def _silence(self, reader: asyncio.StreamReader) -> None:
        """Say nothing until the client goes."""
        self.stalled.set()
        try:
            await reader.read(1)
        finally:
            self.left.set()
        raise Gone

    async def _pour(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        try:
            for _ in range(100_000):
                await _write(writer, data)
        finally:
            self.left.set()


class OpenAIServer(FakeServer):
    """Shaped like a server of OpenAI chat completions."""

    content_type = "text/event-stream"

    def __init__(self, *args: Any, models: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.models = models or {
            "object": "list",
            "data": [{"id": "test-model", "object": "model", "owned_by": "test"}],
        }
        self.usage = {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}
        self.pieces: list[dict[str, Any]] | None = None
        """Whole choices in place of the words."""
        self.finish_reason: str | None = "stop"
        self.routes: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"{self.origin}/v1"

    def is_prompt(self, request: Received) -> bool:
        return request.path.endswith("/chat/completions")

    def plain(self, request: Received) -> Any:
        if request.path in self.routes:
            return self.routes[request.path]
        return self.models if request.path.endswith("/v1/models") else None

    def frames(self, request: Received) -> tuple[list[bytes], list[bytes]]:
        pieces = self.pieces or [{"delta": {"content": word}} for word in self.words]
        tokens = [self._event({"index": 0, **piece}) for piece in pieces]
        end = []
        if self.finish_reason:
            choice = {"index": 0, "delta": {}, "finish_reason": self.finish_reason}
            end.append(self._event(choice))
        if self.usage:
            end.append(_sse({"id": "c1", "model": "test", "choices": [], "usage": self.usage}))
        return tokens, [*end, b"data: [DONE]\n\n"]

    def _event(self, choice: dict[str, Any]) -> bytes:
        return _sse({"id": "c1", "model": "test", "choices": [choice]})

    def error_frame(self) -> bytes:
        error = {"message": "secret words of the prompt", "code": 503, "type": "server_error"}
        return _sse({"error": error})

    def broken_frame(self) -> bytes:
        return b'data: {"id": "c1", "choices": [}\n\n'

    def open_frame(self) -> bytes:
        return b'data: {"id": "'


@dataclass
class OllamaModel:
    """One model of the fake Ollama."""

    name: str = "test:1b"
    context: int = 4096
    capabilities: tuple[str, ...] = ("completion", "tools")
    row: dict[str, Any] = field(default_factory=dict)
    """Further fields of its row in the list."""


class OllamaServer(FakeServer):
    """Shaped like Ollama's native API."""

    content_type = "application/x-ndjson"

    def __init__(
        self, *args: Any, models: Sequence[OllamaModel] = (OllamaModel(),), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.models = list(models)
        self.version = "0.14.0"
        self.running: list[dict[str, Any]] = []
        self.prompt_eval_count: int | None = 7
        self.done_reason = "stop"
        self.messages: list[dict[str, Any]] | None = None
        """Whole messages in place of the words."""

    def is_prompt(self, request: Received) -> bool:
        if request.path == "/api/generate":
            return "prompt" in request.json
        return request.path in ("/api/chat", "/api/pull")

    def plain(self, request: Received) -> Any:
        if request.path == "/api/generate":
            return {"model": request.json["model"], "response": "", "done": True}
        if request.path == "/api/embed":
            return {"model": request.json["model"], "prompt_eval_count": 9, **self.vectors(request)}
        if request.path == "/api/version":
            return {"version": self.version}
        if request.path == "/api/tags":
            return {"models": [self._row(model) for model in self.models]}
        if request.path == "/api/ps":
            return {"models": self.running}
        if request.path == "/api/show":
            return self._show(request.json["model"])
        return None

    def vectors(self, request: Received) -> dict[str, Any]:
        length = request.json.get("dimensions", 2)
        count = len(request.json["input"])
        return {"embeddings": [[float(at), *[0.5] * (length - 1)] for at in range(count)]}

    def _row(self, model: OllamaModel) -> dict[str, Any]:
        details = {"family": "llama", "parameter_size": "1.2B", "quantization_level": "Q4_K_M"}
        row = {"name": model.name, "model": model.name, "size": 1000, "digest": model.name}
        return {**row, "details": details, **model.row}

    def _show(self, name: str) -> dict[str, Any] | None:
        for model in self.models:
            if model.name == name:
                return {
                    "capabilities": list(model.capabilities),
                    "details": {"family": "llama"},
                    "template": "{{ .Prompt }}",
                    "model_info": {
                        "general.architecture": "llama",
                        "general.parameter_count": 1_200_000_000,
                        "llama.context_length": model.context,
                    },
                }
        return None

    def frames(self, request: Received) -> tuple[list[bytes], list[bytes]]:
        name = request.json["model"]
        if request.path == "/api/pull":
            steps = [{"status": "pulling manifest"}, {"status": "pulling x", "total": 9}]
            return [_line(step) for step in steps], [_line({"status": "success"})]
        if request.path == "/api/generate":
            last = {"model": name, "response": "", "done": True, "done_reason": self.done_reason}
            pieces = [{"model": name, "response": word, "done": False} for word in self.words]
            counts = {"prompt_eval_count": self.prompt_eval_count, "eval_count": len(pieces)}
            return [_line(piece) for piece in pieces], [_line(last | counts)]
        messages = self.messages or [{"content": word} for word in self.words]
        tokens = [
            _line({"model": name, "message": {"role": "assistant", **_message}, "done": False})
            if "message" not in _message
            else _line({"model": name, "done": False, **_message})
            for _message in messages
        ]
        last: dict[str, Any] = {
            "model": name,
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": self.done_reason,
            "eval_count": len(tokens),
        }
        if self.prompt_eval_count is not None:
            last["prompt_eval_count"] = self.prompt_eval_count
        return tokens, [_line(last)]

    def error_frame(self) -> bytes:
        return _line({"error": "an error was encountered while running the model: secret words"})

    def broken_frame(self) -> bytes:
        return b'{"model": "test:1b", "message": {\n'

    def open_frame(self) -> bytes:
        return b'{"model": "'


def closed_port() -> int:
    """A port on which nobody listens, and which the system gives to nobody of itself."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports are taken")


@contextlib.contextmanager
def deaf_port(port: int = 0) -> Iterator[int]:
    """A port whose queue is full: connections to it are neither taken nor refused."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(0)
        for _ in range(8):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield int(server.getsockname()[1])


@contextlib.asynccontextmanager
async def recording_proxy() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An HTTP proxy that notes the head of each request and answers 200 with `{}`."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            await _send_json(writer, {})
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


def _sse(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = [line.split(":", 1) for line in lines if line]
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, body)


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def _send_json(
    writer: asyncio.StreamWriter,
    value: Any,
    status: int = 200,
    headers: Sequence[tuple[str, str]] = (),
) -> None:
    if value is None and status == 200:
        status, value = 404, {"error": "not found"}
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    more = "".join(f"{name}: {text}\r\n" for name, text in headers)
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{more}"
    await _write(writer, f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)


async def _start_chunked(writer: asyncio.StreamWriter, content_type: str) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
    await _write(writer, head.encode())


async def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    await _write(writer, f"{len(data):x}\r\n".encode() + data + b"\r\n")


async def _end_chunked(writer: asyncio.StreamWriter) -> None:
    await _write(writer, b"0\r\n\r\n")


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
