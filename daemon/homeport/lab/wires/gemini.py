"""Gemini's shape: generating (whole and streamed), counting, embedding, models, errors."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qs

from msgspec.structs import replace

from homeport.lab import catalog
from homeport.lab.answering import input_tokens, vector_of
from homeport.lab.log import Received
from homeport.lab.nouns import Answer, Asked, Call, Frames, Spent, compact
from homeport.lab.wires.shape import Wire, arguments_of, body_of, required, text_in

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_FINISH = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
}
_METHODS = {
    "generateContent": "chat",
    "streamGenerateContent": "chat",
    "countTokens": "count",
    "embedContent": "embed",
    "batchEmbedContents": "embed",
}
_PREFIXES = ("/v1beta/", "/v1alpha/")


class GeminiWire(Wire):
    """Serves `/v1beta/models` and what is asked of a model there."""

    name: ClassVar[str] = "gemini"

    def owns(self, request: Received) -> bool:
        """Everything below `/v1beta`; of `/v1` what is asked of a model, or with Google's key."""
        if request.path.startswith(_PREFIXES):
            return True
        method = request.path.rpartition(":")[2]
        return request.path.startswith("/v1/models") and (
            method in _METHODS or "x-goog-api-key" in request.headers
        )

    def asked(self, request: Received) -> Asked | None:
        """The prompt; the path names the model and what is asked of it."""
        model, _, method = request.path.partition("/models/")[2].rpartition(":")
        if request.method != "POST" or method not in _METHODS:
            return None
        body = body_of(request)
        if _METHODS[method] == "embed":
            return _read_embedding(body, model)
        # A count may wrap the whole request.
        body = body.get("generateContentRequest") or body
        required(body, "contents")
        asked = _read(body, model)
        if method == "countTokens":
            return replace(asked, kind="count")
        sse_wanted = parse_qs(request.query).get("alt") == ["sse"]
        streams = method == "streamGenerateContent"
        return replace(asked, stream=streams, body={**body, "lab_sse": sse_wanted})

    def plain(self, request: Received) -> Any:
        """The list of models, or one of them."""
        _, _, name = request.path.partition("/models/")
        if not name and request.path.endswith("/models"):
            return {"models": [_row(model) for model in self.models]}
        model = catalog.find(self.models, name)
        return _row(model) if model else None

    def key(self, request: Received) -> str:
        """`x-goog-api-key`, or `?key=`."""
        asked = parse_qs(request.query).get("key") or [""]
        return request.headers.get("x-goog-api-key") or asked[0]

    def streamed(self, asked: Asked, answer: Answer) -> Frames:
        """Chunks as events; without `alt=sse`, the items of one JSON array."""
        parts: list[dict[str, Any]] = [{"text": t, "thought": True} for t in answer.thinking]
        parts += [{"text": token} for token in answer.text]
        parts += [_call(call) for call in answer.calls]
        chunks = [compact(_chunk(_so_far(answer, n), [part])) for n, part in enumerate(parts, 1)]
        last = compact(_chunk(answer, [{"text": ""}], answer.finish))
        if asked.body.get("lab_sse"):
            return Frames(
                content_type="text/event-stream",
                tokens=tuple(b"data: " + chunk + b"\r\n\r\n" for chunk in chunks),
                ending=b"data: " + last + b"\r\n\r\n",
            )
        return Frames(
            content_type="application/json; charset=UTF-8",
            opening=b"[",
            tokens=tuple(chunk + b"\n,\r\n" for chunk in chunks),
            ending=last + b"\n]",
        )

    def whole(self, asked: Asked, answer: Answer) -> Any:
        """One answer, a count, or vectors."""
        if asked.kind == "count":
            return {"totalTokens": input_tokens(asked)}
        if asked.kind == "embed":
            rows = [{"values": vector_of(text, asked.dimensions)} for text in asked.inputs]
            return {"embeddings": rows} if "requests" in asked.body else {"embedding": rows[0]}
        parts: list[dict[str, Any]] = []
        if answer.thinking:
            parts.append({"text": answer.whole_thinking, "thought": True})
        if answer.text or not answer.calls:
            parts.append({"text": answer.whole_text})
        parts += [_call(call) for call in answer.calls]
        return _chunk(answer, parts, answer.finish)

    def error(self, status: int, message: str, code: str = "") -> Any:
        """Google's error object; a wrong key is a 400 there."""
        shown = code or _STATUSES.get(status, "UNKNOWN")
        return {"error": {"code": status, "message": message, "status": shown}}

    def refusal(self, status: int, message: str, code: str, wait_s: float | None) -> Any:
        """Google tells the wait in the error's details."""
        told = self.error(status, message, code)
        if wait_s is not None:
            kind = "type.googleapis.com/google.rpc.RetryInfo"
            told["error"]["details"] = [{"@type": kind, "retryDelay": f"{wait_s:g}s"}]
        return told

    def event(self, data: bytes) -> bytes:
        """One event, its line ends as Google has them."""
        return b"data: " + data + b"\r\n\r\n"

    def open_event(self) -> bytes:
        """An event without an end."""
        return b'data: {"candidates": "'


def _read(body: dict[str, Any], model: str) -> Asked:
    contents = [turn for turn in body["contents"] if isinstance(turn, dict)]
    last = contents[-1] if contents else {}
    parts = [part for part in last.get("parts") or () if isinstance(part, dict)]
    config = body.get("generationConfig") or {}
    declared = [
        function
        for tool in body.get("tools") or ()
        for function in tool.get("functionDeclarations") or ()
    ]
    texts = [text_in(body.get("systemInstruction")), *(text_in(turn) for turn in contents)]
    asked_by = [text_in(turn) for turn in contents if turn.get("role", "user") == "user"]
    as_json = config.get("responseMimeType") == "application/json"
    schema = config.get("responseJsonSchema") or _lowered(config.get("responseSchema") or {})
    return Asked(
        model=model,
        text="\n".join(filter(None, texts)),
        question=asked_by[-1] if asked_by else "",
        prefix=text_in(last) if last.get("role") == "model" else "",
        max_tokens=config.get("maxOutputTokens"),
        stop=tuple(config.get("stopSequences") or ()),
        tools=tuple(str(function.get("name") or "") for function in declared),
        has_result=any("functionResponse" in part for part in parts),
        schema=(schema or {"type": "object"}) if as_json else None,
        body=body,
    )


def _read_embedding(body: dict[str, Any], model: str) -> Asked:
    requests = body.get("requests") or [body]
    return Asked(
        kind="embed",
        model=model,
        inputs=tuple(text_in(each.get("content")) for each in requests),
        dimensions=requests[0].get("outputDimensionality"),
        body=body,
    )


def _lowered(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in Google's words (`OBJECT`) in everybody's."""
    found = dict(schema)
    if isinstance(found.get("type"), str):
        found["type"] = found["type"].lower()
    if isinstance(found.get("properties"), dict):
        found["properties"] = {n: _lowered(part) for n, part in found["properties"].items()}
    if isinstance(found.get("items"), dict):
        found["items"] = _lowered(found["items"])
    return found


def _chunk(
    answer: Answer, parts: list[dict[str, Any]], finish: str | None = None
) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = _FINISH[finish]
    usage = {"usageMetadata": _usage(answer.usage)} if answer.usage else {}
    named = {"modelVersion": answer.model, "responseId": answer.id}
    return {"candidates": [candidate], **usage, **named}


def _so_far(answer: Answer, pieces: int) -> Answer:
    """The answer with what was spent after so many pieces: each chunk tells the sum."""
    spent = answer.usage
    if spent is None:
        return answer
    thought = min(pieces, spent.reasoning)
    told = replace(spent, output=min(pieces, spent.output), reasoning=thought)
    return replace(answer, usage=told)


def _usage(spent: Spent) -> dict[str, Any]:
    """Google counts reasoning beside the candidates' tokens, not in them."""
    told: dict[str, Any] = {
        "promptTokenCount": spent.input,
        "candidatesTokenCount": max(0, spent.output - spent.reasoning),
        "totalTokenCount": spent.input + spent.output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": spent.input}],
    }
    if spent.reasoning:
        told["thoughtsTokenCount"] = spent.reasoning
    if spent.cache_read:
        told["cachedContentTokenCount"] = spent.cache_read
    return told


def _call(call: Call) -> dict[str, Any]:
    return {"functionCall": {"name": call.name, "args": arguments_of(call)}}


def _row(model: catalog.LabModel) -> dict[str, Any]:
    able = ["embedContent"] if model.embeds else ["generateContent", "countTokens"]
    return {
        "name": f"models/{model.name}",
        "version": "001",
        "displayName": model.name,
        "inputTokenLimit": model.context,
        "outputTokenLimit": model.max_output,
        "supportedGenerationMethods": able,
    }
