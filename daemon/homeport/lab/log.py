"""What a lab server received and gave: bounded, and countable by tests."""

from __future__ import annotations

import json
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MOST_REQUESTS: Final = 5000
MOST_BYTES: Final = 256 * 1024 * 1024
_SECRET_HEADERS: Final = ("authorization", "x-api-key", "x-goog-api-key", "cookie")


@dataclass
class Received:
    """One request as it arrived, and what became of it."""

    method: str
    path: str
    """Without its query."""
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""
    number: int = 0
    connection: int = 0
    """Which connection brought it, counted from 1."""
    at_s: float = field(default_factory=time.time)
    """When it came, whether or not anybody had time for it."""
    wire: str = ""
    model: str = ""
    is_prompt: bool = False
    status: int = 0
    """Of the answer; 0 where no head was sent."""
    tokens: int = 0
    """Tokens that were given."""
    first_token_ms: float | None = None
    """From its arrival until its first token had left."""
    fault: str = ""
    """The fault it met."""
    outcome: str = ""
    """`whole`, `fault`, `left` (the caller went away), or empty while it runs."""
    replayed: bool = False
    """Its key had come before, and the same answer was given again."""

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)

    def told(self) -> dict[str, Any]:
        """The row of `GET /lab/log`; keys are not in it."""
        hidden = {name: "…" for name in _SECRET_HEADERS if name in self.headers}
        row = {name: value for name, value in vars(self).items() if name != "body"}
        return {
            **row,
            "headers": {**self.headers, **hidden},
            "body": self.body.decode("utf-8", "replace"),
        }


class Log:
    """Every request, the newest ones kept, all of them counted."""

    def __init__(self, most: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: deque[Received] = deque(maxlen=most)
        self._bytes = 0
        self._counted: dict[int, int] = {}
        """Bytes of each that is kept, by its number, as far as they are in the sum."""
        self.received = 0
        """Requests so far."""
        self.connections = 0
        """Connections taken so far."""
        self.unread = bytearray()
        """Bytes of requests that never became whole."""

    def __repr__(self) -> str:
        return f"Log({self.received} requests, {self.tokens} tokens)"

    def __iter__(self) -> Iterator[Received]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, request: Received) -> None:
        """Note a request, whose body may still come; the oldest go where there are too many."""
        self.received += 1
        request.number = self.received
        if len(self._kept) == self._kept.maxlen:
            self._forget_oldest()
        self._kept.append(request)
        self._counted[request.number] = 0
        self.weigh(request)

    def weigh(self, request: Received) -> None:
        """Its body has come; the oldest go where all of them are too large."""
        before = self._counted.get(request.number)
        if before is None:
            return
        self._counted[request.number] = len(request.body)
        self._bytes += len(request.body) - before
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self._bytes -= self._counted.pop(self._kept.popleft().number)

    def clear(self) -> None:
        """Forget what was received."""
        self._kept.clear()
        self._counted.clear()
        self._bytes = self.received = self.connections = 0
        self.unread.clear()

    @property
    def requests(self) -> list[Received]:
        """Those that are kept, oldest first."""
        return list(self._kept)

    @property
    def prompts(self) -> list[Received]:
        """Requests that brought a prompt (or texts to be embedded)."""
        return [request for request in self._kept if request.is_prompt]

    @property
    def last(self) -> Received:
        """The newest prompt."""
        return self.prompts[-1]

    @property
    def tokens(self) -> int:
        """Tokens given, of all that is kept."""
        return sum(request.tokens for request in self._kept)

    def calls(self, *, model: str = "", path: str = "") -> int:
        """Prompts that came for a model or by a path."""
        return sum(
            1
            for request in self.prompts
            if model in ("", request.model) and (not path or request.path == path)
        )

    def holds(self, text: str | bytes) -> bool:
        """Whether this was in anything that arrived: a path, a header, a body, half a request.

        A text is looked for as it is, and as JSON may write it.
        """
        needles = {text} if isinstance(text, bytes) else _written(text)
        return any(needle in piece for piece in self._pieces() for needle in needles)

    def _pieces(self) -> Iterator[bytes]:
        """Everything that arrived and is kept."""
        yield bytes(self.unread)
        for request in self._kept:
            yield request.body
            yield f"{request.path}?{request.query}".encode()
            yield repr(request.headers).encode()

    def told(self, last: int = 100) -> dict[str, Any]:
        """What `GET /lab/log` gives."""
        shown = list(self._kept)[-last:] if last else []
        return {
            "received": self.received,
            "connections": self.connections,
            "prompts": len(self.prompts),
            "tokens": self.tokens,
            "models": dict(Counter(request.model for request in self.prompts)),
            "outcomes": dict(Counter(request.outcome or "running" for request in self.prompts)),
            "requests": [request.told() for request in shown],
        }


def _written(text: str) -> set[bytes]:
    """A text in the ways that it may be sent."""
    return {
        text.encode(),
        json.dumps(text)[1:-1].encode(),
        json.dumps(text, ensure_ascii=False)[1:-1].encode(),
    }
