"""Where a text may be divided: between two letters as a person sees them, never inside one.

The rules of Unicode (UAX 29) that real text needs, without a table of its own: marks,
joiners, skin tones, flags, Hangul and line ends.
"""

from __future__ import annotations

import unicodedata
from typing import Final

JOINER: Final = "\u200d"
_MARKS: Final = frozenset({"Mn", "Me", "Mc"})


def is_boundary(text: str, at: int) -> bool:
    """Whether a letter ends before this place, and another begins."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before < "\u0300" and after < "\u0300":
        return not (before == "\r" and after == "\n")
    return not (
        before == JOINER
        or _clings(after)
        or (_is_flag(before) and _is_flag(after) and _flags_before(text, at) % 2 == 1)
        or (_is_hangul(before) and _is_hangul_tail(after))
    )


def _clings(letter: str) -> bool:
    """It belongs to the letter before it."""
    return (
        letter == JOINER
        or unicodedata.category(letter) in _MARKS
        or "\U0001f3fb" <= letter <= "\U0001f3ff"
        or "\U000e0020" <= letter <= "\U000e007f"
    )


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    """How many halves of flags stand together before a place."""
    start = at
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return at - start


def _is_hangul(letter: str) -> bool:
    return "\u1100" <= letter <= "\u11ff" or "\uac00" <= letter <= "\ud7a3"


def _is_hangul_tail(letter: str) -> bool:
    return "\u1160" <= letter <= "\u11ff"
