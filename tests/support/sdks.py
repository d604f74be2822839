"""The official SDKs behind one way of asking, so that each can be asked the same things.

Turns are `("user", text)`, `("call", id, name, arguments)` and `("result", id, text)`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anthropic
import ollama
import openai

MODES: Final = ("sync", "sync stream", "async", "async stream")
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL: Final = "get_weather"
Turn = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What is asked."""

    turns: Sequence[Turn]
    tools: bool = False
    schema: bool = False
    image: str = ""
    """Base64 of a PNG."""
    stop: str = ""
    thinks: bool = False


@dataclass
class Heard:
    """What the SDK made of the answer."""

    text: str = ""
    thinking: str = ""
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    """Id, name, arguments."""
    reason: str = ""
    usage: tuple[int, int] = (0, 0)
    pieces: int = 0
    """Of a stream."""


class OpenAIChat:
    """`openai`, chat completions."""

    def __init__(self, url: str, token: str) -> None:
        given: Any = {"base_url": f"{url}/v1", "api_key": token, "max_retries": 0}
        self.sync, self.asynchronous = openai.OpenAI(**given), openai.AsyncOpenAI(**given)

    async def close(self) -> None:
        self.sync.close()
        await self.asynchronous.close()

    def fields(self, model: str, question: Question) -> dict[str, Any]:
        asked: dict[str, Any] = {"model": model, "messages": _openai_turns(question)}
        if question.tools:
            function = {"name": TOOL, "description": "w", "parameters": SCHEMA}
            asked["tools"] = [{"type": "function", "function": function}]
        if question.schema:
            named = {"name": "place", "schema": SCHEMA, "strict": True}
            asked["response_format"] = {"type": "json_schema", "json_schema": named}
        return asked | ({"stop": [question.stop]} if question.stop else {})

    async def ask(self, mode: str, model: str, question: Question) -> Heard:
        fields = self.fields(model, question)
        if "stream" in mode:
            fields |= {"stream": True, "stream_options": {"include_usage": True}}
        if mode.startswith("async"):
            answer: Any = await self.asynchronous.chat.completions.create(**fields)
            chunks = [chunk async for chunk in answer] if "stream" in mode else answer
        else:
            chunks = await asyncio.to_thread(_taken, self.sync.chat.completions.create, fields)
        return _chat_stream(chunks) if "stream" in mode else _chat(chunks)


class OpenAIResponses(OpenAIChat):
    """`openai`, responses."""

    def fields(self, model: str, question: Question) -> dict[str, Any]:
        asked: dict[str, Any] = {"model": model, "input": _items(question), "store": False}
        if question.tools:
            asked["tools"] = [
                {"type": "function", "name": TOOL, "parameters": SCHEMA, "strict": False}
            ]
        if question.schema:
            shape = {"type": "json_schema", "name": "place", "schema": SCHEMA}
            asked["text"] = {"format": shape}
        return asked | ({"reasoning": {"summary": "auto"}} if question.thinks else {})

    async def ask(self, mode: str, model: str, question: Question) -> Heard:
        fields = self.fields(model, question)
        if "stream" in mode:
            fields |= {"stream": True}
        if mode.startswith("async"):
            answer: Any = await self.asynchronous.responses.create(**fields)
            events = [event async for event in answer] if "stream" in mode else answer
        else:
            events = await asyncio.to_thread(_taken, self.sync.responses.create, fields)
        if "stream" not in mode:
            return _response(events)
        heard = _response(events[-1].response)
        told = [e.delta for e in events if e.type == "response.output_text.delta"]
        assert "".join(told) == heard.text
        heard.pieces = len(told)
        return heard


class Anthropic:
    """`anthropic`, messages."""

    def __init__(self, url: str, token: str) -> None:
        given: Any = {"base_url": url, "api_key": token, "max_retries": 0}
        self.sync = anthropic.Anthropic(**given)
        self.asynchronous = anthropic.AsyncAnthropic(**given)

    async def close(self) -> None:
        self.sync.close()
        await self.asynchronous.close()

    def fields(self, model: str, question: Question) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "model": model,
            "max_tokens": 999,
            "messages": _anthropic_turns(question),
        }
        if question.tools:
            asked["tools"] = [{"name": TOOL, "description": "w", "input_schema": SCHEMA}]
        if question.schema:
            asked["output_config"] = {"format": {"type": "json_schema", "schema": SCHEMA}}
        return asked | ({"stop_sequences": [question.stop]} if question.stop else {})

    async def ask(self, mode: str, model: str, question: Question) -> Heard:
        fields = self.fields(model, question)
        if mode == "async":
            return _message(await self.asynchronous.messages.create(**fields))
        if mode == "sync":
            return _message(await asyncio.to_thread(self.sync.messages.create, **fields))
        if mode == "sync stream":
            return await asyncio.to_thread(self._streamed, fields)
        async with self.asynchronous.messages.stream(**fields) as stream:
            told = [text async for text in stream.text_stream]
            return _message(await stream.get_final_message(), told)

    def _streamed(self, fields: dict[str, Any]) -> Heard:
        with self.sync.messages.stream(**fields) as stream:
            told = list(stream.text_stream)
            return _message(stream.get_final_message(), told)


class Ollama:
    """`ollama`, chat."""

    def __init__(self, url: str, token: str) -> None:
        given: Any = {"host": url, "headers": {"authorization": f"Bearer {token}"}}
        self.sync, self.asynchronous = ollama.Client(**given), ollama.AsyncClient(**given)

    async def close(self) -> None:
        self.sync._client.close()
        await self.asynchronous._client.aclose()

    def fields(self, model: str, question: Question) -> dict[str, Any]:
        asked: dict[str, Any] = {"model": model, "messages": _ollama_turns(question)}
        if question.tools:
            function = {"name": TOOL, "description": "w", "parameters": SCHEMA}
            asked["tools"] = [{"type": "function", "function": function}]
        if question.schema:
            asked["format"] = SCHEMA
        return asked | ({"options": {"stop": [question.stop]}} if question.stop else {})

    async def ask(self, mode: str, model: str, question: Question) -> Heard:
        fields = self.fields(model, question) | {"stream": "stream" in mode}
        if mode.startswith("async"):
            answer: Any = await self.asynchronous.chat(**fields)
            lines = [line async for line in answer] if "stream" in mode else [answer]
        else:
            taken = await asyncio.to_thread(_taken, self.sync.chat, fields)
            lines = taken if "stream" in mode else [taken]
        heard = Heard(pieces=len(lines), reason=lines[-1].done_reason)
        heard.usage = (lines[-1].prompt_eval_count, lines[-1].eval_count)
        for line in lines:
            heard.text += line.message.content or ""
            heard.thinking += line.message.thinking or ""
            for call in line.message.tool_calls or ():
                heard.calls.append(("", call.function.name, dict(call.function.arguments)))
        return heard


SDKS: Final[dict[str, Any]] = {
    "openai chat": OpenAIChat,
    "openai responses": OpenAIResponses,
    "anthropic": Anthropic,
    "ollama": Ollama,
}


def _taken(create: Any, fields: dict[str, Any]) -> Any:
    """The whole answer of a synchronous client, in this thread."""
    answer = create(**fields)
    return list(answer) if fields.get("stream") else answer


def _openai_turns(question: Question) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for turn in question.turns:
        if turn[0] == "user":
            turns.append({"role": "user", "content": turn[1]})
        elif turn[0] == "call":
            function = {"name": turn[2], "arguments": turn[3]}
            call = {"id": turn[1], "type": "function", "function": function}
            if turns[-1]["role"] != "assistant":
                turns.append({"role": "assistant", "tool_calls": []})
            turns[-1]["tool_calls"].append(call)
        else:
            turns.append({"role": "tool", "tool_call_id": turn[1], "content": turn[2]})
    if question.image:
        url = {"url": f"data:image/png;base64,{question.image}"}
        text = {"type": "text", "text": turns[-1]["content"]}
        turns[-1]["content"] = [text, {"type": "image_url", "image_url": url}]
    return turns


def _items(question: Question) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for turn in question.turns:
        if turn[0] == "user":
            content: list[dict[str, Any]] = [{"type": "input_text", "text": turn[1]}]
            if question.image:
                url = f"data:image/png;base64,{question.image}"
                content.append({"type": "input_image", "image_url": url, "detail": "auto"})
            items.append({"role": "user", "content": content})
        elif turn[0] == "call":
            named = {"call_id": turn[1], "name": turn[2], "arguments": turn[3]}
            items.append({"type": "function_call", **named})
        else:
            items.append({"type": "function_call_output", "call_id": turn[1], "output": turn[2]})
    return items


def _anthropic_turns(question: Question) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for turn in question.turns:
        role = "assistant" if turn[0] == "call" else "user"
        if not turns or turns[-1]["role"] != role:
            turns.append({"role": role, "content": []})
        block: dict[str, Any] = {"type": "text", "text": turn[1]}
        if turn[0] == "call":
            given = json.loads(turn[3])
            block = {"type": "tool_use", "id": turn[1], "name": turn[2], "input": given}
        elif turn[0] == "result":
            block = {"type": "tool_result", "tool_use_id": turn[1], "content": turn[2]}
        turns[-1]["content"].append(block)
    if question.image:
        source = {"type": "base64", "media_type": "image/png", "data": question.image}
        turns[-1]["content"].append({"type": "image", "source": source})
    return turns


def _ollama_turns(question: Question) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for turn in question.turns:
        if turn[0] == "user":
            image = {"images": [question.image]} if question.image else {}
            turns.append({"role": "user", "content": turn[1], **image})
        elif turn[0] == "call":
            function = {"name": turn[2], "arguments": json.loads(turn[3])}
            if turns[-1]["role"] != "assistant":
                turns.append({"role": "assistant", "content": "", "tool_calls": []})
            turns[-1]["tool_calls"].append({"function": function})
        else:
            turns.append({"role": "tool", "content": turn[2], "tool_name": TOOL})
    return turns


def _chat(answer: Any) -> Heard:
    message, usage = answer.choices[0].message, answer.usage
    calls = [
        (call.id, call.function.name, json.loads(call.function.arguments))
        for call in message.tool_calls or ()
    ]
    return Heard(
        text=message.content or "",
        thinking=(message.model_extra or {}).get("reasoning_content") or "",
        calls=calls,
        reason=answer.choices[0].finish_reason,
        usage=(usage.prompt_tokens, usage.completion_tokens),
    )


def _chat_stream(chunks: list[Any]) -> Heard:
    heard = Heard()
    calls: dict[int, list[str]] = {}
    for chunk in chunks:
        if chunk.usage:
            heard.usage = (chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        for choice in chunk.choices:
            heard.reason = choice.finish_reason or heard.reason
            heard.text += choice.delta.content or ""
            heard.pieces += bool(choice.delta.content)
            heard.thinking += (choice.delta.model_extra or {}).get("reasoning_content") or ""
            for call in choice.delta.tool_calls or ():
                kept = calls.setdefault(call.index, ["", "", ""])
                kept[0] += call.id or ""
                kept[1] += call.function.name or ""
                kept[2] += call.function.arguments or ""
    heard.calls = [(id_, name, json.loads(text)) for id_, name, text in calls.values()]
    return heard


def _response(answer: Any) -> Heard:
    heard = Heard(text=answer.output_text, reason=answer.status)
    heard.usage = (answer.usage.input_tokens, answer.usage.output_tokens)
    for item in answer.output:
        if item.type == "function_call":
            heard.calls.append((item.call_id, item.name, json.loads(item.arguments)))
        if item.type == "reasoning":
            heard.thinking += "".join(part.text for part in item.summary)
    return heard


def _message(answer: Any, told: Sequence[str] = ()) -> Heard:
    heard = Heard(reason=answer.stop_reason, pieces=len(told))
    heard.usage = (answer.usage.input_tokens, answer.usage.output_tokens)
    for block in answer.content:
        if block.type == "text":
            heard.text += block.text
        elif block.type == "thinking":
            heard.thinking += block.thinking
        elif block.type == "tool_use":
            heard.calls.append((block.id, block.name, block.input))
    assert not told or "".join(told) == heard.text
    return heard
