"""How the next model is asked to go on with an answer, and how what it says is joined.

1. Nothing was sent              it is asked as the first one was
2. a tool call was begun         it makes the call again, whole, and what was sent is completed
3. text was sent                 it is handed the text as the opening of its own turn, or, where it
                                 cannot be, asked to repeat the last words and go on
4. reasoning alone was sent      it is asked as the first one was, behind that reasoning
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from homeport.adapters.base import Delta, Message, Prompt, ResponseFormat, Text
from homeport.daemon.handover.seams import AfterCalls, AfterReasoning, AfterText, Seam, shape_of
from homeport.daemon.handover.sent import BegunCall, Sent
from homeport.daemon.handover.splice import Splice, asked_to_go_on
from homeport.policies.model import ModelCard

Join = Callable[[AsyncIterator[Delta], str], Seam]

CALL_AGAIN: Final = (
    "You were cut off while you called a tool. Make the same call again, whole and without any "
    "words before it: {calls}. Arguments that had begun have to begin in exactly the same way."
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
        return _calls_again(prompt, sent)
    if sent.text:
        return _text_goes_on(prompt, sent.text, card)
    fresh = msgspec.structs.replace(prompt, raw=b"")
    return WayOn(fresh, "", AfterReasoning, anew=True)


def _calls_again(prompt: Prompt, sent: Sent) -> WayOn:
    told = CALL_AGAIN.format(calls=", then ".join(map(_called, sent.calls)))
    said = (Message("assistant", (Text(sent.text),)),) if sent.text.strip() else ()
    messages = (*prompt.messages, *said, Message("user", (Text(told),)))
    asked = msgspec.structs.replace(prompt, messages=messages, raw=b"")
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
