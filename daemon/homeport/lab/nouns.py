"""What is said between a wire, the script and the player, whatever the wire."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any, Final, Literal

import msgspec

Kind = Literal["chat", "completion", "embed", "count"]
Finish = Literal["stop", "length", "tool_calls", "content_filter"]

_TOKEN: Final = re.compile(r"\s*\S+|\s+\Z")


def tokens_of(text: str) -> tuple[str, ...]:
    """A text as tokens, by the lab's rule: each word, with the space before it, is one."""
    return tuple(_TOKEN.findall(text))


def compact(value: Any) -> bytes:
    """One JSON value without needless spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class Refused(Exception):
    """A request that is answered with an error, in the shape of its wire."""

    def __init__(self, status: int, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt as the lab understands it."""

    kind: Kind = "chat"
    model: str = ""
    stream: bool = False
    text: str = ""
    """Every text of the prompt, system and earlier turns too."""
    question: str = ""
    """The last thing the user said."""
    prefix: str = ""
    """An assistant turn at the end, to be gone on from."""
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    """Names of the functions that may be called."""
    has_result: bool = False
    """The last turn brings the result of a tool."""
    schema: dict[str, Any] | None = None
    """The JSON schema that the answer must fit; empty where any JSON object will do."""
    wants_usage: bool = True
    """The usage belongs into a stream."""
    inputs: tuple[str, ...] = ()
    """What is to be embedded."""
    dimensions: int | None = None
    body: dict[str, Any] = {}
    """The decoded body."""


class Call(msgspec.Struct, frozen=True):
    """One call of a tool."""

    id: str
    name: str
    arguments: str
    """JSON text."""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """The usage that is told, true or not."""

    input: int = 0
    """Every input token, cached ones too."""
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    """Every output token, reasoning too."""
    reasoning: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What will be said, in tokens."""

    id: str = "lab"
    model: str = ""
    created: int = 0
    thinking: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    finish: Finish = "stop"
    usage: Spent | None = Spent()
    """None tells none."""

    @property
    def whole_text(self) -> str:
        """The text in one piece."""
        return "".join(self.text)

    @property
    def whole_thinking(self) -> str:
        """The reasoning in one piece."""
        return "".join(self.thinking)


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as bytes: what opens it, one piece for each token, what ends it."""

    content_type: str
    opening: bytes = b""
    tokens: tuple[bytes, ...] = ()
    ending: bytes = b""
    streamed: bool = True
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> bytes:
        """The body in one piece."""
        return b"".join((self.opening, *self.tokens, self.ending))


def sliced(content_type: str, body: bytes, pieces: int) -> Frames:
    """A body that is sent at once, cut evenly, so that a fault can come between its tokens."""
    pieces = max(1, pieces)
    at = [len(body) * number // pieces for number in range(pieces + 1)]
    tokens = tuple(body[start:end] for start, end in itertools.pairwise(at))
    return Frames(content_type=content_type, tokens=tokens, streamed=False)
