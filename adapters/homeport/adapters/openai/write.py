"""Writes a `Prompt` as the body of an OpenAI chat completion request.

Where the caller spoke this wire and nothing was answered yet, its own bytes go
on, changed at their top-level keys only; else the body is written from the nouns.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from homeport.adapters.base import Prompt, ResponseFormat, Sampling, Thinking, Tool
from homeport.adapters.openai.messages import CACHE_MARK, WIRE, NotWritable, rows_of
from homeport.adapters.openai.reasoning import Fields, reasoning_fields
from homeport.adapters.providers import SAMPLING_KNOBS, Provider

__all__ = ["WIRE", "NotWritable", "Written", "write", "write_completion"]

_REASONING_MODEL = re.compile(r"(?:^|/)(o[1-9](?:$|-)|gpt-5|codex)(?!.*chat)")
_UNREASONED = re.compile(r"(?:^|/)gpt-5\.\d")
"""Models of the kind above that can be told not to reason, and then take every knob."""
_KNOBS: Final = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "min_p",
    "repeat_penalty",
)
_NAMED_ONLY: Final = frozenset({"min_p", "repeat_penalty"})
"""Knobs that only some servers have, each by a name of its own."""
# Written from nouns of the canonical model; a caller's field of the same name never wins.
_OWN_FIELDS: Final = frozenset(
    {
        *_KNOBS,
        "reasoning_effort",
        "model",
        "messages",
        "stream",
        "stream_options",
        "n",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "response_format",
        "logprobs",
        "top_logprobs",
        "homeport",
    }
)
_NOTHING_ASKED: Final = Sampling()
_BARE: Final = frozenset({"model", "messages", "stream"})
"""Fields without which a request is none, and which every server knows."""
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Written(msgspec.Struct, frozen=True):
    """A request body, and the tuning knobs that had to be left out."""

    body: bytes
    dropped: tuple[str, ...]
    wired: bool = False
    """These are the caller's own bytes, so the answer's may go back as they come."""


def write(
    prompt: Prompt,
    *,
    model: str,
    max_tokens: int,
    dialect: Provider,
    prefix: str = "",
    prefix_fields: dict[str, Any] | None = None,
) -> Written:
    """The body of a streaming request; raises `NotWritable`.

    `prefix` becomes the last, unfinished assistant message. `prefix_fields` are
    the top-level fields with which the server is told to go on from it.
    """
    if prompt.raw and prompt.wire == WIRE and not prefix:
        return _patched(prompt, model, max_tokens, dialect)
    same_wire = prompt.wire == WIRE
    knobs, dropped = _knobs(prompt.sampling, dialect, model)
    tools, also_dropped = _tools(prompt, dialect)
    body: dict[str, Any] = {
        **_carried(prompt, dialect),
        "model": model,
        "messages": rows_of(prompt.messages, prefix, dialect, same_wire=same_wire),
        **_always(max_tokens, dialect),
        **knobs,
        **tools,
        **_response_format(prompt.response_format),
    }
    if prefix and prefix_fields:
        body |= prefix_fields
    return Written(msgspec.json.encode(body), tuple(sorted({*dropped, *also_dropped})))


def write_completion(
    prompt: Prompt, *, model: str, max_tokens: int, dialect: Provider, prefix: str = ""
) -> Written:
    """The body of a request that goes on from raw text. `prefix` is the answer so far."""
    completion = prompt.completion
    if completion is None:
        raise NotWritable("the prompt is no raw text")
    knobs, dropped = _knobs(prompt.sampling, dialect, model)
    if knobs.pop("logprobs", None):
        knobs["logprobs"] = prompt.sampling.top_logprobs
        knobs.pop("top_logprobs", None)
    body: dict[str, Any] = {
        "model": model,
        "prompt": completion.prompt + prefix,
        **_always(max_tokens, dialect),
        **knobs,
    }
    if completion.suffix:
        body["suffix"] = completion.suffix
    return Written(msgspec.json.encode(body), dropped)


def _always(max_tokens: int, dialect: Provider) -> Fields:
    fields: Fields = {"stream": True, dialect.max_tokens_field: max_tokens}
    if dialect.stream_usage:
        fields["stream_options"] = {"include_usage": True}
    return fields


def unstreamed(written: Written) -> Written:
    """The same request for an answer that comes whole."""
    fields = _FIELDS.decode(written.body)
    fields.pop("stream_options", None)
    fields["stream"] = msgspec.Raw(b"false")
    return Written(msgspec.json.encode(fields), written.dropped)


# The caller's own bytes


def _patched(prompt: Prompt, model: str, max_tokens: int, dialect: Provider) -> Written:
    """The body as it came, but for what the server must be told otherwise."""
    fields: dict[str, Any] = _FIELDS.decode(prompt.raw)
    fields.pop("homeport", None)
    options = fields.pop("stream_options", None)
    for name in ("max_tokens", "max_completion_tokens"):
        fields.pop(name, None)
    dropped = _patch_knobs(fields, prompt, model, dialect)
    fields["model"] = model
    if not _fits(prompt, dialect):
        fields["messages"] = rows_of(prompt.messages, "", dialect, same_wire=True)
    if "tools" in fields:
        _tools(prompt, dialect)  # raises where one cannot be told
    fields |= _always(max_tokens, dialect)
    if dialect.stream_usage and options:
        asked = msgspec.json.decode(options)
        fields["stream_options"] = {**(asked or {}), "include_usage": True}
    return Written(msgspec.json.encode(fields), dropped, wired=prompt.stream)


def _patch_knobs(
    fields: dict[str, Any], prompt: Prompt, model: str, dialect: Provider
) -> tuple[str, ...]:
    """Take out what the server does not know; gives the names of what it cannot do."""
    if prompt.sampling == _NOTHING_ASKED and fields.keys() <= _BARE:
        return ()
    knobs, dropped = _knobs(prompt.sampling, dialect, model)
    names = {*_KNOBS, "stop", "logprobs", "top_logprobs", "reasoning_effort"}
    refused = {*dropped, *(set(fields) & dialect.unsupported_knobs)}
    if dialect.strict_fields:
        known = _OWN_FIELDS | dialect.carried_fields
        refused |= {name for name in fields if name not in known}
    for name in refused:
        fields.pop(name, None)
    for name in names:
        if name in fields and name not in knobs:
            del fields[name]  # null, or said by another name
    effort = "reasoning_effort"
    fields |= {name: v for name, v in knobs.items() if name not in fields or name == effort}
    return tuple(sorted(refused))


def _fits(prompt: Prompt, dialect: Provider) -> bool:
    """Whether the messages can go on as they were written."""
    for message in prompt.messages:
        if message.role == "developer" and not dialect.developer_role:
            return False
        for part in message.parts:
            if isinstance(part, Thinking) and dialect.thinking_field != "reasoning_details":
                return False
            if CACHE_MARK in getattr(part, "extras", {}) and not dialect.cache_marks:
                return False
    return True


# From the nouns


def _carried(prompt: Prompt, dialect: Provider) -> Fields:
    if prompt.wire != WIRE:
        return {}
    known = dialect.carried_fields if dialect.strict_fields else None
    return {
        name: value
        for name, value in prompt.extras.items()
        if name not in _OWN_FIELDS and (known is None or name in known)
    }


def _knobs(sampling: Sampling, dialect: Provider, model: str) -> tuple[Fields, tuple[str, ...]]:
    asked: Fields = {name: getattr(sampling, name) for name in _KNOBS}
    asked["stop"] = list(sampling.stop) or None
    if sampling.logprobs:
        asked["logprobs"] = True
        asked["top_logprobs"] = sampling.top_logprobs or None
    asked = {name: value for name, value in asked.items() if value is not None}
    refused = dialect.unsupported_knobs | (_NAMED_ONLY - dialect.knob_names.keys())
    if dialect.name == "openai" and reasons(model, sampling.reasoning_effort):
        refused = refused | SAMPLING_KNOBS | {"stop"}
    kept = {dialect.knob_names.get(n, n): v for n, v in asked.items() if n not in refused}
    effort, unknown = reasoning_fields(sampling, dialect)
    return kept | effort, tuple(sorted({*(set(asked) & refused), *unknown}))


def reasons(model: str, effort: str | None = None) -> bool:
    """Whether a model of OpenAI reasons before it answers, and so takes few knobs."""
    if not _REASONING_MODEL.search(model):
        return False
    return not (effort == "none" and _UNREASONED.search(model))


def _tools(prompt: Prompt, dialect: Provider) -> tuple[Fields, tuple[str, ...]]:
    if not prompt.tools:
        return {}, ()
    fields: Fields = {"tools": [_tool(tool, dialect) for tool in prompt.tools]}
    if prompt.tool_choice is not None:
        fields["tool_choice"] = _tool_choice(prompt.tool_choice, prompt.tools)
    if prompt.parallel_tool_calls is not None:
        if "parallel_tool_calls" in dialect.unsupported_knobs:
            return fields, ("parallel_tool_calls",)
        fields["parallel_tool_calls"] = prompt.parallel_tool_calls
    return fields, ()


def _tool(tool: Tool, dialect: Provider) -> Fields:
    if tool.kind == "custom":
        return _custom(tool, dialect)
    if tool.kind == "server":
        if tool.wire != WIRE or not dialect.server_tools:
            raise NotWritable(f"the tool {tool.name} is run by another provider")
        return tool.extras
    function: Fields = {"name": tool.name, "parameters": tool.parameters}
    if tool.description:
        function["description"] = tool.description
    if tool.strict is not None:
        function["strict"] = tool.strict
    mark = tool.extras.get(CACHE_MARK) if dialect.cache_marks and dialect.name else None
    return {"type": "function", "function": function, **({CACHE_MARK: mark} if mark else {})}


def _custom(tool: Tool, dialect: Provider) -> Fields:
    if not dialect.custom_tools:
        raise NotWritable(f"the tool {tool.name} takes free text, which this server cannot call")
    told = tool.extras.get("custom")
    if tool.wire == WIRE and isinstance(told, dict):
        return tool.extras
    custom: Fields = {"name": tool.name}
    if tool.description:
        custom["description"] = tool.description
    shape = _custom_format(tool.extras.get("format"))
    return {"type": "custom", "custom": custom | ({"format": shape} if shape else {})}


def _custom_format(told: Any) -> Fields | None:
    """A grammar is one level deeper on this wire than on the Responses wire."""
    if not isinstance(told, dict) or told.get("type") != "grammar" or "grammar" in told:
        return told if isinstance(told, dict) else None
    return {"type": "grammar", "grammar": {n: v for n, v in told.items() if n != "type"}}


def _tool_choice(choice: str | Fields, tools: tuple[Tool, ...]) -> str | Fields:
    known = ("auto", "none", "required")
    name = choice if isinstance(choice, str) else choice.get("name")
    if (isinstance(choice, str) and choice in known) or not isinstance(name, str):
        return choice
    kind = next((tool.kind for tool in tools if tool.name == name), "function")
    kind = kind if kind == "custom" else "function"
    return {"type": kind, kind: {"name": name}}


def _response_format(wanted: ResponseFormat) -> Fields:
    if wanted.kind == "text":
        return {}
    if wanted.kind == "json":
        return {"response_format": {"type": "json_object"}}
    schema: Fields = {"name": wanted.name or "answer", "schema": wanted.schema or {}}
    if wanted.strict is not None:
        schema["strict"] = wanted.strict
    return {"response_format": {"type": "json_schema", "json_schema": schema}}
