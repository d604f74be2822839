"""A server in the shape of the Gemini API, with the faults of `support.upstreams`."""

from __future__ import annotations

import json
from typing import Any

from support.upstreams import FakeServer, Received

GEMINI_ROW: dict[str, Any] = {
    "name": "models/gemini-2.5-flash",
    "displayName": "Gemini 2.5 Flash",
    "inputTokenLimit": 1048576,
    "outputTokenLimit": 65536,
    "supportedGenerationMethods": ["generateContent", "countTokens", "batchGenerateContent"],
    "thinking": True,
}
EMBEDDING_ROW: dict[str, Any] = {
    "name": "models/gemini-embedding-001",
    "inputTokenLimit": 2048,
    "outputTokenLimit": 1,
    "supportedGenerationMethods": ["embedContent", "countTextTokens"],
}


class GeminiServer(FakeServer):
    """Speaks `streamGenerateContent`, `countTokens`, `models` and `batchEmbedContents`."""

    content_type = "text/event-stream"

    def __init__(self, *args: Any, models: list[dict[str, Any]] | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rows = models or [GEMINI_ROW, EMBEDDING_ROW]
        self.page_size = 1000
        self.parts: list[dict[str, Any]] | None = None
        """Whole parts in place of the words."""
        self.usage: dict[str, Any] | None = {"promptTokenCount": 7, "candidatesTokenCount": 4}
        self.finish_reason: str | None = "STOP"
        self.behind: list[dict[str, Any]] = []
        """Chunks that follow the one with the finish reason."""
        self.vectors = True

    def is_prompt(self, request: Received) -> bool:
        return ":streamGenerateContent" in request.path

    def plain(self, request: Received) -> Any:
        if ":batchEmbedContents" in request.path:
            rows = request.json["requests"]
            texts = [row["content"]["parts"][0]["text"] for row in rows]
            return {"embeddings": [{"values": [len(text), 0.5]} for text in texts]}
        if ":countTokens" in request.path:
            return {"totalTokens": 21}
        path, _, query = request.path.partition("?")
        if path != "/v1beta/models":
            return None
        start = int(query.partition("pageToken=")[2] or 0)
        page: dict[str, Any] = {"models": self.rows[start : start + self.page_size]}
        if start + self.page_size < len(self.rows):
            page["nextPageToken"] = str(start + self.page_size)
        return page

    def frames(self, request: Received) -> tuple[list[bytes], list[bytes]]:
        parts = self.parts or [{"text": word} for word in self.words]
        tokens = [self._event({"content": {"parts": [part], "role": "model"}}) for part in parts]
        end = []
        if self.finish_reason:
            last: dict[str, Any] = {"content": {}, "finishReason": self.finish_reason, "index": 0}
            more = {"usageMetadata": self.usage} if self.usage else {}
            end.append(self._event(last, **more))
        return tokens, [*end, *(sse(chunk) for chunk in self.behind)]

    def _event(self, candidate: dict[str, Any], **more: Any) -> bytes:
        named = {"modelVersion": "gemini-2.5-flash", "responseId": "r1"}
        return sse({"candidates": [candidate], **named, **more})

    def error_frame(self) -> bytes:
        error = {"code": 503, "message": "secret words of the prompt", "status": "UNAVAILABLE"}
        return sse({"error": error})

    def broken_frame(self) -> bytes:
        return b'data: {"candidates": [}\r\n\r\n'

    def open_frame(self) -> bytes:
        return b'data: {"candidates": "'


def sse(value: Any) -> bytes:
    """One event, its lines ended as Google ends them."""
    return b"data: " + json.dumps(value).encode() + b"\r\n\r\n"
