"""JSON as weak models write it: read where it is clear what was meant, refused where it is not.

Mended are trailing and missing commas, single and curly quotes, keys without quotes, Python's
and JavaScript's words, comments, raw control characters in strings, escapes that JSON does
not have, and closers that are missing at the end. Nothing is guessed beyond that.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

MAX_CHARACTERS: Final = 1_000_000
MAX_DEPTH: Final = 100

_SPACE: Final = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)
_NUMBER: Final = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_WORD: Final = re.compile(r"[^\W\d][\w.-]*")
_WORDS: Final[dict[str, Any]] = {
    "true": True, "True": True, "false": False, "False": False,
    "null": None, "None": None, "undefined": None,
}  # fmt: skip
_QUOTES: Final = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "`": "`"}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class NotJSON(Exception):
    """It is not clear what was meant; the text says where it goes wrong."""


def loads(text: str) -> Any:
    """The value of the whole text. Raises `NotJSON`."""
    value, rest = first_value(text)
    if rest.strip(" \t\r\n;,}])"):
        raise NotJSON(f"there are words after the JSON, at character {len(text) - len(rest)}")
    return value


def first_value(text: str) -> tuple[Any, str]:
    """The value that the text begins with, and the text after it. Raises `NotJSON`."""
    if len(text) > MAX_CHARACTERS:
        raise NotJSON("it is too long")
    start = len(text) - len(text.lstrip())
    try:
        value, end = _strictly(text, start)
    except (ValueError, RecursionError):
        reader = _Reader(text)
        value = reader.value(0)
        return value, text[reader.at :]
    return value, text[end:]


def strict(text: str) -> Any:
    """The value of a text that is JSON by the letter. Raises `NotJSON`."""
    try:
        start = len(text) - len(text.lstrip())
        value, end = _strictly(text, start)
    except (ValueError, RecursionError):
        raise NotJSON("it is no JSON") from None
    if text[end:].strip():
        raise NotJSON("there are words after the JSON")
    return value


def _strictly(text: str, start: int) -> tuple[Any, int]:
    """A value that can be written as JSON again, and where it ends."""
    value, end = _STRICT.raw_decode(text, start)
    if _HALF.search(text):
        json.dumps(value, ensure_ascii=False).encode()  # raises where a half stands alone
    return value, end


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)


_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a pair of surrogates."""
_STRICT: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise NotJSON("it is nested too deeply")
        mark = self._peek()
        if mark == "{":
            return self._object(depth)
        if mark == "[":
            return self._array(depth)
        if mark in _QUOTES:
            return self._string()
        return self._number_or_word()

    def _peek(self) -> str:
        """The next character that says something; empty at the end."""
        space = _SPACE.match(self._text, self.at)
        self.at = space.end() if space else self.at
        return self._text[self.at : self.at + 1]

    def _object(self, depth: int) -> dict[str, Any]:
        self.at += 1
        table: dict[str, Any] = {}
        while not self._closed("}"):
            key = self._key()
            if self._peek() not in (":", "="):
                raise self._trouble("a `:` is missing")
            self.at += 1
            table[key] = self.value(depth + 1)
            self._comma()
        return table

    def _array(self, depth: int) -> list[Any]:
        self.at += 1
        items: list[Any] = []
        while not self._closed("]"):
            items.append(self.value(depth + 1))
            self._comma()
        return items

    def _closed(self, closer: str) -> bool:
        """Whether it ends here: by its closer, by another's, or because there is no more."""
        mark = self._peek()
        if mark == closer:
            self.at += 1
        return mark in ("}", "]", "")

    def _comma(self) -> None:
        while self._peek() == ",":
            self.at += 1

    def _key(self) -> str:
        if self._peek() in _QUOTES:
            return self._string()
        word = _WORD.match(self._text, self.at)
        if word is None:
            raise self._trouble("a key is missing")
        self.at = word.end()
        return word[0]

    def _string(self) -> str:
        closer = _QUOTES[self._text[self.at]]
        self.at += 1
        pieces: list[str] = []
        while self.at < len(self._text):
            character = self._text[self.at]
            self.at += 1
            if character == closer:
                return "".join(pieces)
            pieces.append(self._escape() if character == "\\" else character)
        raise self._trouble("a string does not end")

    def _escape(self) -> str:
        character = self._text[self.at : self.at + 1]
        self.at += 1
        if character == "u":
            digits = self._text[self.at : self.at + 4]
            if re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                self.at += 4
                return self._paired(int(digits, 16))
            return "\\u"
        if character in _ESCAPES:
            return _ESCAPES[character]
        # A backslash before anything else was meant as itself, as in a path or a pattern.
        return character if character in "\"'/\\`\n" else "\\" + character

    def _paired(self, code: int) -> str:
        low = re.match(r"\\u(d[c-f][0-9a-f]{2})", self._text[self.at : self.at + 6], re.I)
        if 0xD800 <= code < 0xDC00 and low:
            self.at += 6
            return chr(0x10000 + ((code - 0xD800) << 10) + (int(low[1], 16) - 0xDC00))
        return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"

    def _number_or_word(self) -> Any:
        number = _NUMBER.match(self._text, self.at)
        if number:
            self.at = number.end()
            return _number(number[0])
        word = _WORD.match(self._text, self.at)
        if word is None or word[0] not in _WORDS:
            raise self._trouble("a value is missing or has no quotes")
        self.at = word.end()
        return _WORDS[word[0]]

    def _trouble(self, what: str) -> NotJSON:
        return NotJSON(f"{what} at character {self.at}")


def _number(text: str) -> int | float:
    plain = text.replace("_", "").lstrip("+")
    if re.fullmatch(r"-?\d{1,4000}", plain):
        return int(plain)
    value = float(plain)
    if value in (float("inf"), float("-inf")):
        raise NotJSON("a number is too large")
    return value
