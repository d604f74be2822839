"""From the body of `POST /v1/responses` to a `Prompt`, without losing a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import structs

from homeport.adapters.base import Message, Opaque, Prompt, ResponseFormat, Sampling, Text
from homeport.daemon.api.body_fields import fields_of, others
from homeport.daemon.api.call import decode
from homeport.daemon.api.labels import NO_WISHES, labels_of
from homeport.daemon.api.responses.fields import missing
from homeport.daemon.api.responses.history import (
    Before,
    items_of,
    raw_for_upstream,
    said_before,
)
from homeport.daemon.api.responses.items import messages_of
from homeport.daemon.api.responses.names import Names
from homeport.daemon.api.responses.request import NOUNS, WIRE, ResponsesRequest
from homeport.daemon.api.responses.tools import choice_of, tools_of
from homeport.daemon.storage.texts_responses import KeptResponses
from homeport.policies.errors import BadRequest

PREVIOUS = "previous_response_id"
LOGPROBS = "message.output_text.logprobs"

_decoder = msgspec.json.Decoder(ResponsesRequest)


class Asked(msgspec.Struct, frozen=True):
    """One request as it was read."""

    prompt: Prompt
    request: ResponsesRequest
    fields: dict[str, msgspec.Raw]
    """Its top-level fields, as they came."""
    before: Before = Before()

    @property
    def summary(self) -> str | None:
        """Which summaries of the reasoning were asked for; None where none were."""
        reasoning = self.request.reasoning
        return (reasoning.summary or reasoning.generate_summary) if reasoning else None

    def kept_as(self, response_id: str) -> tuple[str, bytes]:
        """The answer that this one goes on from, and the items that stand between both.

        Some servers give all their answers one id: theirs holds all that was said.
        """
        previous = self.request.previous_response_id or ""
        if previous != response_id:
            return previous, bytes(self.fields.get("input", b"[]"))
        whole = [*self.before.items, *items_of(self.request.input)]
        return "", msgspec.json.encode(whole)


async def read(body: bytes, headers: Mapping[bytes, bytes], kept: KeptResponses) -> Asked:
    """The prompt, with all that was said before. Raises `BadRequest`."""
    request = decode(_decoder, body)
    _refuse_two_histories(request)
    fields = _top_level(body)
    extras = _extras(fields)
    before = await said_before(kept, request.previous_response_id)
    labels = labels_of(request.model, request.homeport or NO_WISHES, headers)
    items = items_of(request.input)
    spoken = _Spoken([*before.items, *items], _places(before.items, items))
    tools = tools_of(request.tools or [], spoken.items, spoken.ats)
    names = Names(tools)
    prompt = Prompt(
        messages=_messages(request, before, spoken, names),
        labels=structs.replace(labels, private=labels.private or before.private),
        tools=tools,
        tool_choice=choice_of(request.tool_choice, names),
        parallel_tool_calls=request.parallel_tool_calls,
        response_format=_response_format(request),
        sampling=_sampling(request),
        stream=bool(request.stream),
        wire=WIRE,
        extras=extras,
        raw=raw_for_upstream(body, fields, before, items),
    )
    return Asked(prompt, request, fields, before)


def _refuse_two_histories(request: ResponsesRequest) -> None:
    if request.previous_response_id and request.conversation:
        raise BadRequest(
            "`previous_response_id` and `conversation` cannot be sent together.",
            code="invalid_field",
            param="conversation",
        )


class _Spoken(msgspec.Struct, frozen=True):
    """Every item of the conversation, with its place in the request."""

    items: list[Any]
    ats: list[str]


def _places(before: list[dict[str, Any]], items: list[Any]) -> list[str]:
    return ["previous_response_id"] * len(before) + [f"input[{i}]" for i in range(len(items))]


def _messages(
    request: ResponsesRequest, before: Before, spoken: _Spoken, names: Names
) -> tuple[Message, ...]:
    """Instructions first, then what is kept elsewhere, then the conversation."""
    first: list[Message] = []
    if request.instructions:
        first.append(Message("system", (Text(request.instructions),)))
    elsewhere = _kept_elsewhere(request, before)
    first += elsewhere
    messages = messages_of(spoken.items, spoken.ats, hidden=bool(elsewhere), names=names)
    if not first and not messages:
        raise missing("input")
    return (*first, *messages)


def _kept_elsewhere(request: ResponsesRequest, before: Before) -> list[Message]:
    """What OpenAI keeps can be looked up by OpenAI alone."""
    kept = {
        "conversation": request.conversation,
        "prompt": request.prompt,
        PREVIOUS: before.elsewhere or None,
    }
    return [
        Message("system", (Opaque(WIRE, {"type": name, name: value}),))
        for name, value in kept.items()
        if value is not None
    ]


def _top_level(body: bytes) -> dict[str, msgspec.Raw]:
    fields = fields_of(body)
    return {name: value for name, value in fields.items() if bytes(value) != b"null"}


def _extras(fields: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    extras = others(fields, NOUNS)
    for name, noun in (("text", "format"), ("reasoning", "effort")):
        if name in extras:
            extras[name] = {key: value for key, value in extras[name].items() if key != noun}
    return {name: value for name, value in extras.items() if value != {}}


def _sampling(request: ResponsesRequest) -> Sampling:
    return Sampling(
        temperature=request.temperature,
        top_p=request.top_p,
        max_tokens=request.max_output_tokens,
        logprobs=LOGPROBS in (request.include or ()),
        top_logprobs=request.top_logprobs or 0,
        reasoning_effort=request.reasoning.effort if request.reasoning else None,
    )


def _response_format(request: ResponsesRequest) -> ResponseFormat:
    wanted = request.text.format if request.text else None
    if wanted is None or wanted.type == "text":
        return ResponseFormat()
    if wanted.type == "json_object":
        return ResponseFormat(kind="json")
    if wanted.schema is None:
        raise missing("text.format.schema")
    return ResponseFormat("json_schema", wanted.schema, wanted.name or "", wanted.strict)
