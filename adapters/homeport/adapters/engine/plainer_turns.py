"""A conversation in plainer forms, for chat templates that refuse the one it has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from homeport.adapters.engine.call_format import written
from homeport.adapters.engine.frames import Turn

Turns = Sequence[Turn]
Spelled = Callable[[Turn], dict[str, Any]]

SHORT_ID: Final = 9
"""Letters of the ids that some templates insist on."""


def as_given(turns: Turns) -> Turns:
    """No change."""
    return turns


def calls_as_words(turns: Turns) -> Turns:
    """Calls and their results as words, each still in its own role."""
    return [_in_words(turn) for turn in turns]


def without_tool_role(turns: Turns) -> Turns:
    """Calls as words of the assistant, results of tools as words of the user."""
    return [
        Turn("user", turn.content) if turn.role == "tool" else turn
        for turn in calls_as_words(turns)
    ]


def without_system_role(turns: Turns) -> Turns:
    """System words put before the first words of the user."""
    system = "\n\n".join(turn.content for turn in turns if turn.role == "system")
    others = [turn for turn in turns if turn.role != "system"]
    if not system:
        return others
    for at, turn in enumerate(others):
        if turn.role == "user":
            others[at] = Turn("user", f"{system}\n\n{turn.content}")
            return others
    return [Turn("user", system), *others]


def user_and_assistant(turns: Turns) -> Turns:
    """Neither the role of the system nor that of tools."""
    return without_system_role(without_tool_role(turns))


def merged_neighbours(turns: Turns) -> Turns:
    """No system role, and one turn where the same role spoke twice; tools keep their role."""
    merged: list[Turn] = []
    for turn in without_system_role(turns):
        last = merged[-1] if merged else None
        if last and last.role == turn.role != "tool" and not (last.calls and turn.calls):
            text = "\n\n".join(filter(None, (last.content, turn.content)))
            merged[-1] = Turn(turn.role, text, last.calls or turn.calls)
        else:
            merged.append(turn)
    return merged


def alternating(turns: Turns) -> Turns:
    """User and assistant strictly in turn, the user first."""
    merged = list(merged_neighbours(user_and_assistant(turns)))
    if merged and merged[0].role == "assistant":
        merged.insert(0, Turn("user", "Go on."))
    return merged


def told_first(turns: Turns, words: str) -> Turns:
    """The same conversation with more system words at its start."""
    if turns and turns[0].role == "system":
        return [Turn("system", f"{turns[0].content}\n\n{words}"), *turns[1:]]
    return [Turn("system", words), *turns]


def _in_words(turn: Turn) -> Turn:
    if turn.role == "tool" and turn.call_id:
        return Turn("tool", f"Result of {turn.name or turn.call_id}:\n{turn.content}")
    if not turn.calls:
        return turn
    calls = [written(call.name, call.arguments) for call in turn.calls]
    return Turn(turn.role, "\n".join(filter(None, (turn.content, *calls))))


# A turn as templates take it. They differ in what they make of arguments and ids.


def with_objects(turn: Turn) -> dict[str, Any]:
    """Arguments as an object, ids as they are."""
    return _message(turn, _object, _same)


def with_text(turn: Turn) -> dict[str, Any]:
    """Arguments as JSON text, ids as they are."""
    return _message(turn, str, _same)


def with_short_ids(turn: Turn) -> dict[str, Any]:
    """Arguments as an object, ids of nine letters and digits."""
    return _message(turn, _object, _short)


SPELLINGS: Final[tuple[Spelled, ...]] = (with_objects, with_text, with_short_ids)


def _message(
    turn: Turn, spell: Callable[[str], Any], named: Callable[[str], str]
) -> dict[str, Any]:
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.calls:
        message["tool_calls"] = [
            {
                "id": named(call.id),
                "type": "function",
                "function": {"name": call.name, "arguments": spell(call.arguments)},
            }
            for call in turn.calls
        ]
    if turn.role == "tool":
        message |= {"tool_call_id": named(turn.call_id), "name": turn.name}
    return message


def _object(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _same(call_id: str) -> str:
    return call_id


def _short(call_id: str) -> str:
    return hashlib.sha256(call_id.encode("utf-8", "replace")).hexdigest()[:SHORT_ID]
