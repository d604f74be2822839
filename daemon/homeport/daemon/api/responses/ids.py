"""Ids of answers and items that were made here, told apart from those of a provider."""

from __future__ import annotations

import re
from typing import Any

_OURS = re.compile(r"^[a-z]+_hp_")


def response_id(answer_id: str) -> str:
    """Of a whole answer; what `homeport why` takes stands behind the last dash."""
    return f"resp_hp_{answer_id}"


def item_id(kind: str, answer_id: str, index: int) -> str:
    """Of one item; `kind` is the wire's prefix: `msg`, `rs`, `fc`, `ctc`."""
    return f"{kind}_hp_{answer_id}_{index}"


def is_ours(given: Any) -> bool:
    """No provider knows this id."""
    return isinstance(given, str) and _OURS.match(given) is not None
