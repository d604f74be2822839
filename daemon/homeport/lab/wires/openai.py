"""OpenAI's shape: chat and text completions, responses, embeddings, models, errors."""

from __future__ import annotations

import base64
import struct
from typing import Any, ClassVar

from homeport.lab import catalog
from homeport.lab.answering import input_tokens, vector_of
from homeport.lab.limits import Room
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Asked, Frames
from homeport.lab.wires import openai_chat, openai_completions, openai_responses, sse
from homeport.lab.wires.shape import Breaking, Wire, body_of, required

_TYPES = {
    401: "invalid_request_error",
    429: "requests",
    404: "invalid_request_error",
}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


class OpenAIWire(Wire):
    """Serves `/v1/chat/completions`, `/v1/responses`, `/v1/completions`, `/v1/embeddings`."""

    name: ClassVar[str] = "openai"
    root: ClassVar[str] = "/v1"

    def owns(self, request: Received) -> bool:
        """Everything below `/v1`."""
        return request.path.startswith("/v1/")

    def asked(self, request: Received) -> Asked | None:
        """The prompt of whichever of the four routes."""
        route = self.route(request)
        if request.method != "POST" or route not in _READERS:
            return None
        body = body_of(request)
        required(body, "model")
        return _READERS[route](body)

    def plain(self, request: Received) -> Any:
        """The list of models, or one of them."""
        route = self.route(request)
        if route == "models":
            return {"object": "list", "data": [self.row(model) for model in self.models]}
        if route.startswith("models/"):
            model = catalog.find(self.models, route.removeprefix("models/"))
            return self.row(model) if model else None
        return None

    def route(self, request: Received) -> str:
        """The path below `/v1`."""
        return request.path.removeprefix("/v1/").strip("/")

    def row(self, model: catalog.LabModel) -> dict[str, Any]:
        """One model of the list."""
        return {"id": model.name, "object": "model", "created": 1_767_225_600, "owned_by": "lab"}

    def streamed(self, asked: Asked, answer: Answer) -> Frames:
        """The chunks or the events of the route that was asked."""
        frames: Frames = _writer(asked).streamed(asked, answer)
        return frames

    def whole(self, asked: Asked, answer: Answer) -> Any:
        """One object."""
        if asked.kind == "embed":
            return _embeddings(asked)
        return _writer(asked).whole(asked, answer)

    def error(self, status: int, message: str, code: str = "") -> Any:
        """OpenAI's error object."""
        kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
        code_or_none = code or _CODES.get(status)
        return {"error": {"message": message, "type": kind, "param": None, "code": code_or_none}}

    def event(self, data: bytes) -> bytes:
        """One nameless event."""
        return sse.raw(data)

    def breaking(self, asked: Asked | None) -> Breaking:
        """The events of a response have names; those of a chat have none."""
        as_response = asked is not None and asked.kind == "chat" and "input" in asked.body
        return openai_responses.ResponseBreaking() if as_response else self

    def limit_headers(self, requests: Room | None, tokens: Room | None) -> list[tuple[str, str]]:
        """`x-ratelimit-*`."""
        found = []
        for name, room in (("requests", requests), ("tokens", tokens)):
            if room:
                found += [
                    (f"x-ratelimit-limit-{name}", str(room.limit)),
                    (f"x-ratelimit-remaining-{name}", str(room.left)),
                    (f"x-ratelimit-reset-{name}", f"{room.full_in_s:.3f}s"),
                ]
        return found


def _writer(asked: Asked) -> Any:
    if asked.kind == "completion":
        return openai_completions
    return openai_responses if "input" in asked.body else openai_chat


def _asked_embeddings(body: dict[str, Any]) -> Asked:
    required(body, "input")
    given = body["input"]
    several = isinstance(given, list) and bool(given) and not isinstance(given[0], int)
    inputs = given if several else [given]
    return Asked(
        kind="embed",
        model=str(body["model"]),
        inputs=tuple(text if isinstance(text, str) else str(text) for text in inputs),
        dimensions=body.get("dimensions"),
        body=body,
    )


def _embeddings(asked: Asked) -> dict[str, Any]:
    packed = asked.body.get("encoding_format") == "base64"
    rows = []
    for index, text in enumerate(asked.inputs):
        vector = vector_of(text, asked.dimensions)
        told = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        rows.append(
            {"object": "embedding", "index": index, "embedding": told if packed else vector}
        )
    count = input_tokens(asked)
    usage = {"prompt_tokens": count, "total_tokens": count}
    return {"object": "list", "data": rows, "model": asked.model, "usage": usage}


_READERS = {
    "chat/completions": openai_chat.read,
    "completions": openai_completions.read,
    "responses": openai_responses.read,
    "embeddings": _asked_embeddings,
}
