"""How much of an answer is read: enough for a real one, little enough for a hostile one."""

from __future__ import annotations

HEAD_CHARACTERS, TAIL_CHARACTERS = 12_000, 24_000
CODE_CHARACTERS = 100_000
"""A longer program is not parsed."""
JSON_CHARACTERS = 4_000_000
"""A longer document is not parsed."""


def ends_of(text: str) -> str:
    """A text, or the beginning and the end of a long one."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]}\n{text[-TAIL_CHARACTERS:]}"


def end_of(text: str) -> str:
    """The end of a long text: where results stand."""
    return text[-TAIL_CHARACTERS:]
