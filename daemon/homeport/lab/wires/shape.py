"""What every wire of the lab is."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from homeport.lab.catalog import LabModel
from homeport.lab.limits import Room
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Asked, Call, Frames, Refused, compact, sliced


class Breaking(Protocol):
    """How a stream says what it should not say."""

    def error_event(self, status: int) -> bytes:
        """An error inside a stream."""
        ...

    def event(self, data: bytes) -> bytes:
        """Any bytes as one event."""
        ...

    def open_event(self) -> bytes:
        """The start of an event that does not end."""
        ...


class Wire(ABC):
    """One provider's shape. Holds the models that it lists, and nothing of any request."""

    name: ClassVar[str]
    root: ClassVar[str] = ""
    """What a client's base URL ends with."""
    lists_all: ClassVar[bool] = False
    """Answers a prompt for any model, listed or not."""

    def __init__(self, models: Sequence[LabModel]) -> None:
        self.models = list(models)

    @abstractmethod
    def owns(self, request: Received) -> bool:
        """Whether a path is of this wire."""

    @abstractmethod
    def asked(self, request: Received) -> Asked | None:
        """The prompt in a request; None where it brings none. Raises `Refused`."""

    @abstractmethod
    def plain(self, request: Received) -> Any:
        """The JSON (or text) of a route that takes no prompt; None is a 404."""

    @abstractmethod
    def streamed(self, asked: Asked, answer: Answer) -> Frames:
        """An answer as it streams."""

    @abstractmethod
    def whole(self, asked: Asked, answer: Answer) -> Any:
        """An answer as one object."""

    @abstractmethod
    def error(self, status: int, message: str, code: str = "") -> Any:
        """An error as one object."""

    @abstractmethod
    def event(self, data: bytes) -> bytes:
        """Any bytes as one event of a stream."""

    def refusal(self, status: int, message: str, code: str, wait_s: float | None) -> Any:
        """An error in place of an answer, where a time to wait may be told in its body."""
        del wait_s
        return self.error(status, message, code)

    def error_event(self, status: int) -> bytes:
        """An error inside a stream."""
        return self.event(compact(self.error(status, message_of(status))))

    def open_event(self) -> bytes:
        """The start of an event that does not end."""
        return b'data: {"id": "'

    def breaking(self, asked: Asked | None) -> Breaking:
        """How the stream of this prompt says what it should not."""
        del asked
        return self

    def key(self, request: Received) -> str:
        """The key that a request brings."""
        given = request.headers.get("authorization", "")
        return given.removeprefix("Bearer ").strip()

    def limit_headers(self, requests: Room | None, tokens: Room | None) -> list[tuple[str, str]]:
        """What is left of the rate limits, as headers."""
        del requests, tokens
        return []

    def frames(self, asked: Asked, answer: Answer) -> Frames:
        """An answer as the caller wants it: streamed or whole."""
        if asked.stream:
            return self.streamed(asked, answer)
        said = len(answer.thinking) + len(answer.text)
        return sliced("application/json", compact(self.whole(asked, answer)), said)


def body_of(request: Received) -> dict[str, Any]:
    """The decoded body; raises `Refused` where it is no object."""
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(400, "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "The body must be an object.")
    return body


def text_in(content: Any) -> str:
    """Every text in a message's content, whatever shape it has."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(map(text_in, content))
    if isinstance(content, dict):
        pieces = (content.get(name) for name in ("text", "content", "output", "parts"))
        return "".join(text_in(piece) for piece in pieces if piece)
    return ""


def arguments_of(call: Call) -> dict[str, Any]:
    """The arguments of a call as an object, for wires that have no text of them."""
    try:
        found = json.loads(call.arguments)
    except ValueError:
        return {"text": call.arguments}
    return found if isinstance(found, dict) else {"value": found}


def required(body: dict[str, Any], *names: str) -> None:
    """Refuse a body without these fields."""
    for name in names:
        if not body.get(name):
            raise Refused(400, f"Missing required parameter: '{name}'.")


def message_of(status: int) -> str:
    """What a provider says with a status."""
    return {
        400: "The request is malformed.",
        401: "The key is not valid.",
        402: "The account has no credit left.",
        403: "This key may not do that.",
        404: "There is nothing here.",
        408: "The request took too long to arrive.",
        413: "The request is larger than what is taken.",
        422: "The request cannot be processed.",
        429: "Too many requests. Slow down.",
        500: "The server had an error while processing the request.",
        502: "Bad gateway.",
        503: "The service is unavailable.",
        504: "The gateway gave up waiting.",
        529: "Overloaded.",
    }.get(status, "Something failed.")
