"""What a prompt means, by noun, whatever wire it was written on.

Words are compared without their white space, for some wires join what others
keep apart; schemas by the names they ask for, for some wires want them stricter.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Opaque,
    Part,
    Prompt,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

_SYSTEM: Final = ("system", "developer")
_SAMPLING: Final = (
    "temperature", "top_p", "top_k", "seed", "stop", "presence_penalty", "frequency_penalty",
    "min_p", "repeat_penalty", "logprobs", "top_logprobs", "reasoning_effort", "reasoning_budget",
)  # fmt: skip
"""Not the longest answer: the daemon always says one of its own."""


def meaning(prompt: Prompt) -> dict[str, Any]:
    """Every noun with what is said of it; what says nothing is left out."""
    told: dict[str, Any] = {"system": "", "words": "", "order": []}
    for message in prompt.messages:
        for part in message.parts:
            _take(told, message.role, part)
    told["tools"] = [
        (tool.name, _squeezed(tool.description), sorted(set(_named(tool.parameters))))
        for tool in prompt.tools
        if tool.kind == "function"
    ]
    told["custom tools"] = [tool.name for tool in prompt.tools if tool.kind == "custom"]
    told["provider's tools"] = [tool.name for tool in prompt.tools if tool.kind == "server"]
    told["tool choice"] = _choice(prompt.tool_choice)
    told["parallel calls"] = prompt.parallel_tool_calls
    told["format"] = "" if prompt.response_format.kind == "text" else prompt.response_format.kind
    told.pop("speaker", None)
    told["schema"] = sorted(set(_named(prompt.response_format.schema)))
    told |= {name: getattr(prompt.sampling, name) for name in _SAMPLING}
    return {name: value for name, value in told.items() if value not in (None, "", [], (), 0)}


def changes(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Nouns that are not the same in both."""
    names = sorted({*one, *other})
    pairs = {name: (one.get(name), other.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _take(told: dict[str, Any], role: str, part: Part) -> None:
    spoken_by = "system" if role in _SYSTEM else "user" if role == "tool" else role
    match part:
        case Text() | Refusal():
            if not part.text.strip():
                return
            if spoken_by == "system":
                told["system"] += _squeezed(part.text)
                return
            told["words"] += f"{spoken_by}:" if _last(told) != f"{spoken_by}:" else ""
            told["words"] += _squeezed(part.text)
            told["speaker"] = spoken_by
        case Image():
            _image(told, part)
        case Document():
            _document(told, part)
        case Audio():
            told.setdefault("sound", []).append(part.data or part.id)
        case Thinking():
            _thinking(told, part)
        case ToolCall():
            told["order"].append("call")
            told.setdefault("calls", []).append((part.id, part.name, _value(part.arguments)))
        case ToolResult():
            told["order"].append("result")
            _result(told, part)
        case Opaque():
            told.setdefault("own parts", []).append(sorted(part.value))


def _last(told: dict[str, Any]) -> str:
    return f"{told['speaker']}:" if "speaker" in told else ""


def _image(told: dict[str, Any], part: Image) -> None:
    kept = _file(part.data, part.url)
    noun = "held files" if not kept else "linked images" if _is_link(kept) else "images"
    told.setdefault(noun, []).append(kept)


def _document(told: dict[str, Any], part: Document) -> None:
    kept = _file(part.data, part.url)
    if part.text or part.media_type == "text/plain":
        text = part.text or base64.b64decode(part.data).decode()
        told.setdefault("text files", []).append(_squeezed(text))
    elif not kept:
        told.setdefault("held files", []).append(part.file_id)
    else:
        told.setdefault("linked files" if _is_link(kept) else "files", []).append(kept)


def _is_link(kept: str) -> bool:
    return kept.startswith(("http:", "https:"))


def _thinking(told: dict[str, Any], part: Thinking) -> None:
    if part.text:
        told["reasoning"] = told.get("reasoning", "") + _squeezed(part.text)
    seal = part.signature or part.redacted
    if seal:
        told.setdefault("reasoning's seals", []).append(seal)


def _result(told: dict[str, Any], part: ToolResult) -> None:
    text = part.text.removeprefix("Error: ") if not part.is_error else part.text
    told.setdefault("results", []).append((part.call_id, _plain(text)))
    if part.is_error:
        told["errors of tools"] = told.get("errors of tools", 0) + 1
    for attachment in part.attachments:
        kept: dict[str, Any] = {"order": []}
        _take(kept, "tool", attachment)
        for name, value in kept.items():
            if name != "order":
                told.setdefault(f"{name} in results", []).extend(value)


def _plain(text: str) -> Any:
    """A result as the value that it is the JSON of, since Gemini takes only objects."""
    try:
        value = json.loads(text)
    except ValueError:
        return _squeezed(text)
    return value.get("output", value) if isinstance(value, dict) else value


def _file(data: str, url: str) -> str:
    return data or url.partition(";base64,")[2] or url


def _choice(choice: Any) -> Any:
    if isinstance(choice, str):
        return {"auto": None, "any": "required"}.get(choice, choice)
    if not isinstance(choice, dict):
        return None
    nested = choice.get("allowed_tools")
    listed = nested if isinstance(nested, dict) else choice
    names = sorted(_tool_name(row) for row in listed.get("tools") or ())
    if names:
        mode = "required" if listed.get("mode") in ("required", "any") else "auto"
        return (mode, *names)
    name = _tool_name(choice)
    return ("required", name) if name else _choice(choice.get("type"))


def _tool_name(row: dict[str, Any]) -> str:
    function = row.get("function")
    return str((function if isinstance(function, dict) else row).get("name") or "")


def _named(schema: Any) -> Iterator[str]:
    """Names of the properties anywhere in a JSON schema."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for value in schema.values():
            yield from _named(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _named(value)


def _value(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments


def _squeezed(text: str) -> str:
    return "".join(text.split())


def unbound(prompt: Prompt) -> Prompt:
    """The prompt as another wire gets it: without the bytes that it came as."""
    return msgspec.structs.replace(prompt, raw=b"", forward=())
