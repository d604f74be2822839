"""Tool calls beside the one that was cut off: whether more may follow, and which are new."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from typing import Any, Final

from homeport.adapters.base import Prompt, ToolCallDelta
from homeport.adapters.mending.tool_offer import offer_of
from homeport.daemon.handover.json_so_far import JsonSoFar
from homeport.daemon.handover.sent import BegunCall
from homeport.policies.model import ModelCard

FIELD: Final = "further_calls"
MOST: Final = 8
"""Further calls of one answer."""
_BEGUN: Final = re.compile(r'\{\s*"name"\s*:\s*"([^"\\]*)"')
_NAMED: Final = frozenset({"function", "tool", "custom"})
_OPEN: Final = frozenset({"auto", "required", "any"})


def may_follow(prompt: Prompt, card: ModelCard) -> bool:
    """Whether a model that goes on may make more calls than the one that was cut off.

    A model for demonstrations is not asked to: what it calls beside is no help.
    """
    choice = prompt.tool_choice
    if isinstance(choice, str) and choice not in _OPEN:
        return False
    if isinstance(choice, dict) and choice.get("type") in _NAMED:
        return False
    offer = offer_of(prompt)
    return bool(offer.tools) and offer.parallel and not card.demonstration


class FurtherCalls:
    """Makes deltas of calls that follow on those that were sent, none of them twice."""

    def __init__(self, prompt: Prompt, sent: tuple[BegunCall, ...]) -> None:
        self._names = frozenset(tool.name for tool in offer_of(prompt).tools)
        self._sent = sent

    def of_text(self, text: str, completed: str) -> list[ToolCallDelta]:
        """Of the list of calls that stands in a JSON text, whole or cut off."""
        return self.of((BegunCall(0, "", *call) for call in _listed(text)[0]), completed)

    def begins_in(self, text: str) -> bool:
        """The list in a JSON text is cut off within a call of a tool that was offered."""
        behind = _listed(text)[1]
        begun = _BEGUN.match(behind)
        if begun is None or begun[1] not in self._names:
            return False
        return JsonSoFar().feed(behind) == len(behind)

    def offers(self, call: BegunCall) -> bool:
        """It is one of a tool that there is."""
        return call.name in self._names

    def is_part(self, call: BegunCall) -> bool:
        """The same, and more of it may come."""
        shape, arguments = JsonSoFar(), call.arguments
        is_open = shape.feed(arguments) == len(arguments) and not shape.is_whole
        return self.offers(call) and (call.custom or is_open)

    def of(self, made: Iterable[BegunCall], completed: str | None = None) -> list[ToolCallDelta]:
        """Those that were not made before, and are whole. `completed` are the whole arguments of
        the call that was cut off, the last that was sent."""
        *before, last = self._sent
        whole = last.arguments if completed is None else completed
        known = {(call.name, alike(call.arguments)) for call in before}
        known.add((last.name, alike(whole)))
        ids = {call.id for call in self._sent}
        given: list[ToolCallDelta] = []
        for call in made:
            same = call.name, alike(call.arguments)
            if call.name not in self._names or same in known or len(given) == MOST:
                continue
            if not (call.custom or _is_object(call.arguments)):
                continue
            known.add(same)
            call_id = call.id if call.id and call.id not in ids else f"call_{secrets.token_hex(12)}"
            extras = {"type": "custom"} if call.custom else {}
            index = last.index + 1 + len(given)
            given.append(ToolCallDelta(index, call_id, call.name, call.arguments, extras))
        return given


def alike(arguments: str) -> str:
    """The same for arguments that say the same, but for spaces and capitals."""
    try:
        said = json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    except (ValueError, RecursionError):
        said = arguments
    return re.sub(r"\s+", "", said).casefold()


def _listed(text: str) -> tuple[list[tuple[str, str]], str]:
    """Name and arguments of each whole call of the list, and what stands behind the last."""
    found = re.search(rf'"{FIELD}"\s*:\s*\[', text)
    at, decoder = found.end() if found else len(text), json.JSONDecoder()
    calls: list[tuple[str, str]] = []
    while at < len(text):
        at += len(text[at:]) - len(text[at:].lstrip(" \t\n\r,"))
        try:
            call, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if _is_call(call):
            arguments = json.dumps(call.get("arguments", {}), ensure_ascii=False)
            calls.append((call["name"], arguments))
    return calls, text[at:]


def _is_call(call: Any) -> bool:
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        return False
    return isinstance(call.get("arguments", {}), dict)


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False
