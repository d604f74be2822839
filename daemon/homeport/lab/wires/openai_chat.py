"""OpenAI chat completions: the prompt in a body, and an answer as chunks or whole."""

from __future__ import annotations

from typing import Any

from homeport.lab.nouns import Answer, Asked, Call, Frames, Spent
from homeport.lab.wires import sse
from homeport.lab.wires.shape import required, text_in


def read(body: dict[str, Any]) -> Asked:
    """The prompt in a body."""
    required(body, "messages")
    messages = [m for m in body["messages"] if isinstance(m, dict)]
    last = messages[-1] if messages else {}
    stop = body.get("stop") or ()
    options = body.get("stream_options") or {}
    return Asked(
        model=str(body["model"]),
        stream=bool(body.get("stream")),
        text="\n".join(text_in(m.get("content")) for m in messages),
        question=last_said(messages, "user"),
        prefix=text_in(last.get("content")) if last.get("role") == "assistant" else "",
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        tools=tuple(_tool_name(tool) for tool in body.get("tools") or ()),
        has_result=last.get("role") == "tool",
        schema=_schema(body.get("response_format") or {}),
        wants_usage=bool(options.get("include_usage")),
        body=body,
    )


def last_said(messages: list[dict[str, Any]], role: str) -> str:
    """The text of the last turn of a role."""
    return next(
        (text_in(m.get("content")) for m in reversed(messages) if m.get("role") == role), ""
    )


def streamed(asked: Asked, answer: Answer) -> Frames:
    """Chunks, one for each token, and `[DONE]`."""

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return sse.data({**_top(answer, "chat.completion.chunk"), "choices": [choice]})

    tokens = [chunk({"reasoning_content": token}) for token in answer.thinking]
    tokens += [chunk({"content": token}) for token in answer.text]
    for index, call in enumerate(answer.calls):
        tokens += [chunk({"tool_calls": [part]}) for part in _parts(index, call)]
    ending = chunk({}, answer.finish)
    if asked.wants_usage and answer.usage:
        usage = {"choices": [], "usage": usage_of(answer.usage)}
        ending += sse.data({**_top(answer, "chat.completion.chunk"), **usage})
    return Frames(
        content_type=sse.CONTENT_TYPE,
        opening=chunk({"role": "assistant", "content": "", "refusal": None}),
        tokens=tuple(tokens),
        ending=ending + b"data: [DONE]\n\n",
    )


def whole(asked: Asked, answer: Answer) -> dict[str, Any]:
    """One `chat.completion`."""
    del asked
    message: dict[str, Any] = {
        "role": "assistant",
        "content": answer.whole_text if answer.text or not answer.calls else None,
        "refusal": None,
    }
    if answer.thinking:
        message["reasoning_content"] = answer.whole_thinking
    if answer.calls:
        message["tool_calls"] = [_whole_call(call) for call in answer.calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish}
    usage = {"usage": usage_of(answer.usage)} if answer.usage else {}
    return {**_top(answer, "chat.completion"), "choices": [choice], **usage}


def usage_of(spent: Spent) -> dict[str, Any]:
    """Usage in OpenAI's names."""
    return {
        "prompt_tokens": spent.input,
        "completion_tokens": spent.output,
        "total_tokens": spent.input + spent.output,
        "prompt_tokens_details": {"cached_tokens": spent.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": spent.reasoning, "audio_tokens": 0},
    }


def _top(answer: Answer, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": kind,
        "created": answer.created,
        "model": answer.model,
        "system_fingerprint": "fp_lab",
    }


def _parts(index: int, call: Call) -> list[dict[str, Any]]:
    """A call as it streams: its name first, then its arguments in pieces."""
    function: dict[str, Any] = {"name": call.name, "arguments": ""}
    first = {"index": index, "id": call.id, "type": "function", "function": function}
    rest = [
        {"index": index, "function": {"arguments": piece}} for piece in sse.pieces(call.arguments)
    ]
    return [first, *rest]


def _whole_call(call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _tool_name(tool: dict[str, Any]) -> str:
    return str((tool.get("function") or tool.get("custom") or tool).get("name") or "")


def _schema(shape: dict[str, Any]) -> dict[str, Any] | None:
    if shape.get("type") == "json_object":
        return {"type": "object", "properties": {"answer": {"type": "string"}}}
    if shape.get("type") == "json_schema":
        return dict((shape.get("json_schema") or {}).get("schema") or {"type": "object"})
    return None
