"""How the next model is asked to go on with an answer, and how what it says is joined.

1. Nothing was sent              it is asked as the first one was
2. a tool call was begun         it is handed the arguments as the opening of its own turn, or,
                                 where it cannot be, makes the call again, whole, and what was
                                 sent is completed
3. text was sent                 it is handed the text as the opening of its own turn, or, where it
                                 cannot be, asked to repeat the last words and go on
4. reasoning alone was sent      it is asked as the first one was, behind that reasoning
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec

from homeport.adapters.base import Delta, Message, Prompt, ResponseFormat, Text, Tool
from homeport.daemon.handover.json_so_far import place_of
from homeport.daemon.handover.seams import (
    AfterArguments,
    AfterCalls,
    AfterReasoning,
    AfterText,
    Seam,
    is_whole,
    shape_of,
)
from homeport.daemon.handover.sent import BegunCall, Sent
from homeport.daemon.handover.splice import Splice, asked_to_go_on
from homeport.policies.model import ModelCard

Join = Callable[[AsyncIterator[Delta], str], Seam]

CALL_AGAIN: Final = (
    "You were cut off while you called a tool. Make the same call again, whole and without any "
    "words before it: {calls}. Arguments that had begun have to begin in exactly the same way."
)
ARGUMENTS: Final = (
    "You call the tool `{name}` now{before}. Write its arguments as one JSON object that fits this "
    "schema, and nothing else: {schema}"
)
AS_JSON: Final = "All of the answer together is one JSON text and nothing else{schema}."


@dataclass(frozen=True, slots=True)
class WayOn:
    """What is different from the first time."""

    prompt: Prompt
    prefix: str
    """The opening of the model's own turn."""
    join: Join
    anew: bool
    """It says all of it again, so that it needs the room of a whole answer."""


def way_on(prompt: Prompt, sent: Sent, card: ModelCard) -> WayOn:
    """The way from what was sent to the rest of it, with this model."""
    if sent.calls:
        tool = _tool_of(sent.calls[-1], prompt)
        if tool is not None and card.continues:
            return _arguments_go_on(prompt, sent, tool, card)
        return _calls_again(prompt, sent)
    if sent.text:
        return _text_goes_on(prompt, sent.text, card)
    fresh = msgspec.structs.replace(prompt, raw=b"")
    return WayOn(fresh, "", AfterReasoning, anew=True)


def _tool_of(begun: BegunCall, prompt: Prompt) -> Tool | None:
    """Whose arguments are to be completed; None where they are whole, or no JSON."""
    if begun.custom or is_whole(begun):
        return None
    tools = (tool for tool in prompt.tools if tool.kind == "function")
    return next((tool for tool in tools if tool.name == begun.name), None)


def _arguments_go_on(prompt: Prompt, sent: Sent, tool: Tool, card: ModelCard) -> WayOn:
    """The arguments are an answer in JSON of which a part was sent."""
    *before, begun = sent.calls
    schema = _in_order(tool.parameters or {"type": "object"}, begun.arguments)
    made = f", after you called {', then '.join(map(_called, before))}" if before else ""
    told = ARGUMENTS.format(
        name=tool.name, before=made, schema=msgspec.json.encode(schema).decode()
    )
    said = (Message("assistant", (Text(sent.text),)),) if sent.text.strip() else ()
    # Only the engine of this machine holds what it was handed to a grammar too.
    held = not card.host and "json_schema" in card.capabilities
    asked = msgspec.structs.replace(
        prompt,
        messages=(*prompt.messages, *said, Message("user", (Text(told),))),
        tools=(),
        tool_choice=None,
        parallel_tool_calls=None,
        response_format=_loosely(schema) if held else ResponseFormat(),
        sampling=msgspec.structs.replace(prompt.sampling, stop=()),
        raw=b"",
    )
    prefix = begun.arguments.lstrip() or "{"
    return WayOn(asked, prefix, partial(AfterArguments, begun=begun, prefix=prefix), anew=False)


def _loosely(schema: dict[str, Any]) -> ResponseFormat:
    """What another model began may break it, and is gone on with all the same."""
    return ResponseFormat("json_schema", schema, strict=False)


def _in_order(schema: dict[str, Any], begun: str) -> dict[str, Any]:
    """The schema with its fields in the order in which they were begun: grammars keep to one."""
    fields = schema.get("properties")
    if not isinstance(fields, dict):
        return schema
    names = sorted(fields, key=partial(place_of, begun))
    return {**schema, "properties": {name: fields[name] for name in names}}


def _calls_again(prompt: Prompt, sent: Sent) -> WayOn:
    told = CALL_AGAIN.format(calls=", then ".join(map(_called, sent.calls)))
    said = (Message("assistant", (Text(sent.text),)),) if sent.text.strip() else ()
    messages = (*prompt.messages, *said, Message("user", (Text(told),)))
    names = {call.name for call in sent.calls}
    choice = names.pop() if len(names) == 1 and not is_whole(sent.calls[-1]) else prompt.tool_choice
    asked = msgspec.structs.replace(prompt, messages=messages, tool_choice=choice, raw=b"")
    return WayOn(asked, "", partial(AfterCalls, begun=sent.calls), anew=True)


def _called(call: BegunCall) -> str:
    return f"`{call.name}` with the arguments `{call.arguments}`…"


def _text_goes_on(prompt: Prompt, text: str, card: ModelCard) -> WayOn:
    form = prompt.response_format
    shape = shape_of(text) if form.kind != "text" else None
    also = _form_in_words(form) if shape else ""
    # Grammars and schemas are held from the first letter of an answer, and this is not the first.
    plain = msgspec.structs.replace(prompt, response_format=ResponseFormat()) if shape else prompt
    if card.continues:
        asked = _told_at_its_start(plain, also) if also else plain
        return WayOn(asked, text, partial(AfterText, shape=shape), anew=False)
    join = partial(AfterText, splice=Splice(text), shape=shape)
    return WayOn(asked_to_go_on(plain, text, also), "", join, anew=False)


def _form_in_words(form: ResponseFormat) -> str:
    schema = f" that fits this schema: {msgspec.json.encode(form.schema).decode()}"
    return AS_JSON.format(schema=schema if form.schema else "")


def _told_at_its_start(prompt: Prompt, told: str) -> Prompt:
    messages = (Message("system", (Text(told),)), *prompt.messages)
    return msgspec.structs.replace(prompt, messages=messages, raw=b"")
