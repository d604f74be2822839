"""A server of Anthropic's Messages API for tests: real sockets, scripted answers and faults."""

from __future__ import annotations

import json
from typing import Any

from support.upstreams import FakeServer, Received

USAGE = {
    "input_tokens": 5,
    "cache_read_input_tokens": 2,
    "cache_creation_input_tokens": 0,
    "output_tokens": 1,
}


def event(kind: str, **fields: Any) -> bytes:
    """One event as it goes over the wire."""
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def start(index: int, **block: Any) -> bytes:
    """The start of a block."""
    return event("content_block_start", index=index, content_block=block)


def more(index: int, **delta: Any) -> bytes:
    """More of a block."""
    return event("content_block_delta", index=index, delta=delta)


def stop(index: int) -> bytes:
    """The end of a block."""
    return event("content_block_stop", index=index)


def opening(**fields: Any) -> bytes:
    """The first event."""
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-test-4-5",
        "content": [], "stop_reason": None, "stop_sequence": None, "usage": USAGE,
    }  # fmt: skip
    return event("message_start", message=message | fields)


def closing(stop_reason: str = "end_turn", **usage: Any) -> bytes:
    """The last events."""
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    return event("message_delta", delta=delta, usage={"output_tokens": 4} | usage) + event(
        "message_stop"
    )


def model_row(name: str, **fields: Any) -> dict[str, Any]:
    """A row of the listing."""
    return {"type": "model", "id": name, "display_name": name, "lifecycle": "active"} | fields


class AnthropicServer(FakeServer):
    """Lists models, counts tokens and answers prompts as Anthropic does."""

    content_type = "text/event-stream"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.models = [model_row("claude-sonnet-4-5-20250929"), model_row("claude-opus-4-8")]
        self.page_size = 1000
        self.input_tokens = 21
        self.stream: list[bytes] | None = None
        """Whole events in place of the words."""

    def is_prompt(self, request: Received) -> bool:
        return request.path.partition("?")[0] == "/v1/messages"

    def plain(self, request: Received) -> Any:
        path, _, query = request.path.partition("?")
        if path == "/v1/messages/count_tokens":
            return {"input_tokens": self.input_tokens}
        if path != "/v1/models":
            return None
        after = query.partition("after_id=")[2].partition("&")[0]
        ids = [row["id"] for row in self.models]
        first = ids.index(after) + 1 if after else 0
        rows = self.models[first : first + self.page_size]
        return {
            "data": rows,
            "has_more": first + len(rows) < len(self.models),
            "first_id": rows[0]["id"],
            "last_id": rows[-1]["id"],
        }

    def frames(self, request: Received) -> tuple[list[bytes], list[bytes]]:
        if self.stream is not None:
            return self.stream, []
        tokens = [more(0, type="text_delta", text=word) for word in self.words]
        head = opening() + start(0, type="text", text="") + event("ping")
        if not tokens:
            return [], [opening() + closing()]
        return [head + tokens[0], *tokens[1:]], [stop(0), closing()]

    def error_frame(self) -> bytes:
        return event("error", error={"type": "overloaded_error", "message": "secret words"})

    def broken_frame(self) -> bytes:
        return b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": }\n\n'

    def open_frame(self) -> bytes:
        return b'event: content_block_delta\ndata: {"type": "'
