"""Anthropic's shape: messages, counting of tokens, models, errors."""

from __future__ import annotations

from typing import Any, ClassVar

from homeport.lab import catalog
from homeport.lab.answering import input_tokens
from homeport.lab.limits import Room
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Asked, Call, Frames, Spent
from homeport.lab.wires import sse
from homeport.lab.wires.openai_chat import last_said
from homeport.lab.wires.shape import Wire, arguments_of, body_of, message_of, required, text_in

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_FINISH = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}
SIGNATURE = "bGFiLXNpZ25hdHVyZQ=="


class AnthropicWire(Wire):
    """Serves `/v1/messages`, `/v1/messages/count_tokens` and `/v1/models`."""

    name: ClassVar[str] = "anthropic"

    def owns(self, request: Received) -> bool:
        """Its own paths, and the models where its version header is sent."""
        if request.path.startswith("/v1/messages"):
            return True
        return request.path.startswith("/v1/models") and "anthropic-version" in request.headers

    def asked(self, request: Received) -> Asked | None:
        """The prompt of a message, or of a count."""
        if request.method != "POST" or not request.path.startswith("/v1/messages"):
            return None
        body = body_of(request)
        counts = request.path.endswith("/count_tokens")
        required(body, "model", "messages", *(() if counts else ("max_tokens",)))
        return read(body, counts=counts)

    def plain(self, request: Received) -> Any:
        """The list of models, or one of them."""
        if request.path == "/v1/models":
            rows = [_row(model) for model in self.models]
            ends = {"first_id": rows[0]["id"], "last_id": rows[-1]["id"]} if rows else {}
            return {"data": rows, "has_more": False, **ends}
        model = catalog.find(self.models, request.path.removeprefix("/v1/models/"))
        return _row(model) if model else None

    def key(self, request: Received) -> str:
        """`x-api-key`, or a bearer token."""
        return request.headers.get("x-api-key") or super().key(request)

    def streamed(self, asked: Asked, answer: Answer) -> Frames:  # noqa: ARG002  # of every wire
        """Events from `message_start` to `message_stop`."""
        return _Stream(answer).frames()

    def whole(self, asked: Asked, answer: Answer) -> Any:
        """One message, or a count."""
        if asked.kind == "count":
            return {"input_tokens": input_tokens(asked)}
        content: list[dict[str, Any]] = []
        if answer.thinking:
            thinking = {"thinking": answer.whole_thinking, "signature": SIGNATURE}
            content.append({"type": "thinking", **thinking})
        if answer.text or not answer.calls:
            content.append({"type": "text", "text": answer.whole_text})
        content += [{**_call(call), "input": arguments_of(call)} for call in answer.calls]
        message = {**_message(answer), "content": content, "stop_reason": _FINISH[answer.finish]}
        return message | ({"usage": _usage(answer.usage)} if answer.usage else {})

    def error(self, status: int, message: str, code: str = "") -> Any:
        """Anthropic's error object."""
        kind = code or _TYPES.get(status, "api_error" if status >= 500 else _TYPES[400])
        error = {"type": kind, "message": message}
        return {"type": "error", "error": error, "request_id": "req_lab"}

    def error_event(self, status: int) -> bytes:
        """`event: error`."""
        return sse.named("error", self.error(529 if status == 503 else status, message_of(529)))

    def event(self, data: bytes) -> bytes:
        """One event as a piece of a block."""
        return b"event: content_block_delta\n" + sse.raw(data)

    def open_event(self) -> bytes:
        """An event without an end."""
        return b'event: content_block_delta\ndata: {"type":"'

    def limit_headers(self, requests: Room | None, tokens: Room | None) -> list[tuple[str, str]]:
        """`anthropic-ratelimit-*`; a reset is a moment in time."""
        from datetime import UTC, datetime, timedelta

        found = []
        for name, room in (("requests", requests), ("tokens", tokens)):
            if room:
                full = datetime.now(UTC) + timedelta(seconds=room.full_in_s)
                found += [
                    (f"anthropic-ratelimit-{name}-limit", str(room.limit)),
                    (f"anthropic-ratelimit-{name}-remaining", str(room.left)),
                    (f"anthropic-ratelimit-{name}-reset", full.strftime("%Y-%m-%dT%H:%M:%SZ")),
                ]
        return found


def read(body: dict[str, Any], *, counts: bool) -> Asked:
    """The prompt in a body."""
    messages = [m for m in body["messages"] if isinstance(m, dict)]
    last = messages[-1] if messages else {}
    content = last.get("content")
    texts = [text_in(body.get("system")), *(text_in(m.get("content")) for m in messages)]
    shape = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    return Asked(
        kind="count" if counts else "chat",
        model=str(body["model"]),
        stream=bool(body.get("stream")) and not counts,
        text="\n".join(filter(None, texts)),
        question=last_said(messages, "user"),
        prefix=text_in(content) if last.get("role") == "assistant" else "",
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        tools=tuple(str(tool.get("name") or "") for tool in body.get("tools") or ()),
        has_result=isinstance(content, list)
        and any(isinstance(part, dict) and part.get("type") == "tool_result" for part in content),
        schema=shape.get("schema") if shape.get("type") == "json_schema" else None,
        body=body,
    )


class _Stream:
    """The events of one answer, block by block."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._index = 0
        self._tokens: list[bytes] = []
        self._pending = b""
        """Events that have no token of their own: they go before the next one."""

    def frames(self) -> Frames:
        """All of them."""
        answer = self._answer
        begun = _message(answer)
        if answer.usage:
            begun["usage"] = {**_usage(answer.usage), "output_tokens": 1}
        opening = _event("message_start", message=begun) + _event("ping")
        if answer.thinking:
            deltas = [{"type": "thinking_delta", "thinking": token} for token in answer.thinking]
            signed = {"type": "signature_delta", "signature": SIGNATURE}
            self._block({"type": "thinking", "thinking": "", "signature": ""}, deltas, signed)
        if answer.text or not answer.calls:
            deltas = [{"type": "text_delta", "text": token} for token in answer.text]
            self._block({"type": "text", "text": ""}, deltas)
        for call in answer.calls:
            pieces = sse.pieces(call.arguments)
            self._block(
                {**_call(call), "input": {}},
                [{"type": "input_json_delta", "partial_json": piece} for piece in pieces],
            )
        return Frames(
            content_type=sse.CONTENT_TYPE,
            opening=opening,
            tokens=tuple(self._tokens),
            ending=self._pending + self._end(),
        )

    def _block(
        self,
        block: dict[str, Any],
        deltas: list[dict[str, Any]],
        last: dict[str, Any] | None = None,
    ) -> None:
        at = {"index": self._index}
        self._pending += _event("content_block_start", **at, content_block=block)
        for delta in deltas:
            piece = _event("content_block_delta", **at, delta=delta)
            self._tokens.append(self._pending + piece)
            self._pending = b""
        if last:
            self._pending += _event("content_block_delta", **at, delta=last)
        self._pending += _event("content_block_stop", **at)
        self._index += 1

    def _end(self) -> bytes:
        delta = {"stop_reason": _FINISH[self._answer.finish], "stop_sequence": None}
        usage = {"usage": _usage(self._answer.usage)} if self._answer.usage else {}
        return _event("message_delta", delta=delta, **usage) + _event("message_stop")


def _event(kind: str, **fields: Any) -> bytes:
    return sse.named(kind, {"type": kind, **fields})


def _message(answer: Answer) -> dict[str, Any]:
    return {
        "id": f"msg_{answer.id}",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _usage(spent: Spent) -> dict[str, Any]:
    """Anthropic counts cached tokens beside `input_tokens`, not in it."""
    return {
        "input_tokens": max(0, spent.input - spent.cache_read - spent.cache_write),
        "cache_creation_input_tokens": spent.cache_write,
        "cache_read_input_tokens": spent.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": spent.cache_write,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": spent.output,
        "service_tier": "standard",
    }


def _call(call: Call) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id.replace("call_", "toolu_"), "name": call.name}


def _row(model: catalog.LabModel) -> dict[str, Any]:
    return {
        "type": "model",
        "id": model.name,
        "display_name": model.name,
        "created_at": "2026-01-01T00:00:00Z",
        "max_input_tokens": model.context,
        "max_tokens": model.max_output,
    }
