"""How the next model is asked to go on with tool calls.

1. A call was cut off in its arguments, and the model can be handed them: they are an answer in
   JSON of which a part was sent
2. it cannot be: it makes the call again, and has to make that one, under the tool's schema held
   to what was begun; where that failed, or much was begun, it writes the arguments as text
3. a tool takes free text: that goes on as text does, or is made again
4. all calls that were sent are whole: the model is asked whether any are missing

Where parallel calls are allowed it may make further ones; see `further_calls.py`.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from homeport.adapters.base import Message, Prompt, ResponseFormat, Text, Tool
from homeport.adapters.mending.tool_offer import offer_of, schema_of
from homeport.adapters.mending.tool_schemas import as_definition, as_definitions
from homeport.daemon.handover import further_calls
from homeport.daemon.handover.call_seams import (
    AfterArguments,
    AfterCalls,
    AfterFreeText,
    AfterToldArguments,
)
from homeport.daemon.handover.completing import is_whole, stands
from homeport.daemon.handover.further_calls import FurtherCalls
from homeport.daemon.handover.pinned import in_order, pinned
from homeport.daemon.handover.sent import BegunCall, Sent
from homeport.daemon.handover.splice import asked_to_go_on
from homeport.daemon.handover.way import WayOn
from homeport.policies.model import ModelCard

CALL_AGAIN: Final = (
    "You were cut off while you called a tool. Make the same call again, whole and without any "
    "words before it: {calls}. Arguments that had begun have to begin in exactly the same way."
)
THEN_OTHERS: Final = (
    " Then make the other calls that belong beside it, if there are any; none that was made "
    "already, and none that needs the result of another."
)
ANY_MISSING: Final = (
    "You were cut off behind a tool call: {calls}. What you called stands, and the results come "
    "later. If other calls belong beside it that do not need these results, make them now, and "
    "none twice. If there are none, answer with the one word: done."
)
ARGUMENTS: Final = (
    "You call the tool `{name}` now{before}. Write its arguments as one JSON object that fits this "
    "schema, and nothing else: {schema}"
)
ARGUMENTS_AND_MORE: Final = (
    "You call the tool `{name}` now{before}, and perhaps others with it. Write one JSON object, "
    "and nothing else: `arguments` has the arguments of this call, and `" + further_calls.FIELD +
    "` the list of the calls that belong beside it, each with `name` and `arguments`: none that "
    "was made already, none that needs the result of another, and an empty list where there are "
    "none. It has to fit this schema: {schema}"
)  # fmt: skip
BEGUN: Final = (
    "The arguments begin in exactly this way, and have to stand so: {begun}\nWrite all of them."
)
FREE_TEXT: Final = "You call the tool `{name}` now. Write the text that it takes, and nothing else."
MUCH: Final = 600
"""Characters of begun arguments that no model is asked to write again."""


def calls_go_on(prompt: Prompt, sent: Sent, card: ModelCard, *, again: bool) -> WayOn:
    """The way from the calls that were sent to all of them; `again` where this model failed to
    make one that fits."""
    begun = sent.calls[-1]
    further = _further(prompt, sent, card)
    tool = None if is_whole(begun) else _tool_of(begun, prompt)
    if is_whole(begun):
        return _others(prompt, sent, further)
    if tool is None or not all(map(stands, sent.calls[:-1])):
        return _calls_again(prompt, sent, None)
    if tool.kind == "custom":
        return _free_text(prompt, sent, tool, card, again=again)
    if card.continues:
        return _arguments_go_on(prompt, sent, tool, card, None if again else further)
    if again or len(begun.arguments) > MUCH:
        return _told_arguments(prompt, sent, tool, card)
    return _calls_again(prompt, sent, further)


def _further(prompt: Prompt, sent: Sent, card: ModelCard) -> FurtherCalls | None:
    may = further_calls.may_follow(prompt, card)
    return FurtherCalls(prompt, sent.calls) if may else None


def _tool_of(begun: BegunCall, prompt: Prompt) -> Tool | None:
    """Whose call was begun; None where it was not offered as one of these."""
    kind = "custom" if begun.custom else "function"
    tools = (tool for tool in prompt.tools if tool.kind == kind)
    return next((tool for tool in tools if tool.name == begun.name), None)


def _arguments_go_on(
    prompt: Prompt, sent: Sent, tool: Tool, card: ModelCard, further: FurtherCalls | None
) -> WayOn:
    """The arguments are an answer in JSON of which a part was sent."""
    begun = sent.calls[-1]
    prefix, opening, told = begun.arguments.lstrip() or "{", "", ARGUMENTS
    schema = in_order(_schema(tool), begun.arguments)
    if further is not None:
        opening, told = '{"arguments": ', ARGUMENTS_AND_MORE
        schema = _and_more(schema, offer_of(prompt).tools)
    asked = _asked_for_json(prompt, sent, told, tool, schema)
    # Only the engine of this machine holds what it was handed to a grammar too.
    if not card.host and "json_schema" in card.capabilities:
        asked = _held(asked, schema)
    join = partial(AfterArguments, begun=begun, prefix=prefix, further=further)
    return WayOn(asked, opening + prefix, join, anew=False)


def _told_arguments(prompt: Prompt, sent: Sent, tool: Tool, card: ModelCard) -> WayOn:
    """They are shown to a model that cannot be handed them: it writes them again, or, where
    there are many, goes on from the last words."""
    begun = sent.calls[-1]
    schema = pinned(_schema(tool), begun.arguments)
    asked = _asked_for_json(prompt, sent, ARGUMENTS, tool, schema)
    if len(begun.arguments) > MUCH:
        asked = asked_to_go_on(asked, begun.arguments)
    else:
        asked = _with(asked, Message("user", (Text(BEGUN.format(begun=begun.arguments)),)))
        if card.place != "cloud" and "json_schema" in card.capabilities:
            asked = _held(asked, schema)
    return WayOn(asked, "", partial(AfterToldArguments, begun=begun), anew=True)


def _asked_for_json(
    prompt: Prompt, sent: Sent, told: str, tool: Tool, schema: dict[str, Any]
) -> Prompt:
    """The prompt with the order to write arguments, and without tools."""
    before = sent.calls[:-1]
    made = f", after you called {', then '.join(map(_called, before))}" if before else ""
    words = told.format(name=tool.name, before=made, schema=msgspec.json.encode(schema).decode())
    return msgspec.structs.replace(
        _with(prompt, *_said(sent), Message("user", (Text(words),))),
        tools=(),
        tool_choice=None,
        parallel_tool_calls=None,
        response_format=ResponseFormat(),
        sampling=msgspec.structs.replace(prompt.sampling, stop=()),
    )


def _held(prompt: Prompt, schema: dict[str, Any]) -> Prompt:
    """Loosely: what another model began may break the schema, and is gone on with all the same."""
    form = ResponseFormat("json_schema", schema, name="arguments", strict=False)
    return msgspec.structs.replace(prompt, response_format=form)


def _schema(tool: Tool) -> dict[str, Any]:
    return schema_of(tool) or {"type": "object"}


def _and_more(arguments: dict[str, Any], tools: tuple[Tool, ...]) -> dict[str, Any]:
    """The schema of arguments, and of a list of calls beside them."""
    functions = [tool for tool in tools if tool.kind == "function"]
    parts = as_definitions([_schema(tool) for tool in functions])
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": tool.name}, "arguments": {"$ref": f"#/$defs/{name}"}},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for name, tool in zip(parts, functions, strict=True)
    ]
    more = {"type": "array", "items": {"anyOf": calls}, "maxItems": further_calls.MOST}
    return {
        "type": "object",
        "properties": {"arguments": {"$ref": "#/$defs/this"}, further_calls.FIELD: more},
        "required": ["arguments", further_calls.FIELD],
        "additionalProperties": False,
        "$defs": {"this": as_definition(arguments, "this"), **parts},
    }


def _calls_again(prompt: Prompt, sent: Sent, further: FurtherCalls | None) -> WayOn:
    """A call is made again, by that name; with others, where any may follow."""
    begun = sent.calls[-1]
    told = CALL_AGAIN.format(calls=", then ".join(map(_called, sent.calls)))
    choice: str | dict[str, Any] | None
    if further is not None:
        told, choice, tools = told + THEN_OTHERS, "required", prompt.tools
    else:
        choice = begun.name if _tool_of(begun, prompt) else prompt.tool_choice
        tools = tuple(_pinned_tool(tool, begun) for tool in prompt.tools)
    asked = msgspec.structs.replace(
        _with(prompt, *_said(sent), Message("user", (Text(told),))),
        tool_choice=choice,
        tools=tools,
    )
    return WayOn(asked, "", partial(AfterCalls, begun=sent.calls, further=further), anew=True)


def _pinned_tool(tool: Tool, begun: BegunCall) -> Tool:
    if tool.name != begun.name or tool.kind != "function":
        return tool
    schema = pinned(_schema(tool), begun.arguments)
    return msgspec.structs.replace(tool, parameters=schema, strict=None)


def _others(prompt: Prompt, sent: Sent, further: FurtherCalls | None) -> WayOn:
    """Nothing was begun: are there any calls beside those that were made?"""
    told = ANY_MISSING.format(calls=", then ".join(map(_called, sent.calls)))
    asked = msgspec.structs.replace(
        _with(prompt, *_said(sent), Message("user", (Text(told),))),
        tool_choice="auto" if further is not None else prompt.tool_choice,
    )
    return WayOn(asked, "", partial(AfterCalls, begun=sent.calls, further=further), anew=False)


def _free_text(prompt: Prompt, sent: Sent, tool: Tool, card: ModelCard, *, again: bool) -> WayOn:
    begun = sent.calls[-1]
    if not (card.continues or again or len(begun.arguments) > MUCH):
        return _calls_again(prompt, sent, None)
    told = FREE_TEXT.format(name=tool.name)
    asked = msgspec.structs.replace(
        _with(prompt, *_said(sent), Message("user", (Text(told),))),
        tools=(),
        tool_choice=None,
        parallel_tool_calls=None,
    )
    if card.continues:
        join = partial(AfterFreeText, begun=begun)
        return WayOn(asked, begun.arguments, join, anew=False)
    asked = asked_to_go_on(asked, begun.arguments)
    return WayOn(asked, "", partial(AfterFreeText, begun=begun, spliced=True), anew=False)


def _said(sent: Sent) -> tuple[Message, ...]:
    return (Message("assistant", (Text(sent.text),)),) if sent.text.strip() else ()


def _with(prompt: Prompt, *messages: Message) -> Prompt:
    return msgspec.structs.replace(prompt, messages=(*prompt.messages, *messages), raw=b"")


def _called(call: BegunCall) -> str:
    if is_whole(call):
        return f"`{call.name}` with the arguments `{call.arguments}`"
    return f"`{call.name}` with the arguments `{call.arguments}`…"
