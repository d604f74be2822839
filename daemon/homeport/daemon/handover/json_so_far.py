"""A JSON text that is not whole yet: whether it can become one, and how it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

SPACE: Final = frozenset(" \t\n\r")
DEEPEST: Final = 512
_WORDS: Final = ("true", "false", "null")
_ESCAPED: Final = frozenset('"\\/bfnrt')
_HEX: Final = frozenset("0123456789abcdefABCDEF")
# A number as the states it goes through: which characters lead on, and to which state.
_NUMBER: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "sign": (("0", "zero"), ("123456789", "whole")),
    "zero": ((".", "point"), ("eE", "power")),
    "whole": (("0123456789", "whole"), (".", "point"), ("eE", "power")),
    "point": (("0123456789", "part"),),
    "part": (("0123456789", "part"), ("eE", "power")),
    "power": (("+-", "signed"), ("0123456789", "powered")),
    "signed": (("0123456789", "powered"),),
    "powered": (("0123456789", "powered"),),
}
_NUMBER_MAY_END: Final = frozenset({"zero", "whole", "part", "powered"})


class JsonSoFar:
    """Reads one value letter by letter, and knows whether it can still become whole."""

    def __init__(self) -> None:
        self._open: list[str] = []
        """What is open, the innermost last: `{` or `[`."""
        self._state = "value"
        """`value`, `first` (a value or the end), `key`, `first-key`, `colon`, `after`, `end`,
        `string`, `escape`, `hex`, `word`, or a state of a number."""
        self._rest = ""
        """Of a word, what has to follow; of an escape, a letter for each digit to come."""
        self._is_key = False

    @property
    def is_whole(self) -> bool:
        """A value has ended, and nothing is open."""
        return self._state == "end" or (not self._open and self._state in _NUMBER_MAY_END)

    def feed(self, text: str) -> int:
        """Reads on; gives how many letters could be read: fewer than all are no JSON."""
        for number, letter in enumerate(text):
            if not self._take(letter):
                return number
        return len(text)

    @property
    def is_between_members(self) -> bool:
        """A member of the outermost object is whole, and no other has begun."""
        return self._open == ["{"] and self._state in ("after", "key")

    def _take(self, letter: str) -> bool:
        state = self._state
        if state in _NUMBER:
            return self._number(letter)
        if state == "string":
            return self._in_string(letter)
        if state in ("escape", "hex", "word"):
            return self._in_short(letter)
        if letter in SPACE:
            return True
        if state in ("value", "first"):
            return self._value(letter)
        if state in ("key", "first-key"):
            return self._key(letter)
        if state == "colon":
            self._state = "value"
            return letter == ":"
        return state == "after" and self._after(letter)

    def _value(self, letter: str) -> bool:
        if letter == "]" and self._state == "first":
            return self._close("[")
        if letter in "{[":
            self._open.append(letter)
            self._state = "first-key" if letter == "{" else "first"
            return len(self._open) <= DEEPEST
        if letter == '"':
            self._state, self._is_key = "string", False
            return True
        if letter == "-":
            self._state = "sign"
            return True
        for word in _WORDS:
            if letter == word[0]:
                self._state, self._rest = "word", word[1:]
                return True
        self._state = "sign"
        return self._number(letter)

    def _key(self, letter: str) -> bool:
        if letter == "}" and self._state == "first-key":
            return self._close("{")
        self._state, self._is_key = "string", True
        return letter == '"'

    def _after(self, letter: str) -> bool:
        if letter == ",":
            self._state = "key" if self._open[-1] == "{" else "value"
            return True
        return letter in "}]" and self._close("{" if letter == "}" else "[")

    def _close(self, opened: str) -> bool:
        if not self._open or self._open.pop() != opened:
            return False
        self._value_ended()
        return True

    def _value_ended(self) -> None:
        self._state = "after" if self._open else "end"

    def _number(self, letter: str) -> bool:
        for letters, state in _NUMBER[self._state]:
            if letter in letters:
                self._state = state
                return True
        if self._state not in _NUMBER_MAY_END:
            return False
        self._value_ended()
        return self._take(letter)

    def _in_string(self, letter: str) -> bool:
        if letter == "\\":
            self._state = "escape"
        elif letter == '"':
            if self._is_key:
                self._state = "colon"
            else:
                self._value_ended()
        return letter >= " "

    def _in_short(self, letter: str) -> bool:
        """Inside an escape or a word, of which some letters are still to come."""
        if self._state == "escape":
            self._state, self._rest = ("hex", "0000") if letter == "u" else ("string", "")
            return letter == "u" or letter in _ESCAPED
        fits = letter in _HEX if self._state == "hex" else letter == self._rest[0]
        self._rest = self._rest[1:]
        if not self._rest:
            if self._state == "hex":
                self._state = "string"
            else:
                self._value_ended()
        return fits


def extension(begun: str, whole: str) -> str | None:
    """What makes of a begun JSON text one that says the same as `whole`; None where nothing does.

    The two may be spaced and escaped in different ways.
    """
    if whole.startswith(begun):
        rest: str | None = whole[len(begun) :]
    else:
        rest = _after_the_same(begun, whole)
    if rest is None or not _same(begun + rest, whole):
        return None
    return rest


def completion(begun: str, whole: str) -> str | None:
    """What completes a begun object so that all its members that are whole stand as they are, and
    the others are as in `whole`; None where what is begun of one of these says something else."""
    rest = extension(begun, whole)
    if rest is not None:
        return rest
    try:
        made = json.loads(whole)
    except (ValueError, RecursionError):
        return None
    if not isinstance(made, dict):
        return None
    said, _ = members_of(begun)
    others = sorted((name for name in made if name not in said), key=partial(place_of, begun))
    members = {**said, **{name: made[name] for name in others}}
    return extension(begun, json.dumps(members, ensure_ascii=False))


def place_of(begun: str, name: str) -> int:
    """Where the key of a member stands in a begun object, and be it in part; its end where it
    does not."""
    key = json.dumps(name, ensure_ascii=False)
    parts = (key[:length] for length in range(len(key) - 1, 1, -1))
    part = next((part for part in parts if begun.endswith(part)), "")
    return begun.find(key) if key in begun else len(begun) - len(part)


def members_of(begun: str) -> tuple[dict[str, Any], str]:
    """Of an object that is begun, the members that are whole, and what follows on them."""
    shape, end = JsonSoFar(), 0
    for number, letter in enumerate(begun):
        if not shape.feed(letter):
            return {}, begun
        if shape.is_between_members and not (letter in SPACE and begun[end : end + 1] == ","):
            end = number if letter == "," else number + 1
    try:
        members = json.loads(begun[:end] + "}") if end else {}
    except (ValueError, RecursionError):
        return {}, begun
    return (members, begun[end:]) if isinstance(members, dict) else ({}, begun)


def _same(one: str, other: str) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def _after_the_same(begun: str, whole: str) -> str | None:
    """What follows in `whole` on that which `begun` says too."""
    said = _units(whole)
    at = 0
    for unit, _ in _units(begun):
        other, at = next(said, ("", 0))
        if unit != other:
            return None
    return whole[at:]


def _units(text: str) -> Iterator[tuple[str, int]]:
    """Each letter that means something, strings unescaped, with the index behind it."""
    at, in_string = 0, False
    while at < len(text):
        letter, start = text[at], at
        at += 1
        if in_string and letter == "\\":
            unit, at = _unescaped(text, start)
            yield f"\\{unit}", at
            continue
        if letter == '"':
            in_string = not in_string
        elif in_string:
            letter = f"\\{letter}"
        elif letter in SPACE:
            continue
        yield letter, at


def _unescaped(text: str, start: int) -> tuple[str, int]:
    """The letter that an escape stands for, and the index behind it; not a letter where it is
    not whole."""
    end = start + (6 if text[start + 1 : start + 2] == "u" else 2)
    pair = text[end : end + 6]
    for stop in (end + 6, end) if pair.startswith("\\u") else (end,):
        try:
            letter = json.loads(f'"{text[start:stop]}"')
        except ValueError:
            continue
        if len(letter) == 1:
            return letter, stop
    return "an escape that is not whole", len(text)
