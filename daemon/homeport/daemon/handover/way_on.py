"""How the next model is asked to go on with an answer, and how what it says is joined.

1. Nothing was sent              it is asked as the first one was
2. a tool call was begun         `calling_on.py` says how
3. text was sent                 it is handed the text as the opening of its own turn, or, where it
                                 cannot be, asked to repeat the last words and go on
4. reasoning alone was sent      it is asked as the first one was, behind that reasoning
"""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec

from homeport.adapters.base import Message, Prompt, ResponseFormat, Text
from homeport.daemon.handover.seams import AfterReasoning, AfterText, shape_of
from homeport.daemon.handover.sent import Sent
from homeport.daemon.handover.splice import Splice, asked_to_go_on
from homeport.daemon.handover.way import WayOn
from homeport.policies.model import ModelCard

AS_JSON: Final = "All of the answer together is one JSON text and nothing else{schema}."


def way_on(prompt: Prompt, sent: Sent, card: ModelCard, *, again: bool = False) -> WayOn:
    """The way from what was sent to the rest of it, with this model; `again` where it failed to
    make a call of it before."""
    if sent.calls:
        from homeport.daemon.handover.calling_on import calls_go_on

        return calls_go_on(prompt, sent, card, again=again)
    if sent.text:
        return _text_goes_on(prompt, sent.text, card)
    fresh = msgspec.structs.replace(prompt, raw=b"")
    return WayOn(fresh, "", AfterReasoning, anew=True)


def _text_goes_on(prompt: Prompt, text: str, card: ModelCard) -> WayOn:
    form = prompt.response_format
    shape = shape_of(text) if form.kind != "text" else None
    also = form_in_words(form) if shape else ""
    # Grammars and schemas are held from the first letter of an answer, and this is not the first.
    plain = msgspec.structs.replace(prompt, response_format=ResponseFormat()) if shape else prompt
    if card.continues:
        asked = _told_at_its_start(plain, also) if also else plain
        return WayOn(asked, text, partial(AfterText, shape=shape), anew=False)
    join = partial(AfterText, splice=Splice(text), shape=shape)
    return WayOn(asked_to_go_on(plain, text, also), "", join, anew=False)


def form_in_words(form: ResponseFormat) -> str:
    """What a grammar would have held the answer to."""
    schema = f" that fits this schema: {msgspec.json.encode(form.schema).decode()}"
    return AS_JSON.format(schema=schema if form.schema else "")


def _told_at_its_start(prompt: Prompt, told: str) -> Prompt:
    messages = (Message("system", (Text(told),)), *prompt.messages)
    return msgspec.structs.replace(prompt, messages=messages, raw=b"")
