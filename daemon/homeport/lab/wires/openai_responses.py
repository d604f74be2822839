"""OpenAI responses: the prompt in a body, and an answer as numbered events or whole."""

from __future__ import annotations

from typing import Any

from homeport.lab.nouns import Answer, Asked, Call, Frames, Spent
from homeport.lab.wires import sse
from homeport.lab.wires.openai_chat import last_said
from homeport.lab.wires.shape import message_of, required, text_in


def read(body: dict[str, Any]) -> Asked:
    """The prompt in a body."""
    required(body, "input")
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    items = [item for item in items if isinstance(item, dict)]
    shape = (body.get("text") or {}).get("format") or {}
    return Asked(
        model=str(body["model"]),
        stream=bool(body.get("stream")),
        text="\n".join([str(body.get("instructions") or ""), *map(text_in, items)]).strip(),
        question=last_said(items, "user"),
        max_tokens=body.get("max_output_tokens"),
        tools=tuple(str(tool.get("name") or "") for tool in body.get("tools") or ()),
        has_result=bool(items) and items[-1].get("type") == "function_call_output",
        schema=_schema(shape),
        body=body,
    )


def streamed(asked: Asked, answer: Answer) -> Frames:
    """Events from `response.created` to `response.completed`."""
    return _Stream(asked, answer).frames()


def whole(asked: Asked, answer: Answer) -> dict[str, Any]:
    """One `response` object."""
    output = [item for _, item in _items(answer)]
    return _response(asked, answer, _status(answer), output, answer.usage)


class ResponseBreaking:
    """What the stream of a response should not say."""

    def error_event(self, status: int) -> bytes:
        """`event: error`."""
        code = "rate_limit_exceeded" if status == 429 else "server_error"
        told = {"code": code, "message": message_of(status), "param": None, "sequence_number": 2}
        return sse.named("error", {"type": "error", **told})

    def event(self, data: bytes) -> bytes:
        """One event as a piece of text."""
        return b"event: response.output_text.delta\n" + sse.raw(data)

    def open_event(self) -> bytes:
        """An event without an end."""
        return b'event: response.output_text.delta\ndata: {"type":"'


class _Stream:
    """The events of one answer, in their order and numbered."""

    def __init__(self, asked: Asked, answer: Answer) -> None:
        self._asked = asked
        self._answer = answer
        self._number = 0
        self._tokens: list[bytes] = []
        self._pending = b""
        """Events that have no token of their own: they go before the next one."""

    def frames(self) -> Frames:
        """All of them."""
        begun = _response(self._asked, self._answer, "in_progress", [], None)
        opening = self._event("response.created", response=begun)
        opening += self._event("response.in_progress", response=begun)
        for index, (kind, item) in enumerate(_items(self._answer)):
            self._part(index, kind, item)
        ending = self._pending
        last = "response.completed" if self._answer.finish != "length" else "response.incomplete"
        ending += self._event(last, response=whole(self._asked, self._answer))
        return Frames(
            content_type=sse.CONTENT_TYPE,
            opening=opening,
            tokens=tuple(self._tokens),
            ending=ending,
        )

    def _part(self, index: int, kind: str, item: dict[str, Any]) -> None:
        empty = {**item, "status": "in_progress"}
        empty |= {"content": []} if kind == "message" else {}
        empty |= {"summary": []} if kind == "reasoning" else {}
        empty |= {"arguments": ""} if kind == "function_call" else {}
        self._pending += self._event("response.output_item.added", output_index=index, item=empty)
        if kind == "message":
            self._text(index, item)
        elif kind == "reasoning":
            self._reasoning(index, item)
        else:
            self._call(index, item)
        self._pending += self._event("response.output_item.done", output_index=index, item=item)

    def _text(self, index: int, item: dict[str, Any]) -> None:
        at = {"item_id": item["id"], "output_index": index, "content_index": 0}
        part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": []}
        self._pending += self._event("response.content_part.added", **at, part=part)
        for token in self._answer.text:
            self._token("response.output_text.delta", **at, delta=token, logprobs=[])
        text = self._answer.whole_text
        self._pending += self._event("response.output_text.done", **at, text=text, logprobs=[])
        done = {**part, "text": text}
        self._pending += self._event("response.content_part.done", **at, part=done)

    def _reasoning(self, index: int, item: dict[str, Any]) -> None:
        at = {"item_id": item["id"], "output_index": index, "summary_index": 0}
        part = {"type": "summary_text", "text": ""}
        self._pending += self._event("response.reasoning_summary_part.added", **at, part=part)
        for token in self._answer.thinking:
            self._token("response.reasoning_summary_text.delta", **at, delta=token)
        text = self._answer.whole_thinking
        self._pending += self._event("response.reasoning_summary_text.done", **at, text=text)
        done = {**part, "text": text}
        self._pending += self._event("response.reasoning_summary_part.done", **at, part=done)

    def _call(self, index: int, item: dict[str, Any]) -> None:
        at = {"item_id": item["id"], "output_index": index}
        for piece in sse.pieces(item["arguments"]):
            self._token("response.function_call_arguments.delta", **at, delta=piece)
        whole_call = {"name": item["name"], "arguments": item["arguments"]}
        self._pending += self._event("response.function_call_arguments.done", **at, **whole_call)

    def _token(self, kind: str, **fields: Any) -> None:
        self._tokens.append(self._pending + self._event(kind, **fields))
        self._pending = b""

    def _event(self, kind: str, **fields: Any) -> bytes:
        value = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return sse.named(kind, value)


def _items(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    """The parts of an answer, whole."""
    items: list[tuple[str, dict[str, Any]]] = []
    if answer.thinking:
        summary = [{"type": "summary_text", "text": answer.whole_thinking}]
        items.append(
            ("reasoning", {"id": f"rs_{answer.id}", "type": "reasoning", "summary": summary})
        )
    if answer.text or not answer.calls:
        items.append(("message", _message(answer)))
    items += [("function_call", _call_item(call)) for call in answer.calls]
    return items


def _message(answer: Answer) -> dict[str, Any]:
    text = {"type": "output_text", "text": answer.whole_text, "annotations": [], "logprobs": []}
    return {
        "id": f"msg_{answer.id}",
        "type": "message",
        "role": "assistant",
        "status": _status(answer),
        "content": [text],
    }


def _call_item(call: Call) -> dict[str, Any]:
    return {
        "id": f"fc_{call.id}",
        "type": "function_call",
        "status": "completed",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }


def _status(answer: Answer) -> str:
    return "incomplete" if answer.finish == "length" else "completed"


def _response(
    asked: Asked, answer: Answer, status: str, output: list[Any], usage: Spent | None
) -> dict[str, Any]:
    cut = {"reason": "max_output_tokens"} if status == "incomplete" else None
    return {
        "id": f"resp_{answer.id}",
        "object": "response",
        "created_at": answer.created,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": cut,
        "instructions": asked.body.get("instructions"),
        "max_output_tokens": asked.max_tokens,
        "model": answer.model,
        "output": output,
        "parallel_tool_calls": bool(asked.body.get("parallel_tool_calls", True)),
        "previous_response_id": asked.body.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None},
        "store": bool(asked.body.get("store", True)),
        "temperature": asked.body.get("temperature", 1.0),
        "text": asked.body.get("text") or {"format": {"type": "text"}},
        "tool_choice": asked.body.get("tool_choice", "auto"),
        "tools": asked.body.get("tools") or [],
        "top_p": asked.body.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": _usage(usage) if usage else None,
        "user": None,
        "metadata": asked.body.get("metadata") or {},
    }


def _usage(spent: Spent) -> dict[str, Any]:
    return {
        "input_tokens": spent.input,
        "input_tokens_details": {"cached_tokens": spent.cache_read},
        "output_tokens": spent.output,
        "output_tokens_details": {"reasoning_tokens": spent.reasoning},
        "total_tokens": spent.input + spent.output,
    }


def _schema(shape: dict[str, Any]) -> dict[str, Any] | None:
    if shape.get("type") == "json_object":
        return {"type": "object", "properties": {"answer": {"type": "string"}}}
    if shape.get("type") == "json_schema":
        return dict(shape.get("schema") or {"type": "object"})
    return None
