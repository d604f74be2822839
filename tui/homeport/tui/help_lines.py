"""The help page, made from the keys."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.tui.keys import KEYS, Key
from homeport.tui.words import Line, left, wrapped

_KEY, _LABEL = 12, 14
_WORDS = (
    ("local lan cloud", "where a prompt ran; none: nowhere"),
    ("cloud→local", "it moved on after a failure"),
    ("local+cloud", "several answered side by side"),
    ("cache", "a kept answer was given, and nobody was asked"),
    ("$0.0213 ~$0.02 $?", "what it cost: certain, estimated, unknown"),
    ("+  -  ~", "at the end of a row: you said good, bad, or edited the answer"),
    ("asleep", "a model that is loaded when it is needed"),
)


def help_lines(width: int, keys: Sequence[Key] = KEYS) -> list[Line]:
    """Every key with its meaning, then the words that the feed uses."""
    lines: list[Line] = [[("KEYS", "title")]]
    for key in keys:
        lines += _row(key.shown, key.label, key.meaning, width)
    lines += [[], [("WORDS", "title")]]
    for word, meaning in _WORDS:
        lines += _meaning(word, meaning, width)
    return lines


def _row(shown: str, label: str, meaning: str, width: int) -> list[Line]:
    indent = " " * (2 + _KEY + _LABEL)
    first, *rest = wrapped(meaning, width, "", indent)
    return [
        [
            ("  " + left(shown, _KEY), "key"),
            (left(label, _LABEL), "strong"),
            (first[0][0].strip(), ""),
        ],
        *rest,
    ]


def _meaning(word: str, meaning: str, width: int) -> list[Line]:
    indent = " " * 23
    first, *rest = wrapped(meaning, width, "", indent)
    return [[("  " + left(word, 21), "strong"), (first[0][0].strip(), "")], *rest]
