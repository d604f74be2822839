"""From a Messages request to a `Prompt`, without losing a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from homeport.adapters.anthropic.parts import WIRE
from homeport.adapters.base import (
    Labels,
    Message,
    Part,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Tool,
)
from homeport.daemon.api.anthropic.blocks import messages_of, parts_of
from homeport.daemon.api.anthropic.request import KNOWN_FIELDS, Block, MessagesRequest
from homeport.daemon.api.body_fields import fields_of, others
from homeport.daemon.api.call import decode
from homeport.daemon.api.labels import NO_WISHES, labels_of, name_of
from homeport.daemon.api.stops import stops_of
from homeport.policies.errors import BadRequest

FORWARDED = (b"anthropic-beta", b"anthropic-version")
SESSION_HEADER = b"x-claude-code-session-id"
BILLING = "x-anthropic-billing-header:"
"""Begins a block of Claude Code's that is another in every request: no model is meant to read
it, and a prompt cache that finds it first holds nothing."""

_decoder = msgspec.json.Decoder(MessagesRequest)


def read(body: bytes, headers: Mapping[bytes, bytes]) -> Prompt:
    """The prompt. Raises `BadRequest`."""
    request = decode(_decoder, body)
    if not request.messages:
        raise BadRequest("`messages` is empty; send at least one.", param="messages")
    choice = request.tool_choice or {}
    return Prompt(
        messages=_messages(request),
        labels=_labels(request, headers),
        tools=tuple(_tool(tool, f"tools.{i}") for i, tool in enumerate(request.tools or ())),
        tool_choice=_tool_choice(choice),
        parallel_tool_calls=False if choice.get("disable_parallel_tool_use") is True else None,
        response_format=_response_format(request),
        sampling=_sampling(request),
        stream=bool(request.stream),
        wire=WIRE,
        extras=others(fields_of(body), KNOWN_FIELDS),
        raw=body,
        forward=_forwarded(headers),
    )


def _labels(request: MessagesRequest, headers: Mapping[bytes, bytes]) -> Labels:
    labels = labels_of(request.model, request.homeport or NO_WISHES, headers)
    if labels.session or SESSION_HEADER not in headers:
        return labels
    session = name_of(headers[SESSION_HEADER].decode("latin-1"))
    return msgspec.structs.replace(labels, session=session)


def _messages(request: MessagesRequest) -> tuple[Message, ...]:
    parts = parts_of(request.system or (), "system")
    system = [part for part in parts if not _is_billing(part)]
    messages = [Message("system", tuple(system))] if system else []
    for i, turn in enumerate(request.messages):
        messages += messages_of(turn, f"messages.{i}")
    return tuple(messages)


def _is_billing(part: Part) -> bool:
    return isinstance(part, Text) and part.text.startswith(BILLING)


def _forwarded(headers: Mapping[bytes, bytes]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode(), headers[name].decode("latin-1")) for name in FORWARDED if name in headers
    )


def _sampling(request: MessagesRequest) -> Sampling:
    effort = (request.output_config or {}).get("effort")
    return Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k if request.top_k and request.top_k > 0 else None,
        stop=stops_of(request.stop_sequences, "stop_sequences"),
        # Every other model gives at least one token; a request for none goes out as it is.
        max_tokens=None if request.max_tokens is None else max(1, request.max_tokens),
        reasoning_effort=effort if isinstance(effort, str) else None,
        reasoning_budget=_budget(request.thinking or {}),
    )


def _budget(thinking: Block) -> int | None:
    if thinking.get("type") == "disabled":
        return 0
    budget = thinking.get("budget_tokens")
    if thinking.get("type") != "enabled" or budget is None:
        return None
    if not isinstance(budget, int) or isinstance(budget, bool) or not 0 < budget < 2**31:
        raise BadRequest(
            "`thinking.budget_tokens` must be a whole number, and at least 1.",
            param="thinking.budget_tokens",
        )
    return budget


def _response_format(request: MessagesRequest) -> ResponseFormat:
    wanted = (request.output_config or {}).get("format") or request.output_format
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        return ResponseFormat()
    schema = wanted.get("schema")
    if not isinstance(schema, dict):
        field = "output_config.format.schema"
        raise BadRequest(f"`{field}` is missing.", code="missing_field", param=field)
    return ResponseFormat(kind="json_schema", schema=schema, strict=True)


def _tool_choice(choice: Block) -> str | dict[str, Any] | None:
    kind = choice.get("type")
    if kind == "tool" and isinstance(choice.get("name"), str):
        return {"type": "function", "function": {"name": choice["name"]}}
    if kind == "any":
        return "required"
    return kind if kind in ("auto", "none") else None


def _tool(tool: Block, at: str) -> Tool:
    """A function with its schema; a tool of the provider's own is carried whole."""
    kind, name = tool.get("type"), tool.get("name")
    if kind not in (None, "custom"):
        named = name if isinstance(name, str) else str(kind)
        return Tool(name=named, extras=tool, kind="server", wire=WIRE)
    if not isinstance(name, str) or not name:
        raise BadRequest(f"`{at}.name` is missing.", code="missing_field", param=f"{at}.name")
    schema, description = tool.get("input_schema"), tool.get("description")
    if schema is not None and not isinstance(schema, dict):
        raise BadRequest(f"`{at}.input_schema` must be an object.", param=f"{at}.input_schema")
    strict = tool.get("strict")
    known = ("name", "description", "input_schema", "strict")
    return Tool(
        name=name,
        description=description if isinstance(description, str) else "",
        parameters=schema or {},
        strict=strict if isinstance(strict, bool) else None,
        extras={field: value for field, value in tool.items() if field not in known},
        wire=WIRE,
    )
