"""Puts the pieces of a streamed JSON object together, whatever its fields are called.

What a wire sends in pieces: texts follow each other, lists grow, entries with an
`index` are one entry, and everything else stands as it came last.
"""

from __future__ import annotations

from typing import Any, Final

_WHOLE: Final = frozenset({"index", "type", "id", "format", "name", "role", "object"})
"""Texts that are not sent in pieces, though they may be sent again."""


def merge(into: dict[str, Any], piece: dict[str, Any]) -> None:
    """Add a piece to what came before; None adds nothing to what is there."""
    for name, value in piece.items():
        if value is None and name in into:
            continue
        into[name] = joined(into.get(name), value, name)


def joined(before: Any, value: Any, name: str = "") -> Any:
    """One field's value, the new piece added."""
    if isinstance(before, str) and isinstance(value, str) and name not in _WHOLE:
        return before + value
    if isinstance(value, dict):
        whole = dict(before) if isinstance(before, dict) else {}
        merge(whole, value)
        return whole
    if isinstance(value, list):
        return _joined_lists(before if isinstance(before, list) else [], value)
    return value


def _joined_lists(before: list[Any], more: list[Any]) -> list[Any]:
    whole = list(before)
    for entry in more:
        place = _place(whole, entry)
        if place is None:
            whole.append(joined(None, entry))
        else:
            whole[place] = joined(whole[place], entry)
    return whole


def _place(entries: list[Any], entry: Any) -> int | None:
    """Where the entry goes on that this one is a piece of: the same index and type."""
    if not isinstance(entry, dict) or not isinstance(entry.get("index"), int):
        return None
    for place, other in enumerate(entries):
        if isinstance(other, dict) and other.get("index") == entry["index"]:
            told = entry.get("type"), other.get("type")
            if None in told or told[0] == told[1]:
                return place
    return None
