"""Writes a `Prompt` as the body of a request on OpenAI's Responses wire.

Where the caller spoke this wire its own bytes go on, changed at their top-level
keys only. Nothing is kept by the provider unless the caller asked for it; so
that reasoning can come back all the same, its encrypted form is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Prompt,
    Refusal,
    ResponseFormat,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.openai.messages import NotWritable, is_ours
from homeport.adapters.openai.write import Written, reasons
from homeport.adapters.providers import Provider

WIRE: Final = "openai-responses"
ENCRYPTED: Final = "reasoning.encrypted_content"
LOGPROBS: Final = "message.output_text.logprobs"
LEAST_OUTPUT: Final = 16
ENCRYPTED_START: Final = "gAAAA"
"""How OpenAI's encrypted reasoning begins: the version of its encryption, and the time."""

_ONLY_HERE: Final = re.compile(r"codex|-pro(?:-|$)|deep-research|computer-use")
"""Models of OpenAI that chat completions do not serve."""
_KEEPS: Final = frozenset({"openai", "xai", "fireworks"})
"""Providers that keep answers unless they are told not to."""
_DROPPED: Final = (
    "seed",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "min_p",
    "repeat_penalty",
)
_KNOBS_OF_CALM: Final = frozenset({"temperature", "top_p", "top_logprobs"})
_OWN: Final = frozenset(
    {"model", "input", "instructions", "stream", "max_output_tokens", "homeport", "tools", "text"}
    | {"tool_choice", "parallel_tool_calls", "temperature", "top_p", "top_logprobs", "reasoning"}
    | {"include", "store", "previous_response_id", "background"}
)
_ELSEWHERE: Final = ("conversation", "prompt", "previous_response_id")
"""What the provider keeps, which stands as a part of its own before the items."""
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])

Item = dict[str, Any]


def only_here(model: str) -> bool:
    """Whether OpenAI serves this model by no other wire."""
    return bool(_ONLY_HERE.search(model.rpartition("/")[2]))


def only_said_here(prompt: Prompt) -> bool:
    """Whether the prompt holds something that only this wire has words for."""
    if any(tool.kind == "server" and tool.wire == WIRE for tool in prompt.tools):
        return True
    return any(_is_ours(part, prompt) for message in prompt.messages for part in message.parts)


def _is_ours(part: Part, prompt: Prompt) -> bool:
    if isinstance(part, Opaque):
        return part.wire == WIRE
    return isinstance(part, Thinking) and _readable(part, same_wire=prompt.wire == WIRE)


def _readable(part: Thinking, *, same_wire: bool) -> bool:
    """Whether the provider can decrypt this reasoning, by whatever wire it came back."""
    if not part.redacted or part.signature:
        return False
    return same_wire or part.redacted.startswith(ENCRYPTED_START)


def write(prompt: Prompt, *, model: str, max_tokens: int, dialect: Provider) -> Written:
    """The body of a streaming request; raises `NotWritable`."""
    if prompt.raw and prompt.wire == WIRE:
        return _patched(prompt, model, max_tokens, dialect)
    knobs, dropped = _knobs(prompt, dialect, model)
    body: Item = {
        **_carried(prompt),
        **_kept_elsewhere(prompt),
        "model": model,
        "input": _items(prompt.messages, same_wire=prompt.wire == WIRE),
        "stream": True,
        "max_output_tokens": max(LEAST_OUTPUT, max_tokens),
        **knobs,
        **_tools(prompt),
        **_text(prompt),
    }
    _keep_nothing(body, [], model, dialect)
    return Written(msgspec.json.encode(body), dropped)


def _patched(prompt: Prompt, model: str, max_tokens: int, dialect: Provider) -> Written:
    """The caller's own bytes, but for what must be told otherwise."""
    fields: Item = dict(_FIELDS.decode(prompt.raw))
    fields.pop("homeport", None)
    _, dropped = _knobs(prompt, dialect, model)
    gone = [name for name in dropped if fields.pop(name, None) is not None]
    fields |= {"model": model, "stream": True}
    fields["max_output_tokens"] = max(LEAST_OUTPUT, max_tokens)
    include = msgspec.json.decode(fields["include"]) if "include" in fields else None
    _keep_nothing(fields, include or [], model, dialect)
    return Written(msgspec.json.encode(fields), tuple(gone), wired=True)


def _keep_nothing(body: Item, include: list[Any], model: str, dialect: Provider) -> None:
    """Unless the caller spoke of it, the provider keeps nothing."""
    if dialect.name not in _KEEPS or bytes(body.get("store") or b"") == b"true":
        return
    body["store"] = False
    if reasons(model) and ENCRYPTED not in include:
        body["include"] = [*include, *body_includes(body, include), ENCRYPTED]


def body_includes(body: Item, include: list[Any]) -> list[Any]:
    """What was written into `include` from the nouns."""
    told = body.get("include")
    return [name for name in told if name not in include] if isinstance(told, list) else []


# From the nouns


def _carried(prompt: Prompt) -> Item:
    if prompt.wire != WIRE:
        return {}
    return {name: value for name, value in prompt.extras.items() if name not in _OWN}


def _kept_elsewhere(prompt: Prompt) -> Item:
    """A conversation or a stored prompt is a field of the top."""
    return {
        part.value["type"]: part.value.get(part.value["type"])
        for message in prompt.messages
        for part in message.parts
        if isinstance(part, Opaque) and part.wire == WIRE and part.value.get("type") in _ELSEWHERE
    }


def _knobs(prompt: Prompt, dialect: Provider, model: str) -> tuple[Item, tuple[str, ...]]:
    sampling = prompt.sampling
    asked: Item = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    fields: Item = {}
    if sampling.logprobs:
        asked["top_logprobs"] = sampling.top_logprobs
    told = {name: value for name, value in asked.items() if value is not None}
    dropped = [name for name in _DROPPED if getattr(sampling, name) is not None]
    dropped += ["stop"] if sampling.stop else []
    if dialect.name == "openai" and reasons(model, sampling.reasoning_effort):
        dropped += sorted(_KNOBS_OF_CALM & told.keys())
        told = {}
    if "top_logprobs" in told:
        fields["include"] = [LOGPROBS]
    effort = sampling.reasoning_effort
    if effort is None and sampling.reasoning_budget == 0:
        effort = "none"
    own = prompt.extras.get("reasoning") if prompt.wire == WIRE else None
    reasoning = {**(own if isinstance(own, dict) else {}), **({"effort": effort} if effort else {})}
    if reasoning:
        fields["reasoning"] = reasoning
    return fields | told, tuple(sorted(dropped))


def _items(messages: Iterable[Message], *, same_wire: bool) -> list[Item]:
    items: list[Item] = []
    for message in messages:
        if message.role == "assistant":
            items.extend(_said(message, same_wire=same_wire))
            continue
        content: list[Item] = []
        for part in message.parts:
            if isinstance(part, ToolResult):
                items.append(_result(part))
            elif isinstance(part, Opaque) and not _is_content(part):
                items.extend(_opaque(part))
            else:
                content.append(_input(part))
        if content:
            role = "user" if message.role == "tool" else message.role
            items.append({"type": "message", "role": role, "content": content})
    return items


def _said(message: Message, *, same_wire: bool) -> list[Item]:
    """An assistant's turn: its words as messages, everything else as items beside them."""
    items: list[Item] = []
    for part in message.parts:
        if isinstance(part, Text | Refusal):
            words = _output(part)
            if items and items[-1].get("type") == "message":
                items[-1]["content"].append(words)
            else:
                items.append({"type": "message", "role": "assistant", "content": [words]})
        elif isinstance(part, ToolCall):
            items.append(_call(part))
        elif isinstance(part, Thinking):
            items.extend(_thought(part, same_wire=same_wire))
        elif isinstance(part, Opaque):
            items.extend(_opaque(part))
        elif isinstance(part, ToolResult):
            items.append(_result(part))
        else:
            raise NotWritable("an earlier answer holds a part that this wire cannot tell")
    return items


def _is_content(part: Opaque) -> bool:
    """Whether it stands in a message, as a file that OpenAI holds does; others are items."""
    return part.wire == WIRE and str(part.value.get("type")).startswith("input_")


def _opaque(part: Opaque) -> list[Item]:
    if part.wire != WIRE:
        raise NotWritable(
            "a part of the prompt came by another wire and cannot be told in this one"
        )
    return [] if part.value.get("type") in _ELSEWHERE else [part.value]


def _output(part: Text | Refusal) -> Item:
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    notes = [c.extras for c in part.citations if c.wire == WIRE and c.extras]
    return {"type": "output_text", "text": part.text, "annotations": notes}


def _call(call: ToolCall) -> Item:
    if call.extras.get("type") == "custom":
        told = {"type": "custom_tool_call", "input": call.arguments}
    else:
        told = {"type": "function_call", "arguments": call.arguments}
    return {**told, "call_id": call.id, "name": call.name}


def _thought(part: Thinking, *, same_wire: bool) -> list[Item]:
    """Only what the provider itself can read again."""
    if not _readable(part, same_wire=same_wire):
        return []
    summary = [{"type": "summary_text", "text": part.text}] if part.text else []
    item: Item = {"type": "reasoning", "summary": summary, "encrypted_content": part.redacted}
    return [item | ({"id": part.id} if part.id else {})]


def _result(part: ToolResult) -> Item:
    kind = "custom_tool_call" if part.extras.get("type") == "custom" else "function_call"
    output: Any = f"Error: {part.text}" if part.is_error else part.text
    if part.attachments:
        words = [{"type": "input_text", "text": output}] if output else []
        output = [*words, *map(_input, part.attachments)]
    return {"type": f"{kind}_output", "call_id": part.call_id, "output": output}


def _input(part: Part) -> Item:
    match part:
        case Text() | Refusal():
            return {"type": "input_text", "text": part.text}
        case Image():
            return _image(part)
        case Audio(data=data) if data:
            kind = part.media_type.rpartition("/")[2] or "wav"
            told = "mp3" if kind == "mpeg" else kind
            return {"type": "input_audio", "input_audio": {"data": data, "format": told}}
        case Document():
            return _file(part)
        case Opaque(wire=wire, value=value) if wire == WIRE:
            return value
    raise NotWritable("a part of the prompt has no place in this wire")


def _image(image: Image) -> Item:
    url = image.url
    if image.data:
        url = f"data:{image.media_type or 'image/png'};base64,{image.data}"
    if not url:
        raise NotWritable("an image is held by another provider")
    detail = image.extras.get("detail")
    return {"type": "input_image", "image_url": url, "detail": detail or "auto"}


def _file(document: Document) -> Item:
    if document.text:
        name = document.name or "document"
        return {"type": "input_text", "text": f"{name}:\n{document.text}"}
    named = {"filename": document.name} if document.name else {}
    if document.file_id:
        if not is_ours(document.file_id):
            raise NotWritable("a file is held by another provider")
        return {"type": "input_file", "file_id": document.file_id}
    if document.url:
        return {"type": "input_file", "file_url": document.url}
    kind = document.media_type or "application/pdf"
    data = f"data:{kind};base64,{document.data}"
    return {"type": "input_file", "file_data": data, **(named or {"filename": "document.pdf"})}


def _tools(prompt: Prompt) -> Item:
    if not prompt.tools:
        return {}
    fields: Item = {"tools": [_tool(tool) for tool in prompt.tools]}
    if prompt.tool_choice is not None:
        fields["tool_choice"] = _tool_choice(prompt.tool_choice, prompt.tools)
    if prompt.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = prompt.parallel_tool_calls
    return fields


def _tool(tool: Tool) -> Item:
    if tool.kind != "function" and tool.wire == WIRE:
        return _beside_others(tool)
    described = {"description": tool.description} if tool.description else {}
    if tool.kind == "custom":
        told = tool.extras.get("custom")
        shape = told.get("format") if isinstance(told, dict) else None
        if isinstance(shape, dict) and isinstance(shape.get("grammar"), dict):
            shape = {"type": "grammar", **shape["grammar"]}
        formed = {"format": shape} if shape else {}
        return {"type": "custom", "name": tool.name, **described, **formed}
    if tool.kind == "server":
        raise NotWritable(f"the tool {tool.name} is run by another provider")
    # Left out, it would mean true here.
    strict = bool(tool.strict)
    schema = {"parameters": tool.parameters, "strict": strict}
    return {"type": "function", "name": tool.name, **described, **schema}


def _beside_others(tool: Tool) -> Item:
    """The tool as it came; one out of a namespace goes by the name that is its own here."""
    if "namespace" not in tool.extras:
        return tool.extras
    own = {name: value for name, value in tool.extras.items() if name != "namespace"}
    return {**own, "name": tool.name}


def _tool_choice(choice: str | Item, tools: tuple[Tool, ...]) -> str | Item:
    name: Any = choice
    if isinstance(choice, dict):
        inner = choice.get(str(choice.get("type")))
        name = inner.get("name") if isinstance(inner, dict) else choice.get("name")
    if not isinstance(name, str) or name in ("auto", "none", "required"):
        return choice
    kind = next((tool.kind for tool in tools if tool.name == name), "function")
    return {"type": "custom" if kind == "custom" else "function", "name": name}


def _text(prompt: Prompt) -> Item:
    own = prompt.extras.get("text") if prompt.wire == WIRE else None
    text = {**(own if isinstance(own, dict) else {}), **_format(prompt.response_format)}
    return {"text": text} if text else {}


def _format(wanted: ResponseFormat) -> Item:
    if wanted.kind == "text":
        return {}
    if wanted.kind == "json":
        return {"format": {"type": "json_object"}}
    shape: Item = {"name": wanted.name or "answer", "schema": wanted.schema or {}}
    if wanted.strict is not None:
        shape["strict"] = wanted.strict
    return {"format": {"type": "json_schema", **shape}}
