"""What a model is told that wrote a tool call nobody can use, for its one second try."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from homeport.adapters.base import AttemptFailed, Message, Prompt, Text

MOST_REPEATED = 4_000
"""Characters of its own words that it is shown."""


class Correction(NamedTuple):
    """What was wrong. Holds words of the model: for it alone, and for no log."""

    model: str
    said: str
    problem: str


def correction_of(caught: AttemptFailed) -> Correction | None:
    """What the failed model can be told; None where there is nothing, or the caller saw a part."""
    failure = caught.failure
    if not caught.problem or failure.sent_tokens:
        return None
    return Correction(failure.model, caught.said[:MOST_REPEATED], caught.problem)


def corrected(prompt: Prompt, correction: Correction) -> Prompt:
    """The prompt with the model's own words and what is wrong with them at its end."""
    told = (
        f"No tool was called: {correction.problem}. "
        "Write the whole answer again, with the tool call in the form you were given."
    )
    said = (Message("assistant", (Text(correction.said),)),) if correction.said.strip() else ()
    messages = (*prompt.messages, *said, Message("user", (Text(told),)))
    return msgspec.structs.replace(prompt, messages=messages, raw=b"")
