"""JSON as values with attributes, for programs that must start fast.

The command line lives for a few milliseconds, and loading the typed decoder of
`homeport.client.wire` would double them. A record has the fields that came; a
field that did not come (an older daemon) reads as None, one that nobody knows
(a newer daemon) is kept. The types of `wire` describe records to a type checker;
arrays are lists.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

_DATA_FIELDS = frozenset({"ask", "metadata", "settings"})
"""Fields of `wire` whose keys are data: they stay mappings."""


class Record(SimpleNamespace):
    """One JSON object; its fields are attributes."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


def read(text: bytes | str) -> Any:
    """A JSON document as records; raises ValueError where it is not JSON."""
    return json.loads(text, object_pairs_hook=_record)


def plain(value: Any) -> Any:
    """A record, and everything in it, as dicts again."""
    if isinstance(value, Record):
        return {name: plain(part) for name, part in vars(value).items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


def _record(pairs: list[tuple[str, Any]]) -> Record:
    record = Record()
    fields = vars(record)
    for name, value in pairs:
        fields[name] = plain(value) if name in _DATA_FIELDS else value
    return record
