"""From OpenAI's chat wire to a `Prompt`, without losing a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from homeport.adapters.base import Prompt, ResponseFormat, Sampling, Tool
from homeport.daemon.api.body_fields import fields_of, others, rows_of
from homeport.daemon.api.call import decode
from homeport.daemon.api.labels import NO_WISHES, labels_of
from homeport.daemon.api.openai.chat_messages import WIRE, message_of
from homeport.daemon.api.openai.chat_request import (
    KNOWN_FIELDS,
    MESSAGE_FIELDS,
    ChatRequest,
    ToolFunction,
    likeliest,
    longest,
)
from homeport.daemon.api.stops import stops_of
from homeport.policies.errors import BadRequest

_decoder = msgspec.json.Decoder(ChatRequest)


def read(body: bytes, headers: Mapping[bytes, bytes]) -> tuple[Prompt, bool]:
    """The prompt, and whether its stream ends with a usage chunk. Raises `BadRequest`."""
    request = decode(_decoder, body)
    _refuse_what_is_not_served(request)
    fields = fields_of(body)
    beside = _beside(fields["messages"])
    options = request.stream_options
    prompt = Prompt(
        messages=tuple(
            message_of(message, f"messages[{i}]", beside.get(i))
            for i, message in enumerate(request.messages)
        ),
        labels=labels_of(request.model, request.homeport or NO_WISHES, headers),
        tools=tuple([_tool(tool, f"tools[{i}]") for i, tool in enumerate(request.tools or ())]),
        tool_choice=_tool_choice(request.tool_choice),
        parallel_tool_calls=request.parallel_tool_calls,
        response_format=_response_format(request),
        sampling=_sampling(request),
        stream=bool(request.stream),
        wire=WIRE,
        extras=others(fields, KNOWN_FIELDS),
        raw=body,
    )
    return prompt, bool(options and options.include_usage)


def _tool_choice(given: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
    """In OpenAI's own words: some servers say `any`, and leave the type of a function out."""
    if given == "any":
        return "required"
    if isinstance(given, dict) and "function" in given:
        return {"type": "function"} | given
    return given


def _refuse_what_is_not_served(request: ChatRequest) -> None:
    if not request.messages:
        raise BadRequest("`messages` is empty; send at least one.", param="messages")
    if request.n is not None and request.n > 1:
        raise BadRequest(
            "One answer is given to one request: leave `n` out, or ask several times.",
            code="unsupported_value",
            param="n",
        )
    for field, successor in (("functions", "tools"), ("function_call", "tool_choice")):
        if getattr(request, field):
            raise BadRequest(
                f"`{field}` is retired: send `{successor}`.", code="unsupported_field", param=field
            )


def _beside(messages: msgspec.Raw) -> dict[int, dict[str, Any]]:
    """Fields of messages without a noun, by the place of the message."""
    return {
        place: others(row, MESSAGE_FIELDS)
        for place, row in enumerate(rows_of(messages))
        if not row.keys() <= MESSAGE_FIELDS
    }


def _sampling(request: ChatRequest) -> Sampling:
    return Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=likeliest(request.top_k),
        seed=request.seed,
        stop=stops_of(request.stop, "stop"),
        max_tokens=longest(request.max_completion_tokens, "max_completion_tokens")
        or longest(request.max_tokens, "max_tokens"),
        presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty,
        logprobs=bool(request.logprobs),
        top_logprobs=request.top_logprobs or 0,
        reasoning_effort=request.reasoning_effort,
        min_p=request.min_p,
        repeat_penalty=request.repeat_penalty,
    )


def _response_format(request: ChatRequest) -> ResponseFormat:
    wanted = request.response_format
    if wanted is None or wanted.type == "text":
        return ResponseFormat()
    if wanted.type == "json_object":
        shape = wanted.schema
        return ResponseFormat("json_schema", shape) if shape else ResponseFormat("json")
    schema = wanted.json_schema
    if schema is None or schema.schema is None:
        raise BadRequest(
            "`response_format.json_schema.schema` is missing.",
            code="missing_field",
            param="response_format.json_schema.schema",
        )
    return ResponseFormat(
        kind="json_schema", schema=schema.schema, name=schema.name or "", strict=schema.strict
    )


def _tool(tool: dict[str, Any], at: str) -> Tool:
    """A function with its schema; another kind of tool is carried whole in `extras`."""
    kind = tool.get("type", "function")
    if kind == "custom":
        return _custom_tool(tool)
    if kind != "function":
        return Tool(name=str(kind), extras=tool, kind="server", wire=WIRE)
    try:
        function = msgspec.convert(tool.get("function"), ToolFunction)
    except msgspec.ValidationError as error:
        raise BadRequest(
            f"`{at}.function` is not a function: {error}.", param=f"{at}.function"
        ) from None
    extras = {name: value for name, value in tool.items() if name not in ("type", "function")}
    return Tool(
        name=function.name,
        description=function.description or "",
        parameters=function.parameters or {},
        strict=function.strict,
        extras=extras,
    )


def _custom_tool(tool: dict[str, Any]) -> Tool:
    told = tool.get("custom")
    inner = told if isinstance(told, dict) else {}
    return Tool(
        name=str(inner.get("name") or ""),
        description=str(inner.get("description") or ""),
        extras=tool,
        kind="custom",
        wire=WIRE,
    )
