"""Outcomes that teach, as most tests want them."""

from __future__ import annotations

from typing import Any

from homeport.daemon.learning.outcome import Outcome


def an_outcome(number: int = 0, **fields: Any) -> Outcome:
    """A check of code that passed; other fields as they are named."""
    base: dict[str, Any] = {
        "at_ms": 1000 + number,
        "decision": f"d{number}",
        "model": "scripted/a",
        "task": "code",
        "difficulty": 40,
        "source": "check",
        "good": 1.0,
    }
    return Outcome(**base | fields)
