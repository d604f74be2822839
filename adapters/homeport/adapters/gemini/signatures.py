"""Remembers the signatures of calls for programs whose wire has no place for them.

Gemini wants its signature of a call back, and few wires carry it to the program
and home again. What is forgotten (a restart, or long ago) is only missed: Gemini
goes on without what it thought before the call.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from homeport.adapters.base import Delta, ToolCallDelta, Wired

MOST_CHARACTERS: Final = 4_000_000


class Signatures:
    """By the id of the call; the oldest go first."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._held: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def __repr__(self) -> str:
        return f"Signatures({len(self._held)} calls)"

    def note(self, delta: Delta) -> None:
        """Remember the signature of a call, where the delta is one that has it."""
        if isinstance(delta, Wired):
            for spoken in delta.deltas:
                self.note(spoken)
        if not isinstance(delta, ToolCallDelta):
            return
        signature = delta.extras.get("thoughtSignature")
        if not delta.id or not isinstance(signature, str) or len(signature) > self._most:
            return
        self._characters += len(signature) - len(self._held.pop(delta.id, ""))
        self._held[delta.id] = signature
        while self._characters > self._most:
            _, oldest = self._held.popitem(last=False)
            self._characters -= len(oldest)

    def of(self, call_id: str) -> str:
        """The signature of that call; empty where it is not known."""
        return self._held.get(call_id, "")
