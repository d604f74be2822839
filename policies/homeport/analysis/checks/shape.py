"""JSON in an answer: found, parsed, and in one normal form.

Whether it fits a schema is asked of a `Shape` that the caller brings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from homeport.analysis.checks.bounds import JSON_CHARACTERS

Shape = Callable[[Any], str]
"""Takes a parsed value; gives one sentence that says what does not fit, or nothing.

The sentence holds no text of the value.
"""
MOST_STARTS = 12
"""Places where a document may begin that are tried, where it does not begin with the answer."""
_FENCE = re.compile(r"```[ \t]*(?:json[\w+.-]*)?[ \t]*\n", re.IGNORECASE)
_START = re.compile(r"[\[{]")


class Document(NamedTuple):
    """A JSON value of an answer."""

    value: Any
    is_alone: bool
    """Nothing but white space stands around it."""


def document_of(answer: str) -> Document | None:
    """1. the whole answer; 2. what a code fence holds; 3. the first object or array in prose."""
    if len(answer) > JSON_CHARACTERS:
        return None
    for parse in (_whole, _fenced, _inside):
        found = parse(answer)
        if found is not None:
            return found
    return None


def canonical_json(answer: str) -> str | None:
    """The value of an answer with sorted keys and no blanks; 1.0 is 1."""
    found = document_of(answer)
    if found is None:
        return None
    try:
        return json.dumps(
            _plain(found.value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
    except (RecursionError, ValueError):
        return None


def parse(text: str) -> Any:
    """As the standard says it: without NaN, infinities, or one key twice. Raises `ValueError`."""
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("too deep") from None


def _whole(answer: str) -> Document | None:
    try:
        return Document(parse(answer), is_alone=True)
    except ValueError:
        return None


def _fenced(answer: str) -> Document | None:
    for tries, start in enumerate(_FENCE.finditer(answer)):
        end = answer.find("```", start.end())
        if tries == MOST_STARTS or end < 0:
            return None
        try:
            return Document(parse(answer[start.end() : end]), is_alone=False)
        except ValueError:
            continue
    return None


def _inside(answer: str) -> Document | None:
    decoder = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_object)
    for tries, start in enumerate(_START.finditer(answer)):
        if tries == MOST_STARTS:
            return None
        try:
            return Document(decoder.raw_decode(answer, start.start())[0], is_alone=False)
        except (ValueError, RecursionError):
            continue
    return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
