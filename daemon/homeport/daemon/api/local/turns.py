"""The turns of a conversation that a prompt goes on from."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.adapters.base import Message, Role, Text
from homeport.client.wire import Turn
from homeport.policies.errors import BadRequest

MOST_TURNS = 10_000


def said_before(turns: Sequence[Turn]) -> tuple[Message, ...]:
    """Earlier turns as messages. Raises `BadRequest` for too many, or one that says nothing."""
    if len(turns) > MOST_TURNS:
        raise BadRequest(
            f"`messages` holds {len(turns):,} turns; {MOST_TURNS:,} are read at most. "
            "Leave the oldest out.",
            param="messages",
        )
    for number, turn in enumerate(turns):
        if not turn.text.strip():
            raise BadRequest(f"`messages[{number}].text` is empty.", param="messages")
    return tuple(said(turn.role, turn.text) for turn in turns)


def said(role: Role, text: str) -> Message:
    """One message of plain text."""
    return Message(role=role, parts=(Text(text),))
