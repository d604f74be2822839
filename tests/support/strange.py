"""Values of the wire whose texts and numbers nobody should send."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

NASTY = (
    "\x1b]0;title\x07\x1b[2J\x1b[31m",
    "left \u202eright\u202c \u2066x\u2069 \u200f",
    "漢字かな交じり文 " * 8,
    "e\u0301\u0301\u0301 zero\u200bwidth\ufe0f \u0e33",
    "\ud83d lonely",
    "👩\u200d👩\u200d👧 👍🏽 🏳️\u200d🌈",
    "line\nbreak\ttab\r\x00nul\x7f\x9b",
    "x" * 5_000,
    "[bold red]markup[/] [/nope] [@click=quit]",
    "",
)
NUMBERS = (-1, 0, 10**18, -(10**18), 2**63, 1)
FLOATS = (float("nan"), float("inf"), -float("inf"), -1.0, 1e300, 0.0)


class Kind(StrEnum):
    """What is made strange."""

    TEXT = "text"
    NUMBERS = "numbers"


def strange(value: Any, kind: Kind, seed: int = 0) -> Any:
    """The same value with every text, or every number, replaced; words of the wire stay."""
    counter = iter(range(seed, 1_000_000))
    return _strange(value, kind, lambda: next(counter))


def _strange(value: Any, kind: Kind, count: Callable[[], int]) -> Any:
    if isinstance(value, msgspec.Struct):
        fields = {
            field.name: _field(getattr(value, field.name), field.type, kind, count)
            for field in msgspec.structs.fields(value)
            if field.name != "n"
        }
        return msgspec.structs.replace(value, **fields)
    return _plain(value, kind, count)


def _field(value: Any, declared: Any, kind: Kind, count: Callable[[], int]) -> Any:
    """A text that is one of several words stays as it is."""
    return value if "Literal" in str(declared) else _strange(value, kind, count)


def _plain(value: Any, kind: Kind, count: Callable[[], int]) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_strange(item, kind, count) for item in value)
    if isinstance(value, dict):
        return {key: _strange(item, kind, count) for key, item in value.items()}
    if isinstance(value, str) and kind is Kind.TEXT:
        return NASTY[count() % len(NASTY)]
    if isinstance(value, bool) or kind is Kind.TEXT:
        return value
    if isinstance(value, int):
        return NUMBERS[count() % len(NUMBERS)]
    return FLOATS[count() % len(FLOATS)] if isinstance(value, float) else value
