"""What an answer says, whatever wire it came by: the noun of every comparison between wires."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from homeport.adapters.base import (
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)


class Said(msgspec.Struct):
    """One answer, by noun."""

    text: str = ""
    thinking: str = ""
    seals: list[str] = []
    """Signatures and encrypted reasoning, by which a provider knows its own again."""
    refusal: str = ""
    calls: list[tuple[str, Any]] = []
    call_ids: list[str] = []
    citations: list[str] = []
    logprobs: list[tuple[str, float]] = []
    opaque: list[str] = []
    reason: str = ""
    stop_sequence: str = ""
    usage: dict[str, int] = {}

    def differences(self, other: Said) -> dict[str, tuple[Any, Any]]:
        """Nouns that are not the same."""
        refused = other.reason if self.refusal and not other.refusal else ""
        pairs = {
            name: (getattr(self, name), getattr(other, name))
            for name in self.__struct_fields__
            if name != "usage"
        }
        for name in sorted({*self.usage, *other.usage}):
            pairs[f"usage.{name}"] = (self.usage.get(name), other.usage.get(name))
        if refused:
            del pairs["reason"]
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


_COUNTS = (
    "input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning",
    "input_audio", "output_audio", "searches",
)  # fmt: skip


def said(deltas: Iterable[Delta]) -> Said:
    """An answer put together."""
    whole = Said()
    calls: dict[int, list[str]] = {}
    for delta in deltas:
        match delta:
            case TextDelta():
                whole.text += delta.text
                whole.logprobs += [(t.token, round(t.logprob, 6)) for t in delta.logprobs]
            case ThinkingDelta():
                whole.thinking += delta.text
                whole.seals += [seal for seal in (delta.signature, delta.redacted) if seal]
            case RefusalDelta():
                whole.refusal += delta.text
                whole.text += delta.text
            case ToolCallDelta():
                call = calls.setdefault(delta.index, ["", "", ""])
                call[0] = call[0] or delta.id
                call[1] = call[1] or delta.name
                call[2] += delta.arguments
            case CitationDelta():
                source = delta.citation.url or delta.citation.title
                # Some tell a source once for all that it stands behind.
                whole.citations += [source] if source not in whole.citations else []
            case OpaqueDelta():
                whole.opaque.append(str(delta.value.get("type") or sorted(delta.value)))
            case Finish():
                _end(whole, delta)
    for id_, name, arguments in calls.values():
        whole.calls.append((name, _value(arguments)))
        whole.call_ids.append(id_)
    return whole


def _end(whole: Said, finish: Finish) -> None:
    # A refusal ends an answer in its own way on some wires, and as any text on others.
    whole.reason = "refused" if whole.refusal else finish.reason
    whole.stop_sequence = finish.stop_sequence
    told = {name: getattr(finish.usage, name) for name in _COUNTS}
    # A class of which nothing was used is told by some and left out by others.
    whole.usage = {name: count for name, count in told.items() if count}


def _value(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments
