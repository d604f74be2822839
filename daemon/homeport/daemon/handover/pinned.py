"""The schema of a tool whose arguments were begun, held to what was begun.

A server that holds its models to a schema makes the call again that way; any other model reads
there what has to stand.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from homeport.daemon.handover.json_so_far import members_of, place_of

_WORDS: Final = {"true": True, "false": False, "null": None}
_SPECIAL: Final = re.compile(r"[\\^$.|?*+()\[\]{}/]")
_KEPT: Final = frozenset({"type", "description"})
MOST_PINNED: Final = 200
"""Characters of a begun text that a pattern holds."""


class BegunMember(NamedTuple):
    """A member of which a part is there."""

    key: str
    """Perhaps in part."""
    value: str | None
    """Its value in part; None where the key has no end."""


def in_order(schema: dict[str, Any], begun: str) -> dict[str, Any]:
    """The schema with its fields in the order in which they were begun: grammars keep to one."""
    fields = schema.get("properties")
    if not isinstance(fields, dict):
        return schema
    names = sorted(fields, key=partial(place_of, begun))
    return {**schema, "properties": {name: fields[name] for name in names}}


def pinned(schema: dict[str, Any], begun: str) -> dict[str, Any]:
    """The schema under which the same is said again as far as it was begun, and then the rest."""
    fields = schema.get("properties")
    if not isinstance(fields, dict):
        return schema
    said, rest = members_of(begun)
    held = {name: _only(fields[name], value) for name, value in said.items() if name in fields}
    member = begun_member(rest)
    if member is not None:
        names = [name for name in fields if name not in said and _may_be(name, member)]
        if len(names) == 1:
            held[names[0]] = _beginning(fields[names[0]], member.value or "")
    held = {name: field for name, field in held.items() if _can_be_sent(field)}
    needed = schema.get("required")
    required = [*(needed if isinstance(needed, list) else ()), *held]
    ordered = in_order({**schema, "properties": {**fields, **held}}, begun)
    return {**ordered, "required": list(dict.fromkeys(required))} if required else ordered


def begun_member(rest: str) -> BegunMember | None:
    """What follows on the members that are whole; None where no other has begun."""
    rest = rest.lstrip(" \t\n\r{,")
    if not rest.startswith('"'):
        return None
    try:
        key, end = json.JSONDecoder().raw_decode(rest)
    except ValueError:
        return BegunMember(_text_of(rest), None)
    return BegunMember(key, rest[end:].lstrip(" \t\n\r:"))


def _may_be(name: str, member: BegunMember) -> bool:
    return name.startswith(member.key) if member.value is None else name == member.key


def _only(field: Any, value: Any) -> dict[str, Any]:
    """A field that may hold this alone."""
    kept = {name: part for name, part in _table(field).items() if name in _KEPT}
    return {**kept, "const": value}


def _beginning(field: Any, value: str) -> Any:
    """A field whose value has to begin so."""
    table = _table(field)
    for word, meant in _WORDS.items():
        if value and word.startswith(value):
            return _only(field, meant)
    text = _text_of(value) if value.startswith('"') else ""
    if not text:
        return field
    listed = table.get("enum")
    if isinstance(listed, list):
        fitting = [one for one in listed if isinstance(one, str) and one.startswith(text)]
        return {**table, "enum": fitting} if fitting else field
    if "const" in table or "$ref" in table or len(text) > MOST_PINNED:
        return field
    kept = {"description": table["description"]} if "description" in table else {}
    return {**kept, "type": "string", "pattern": "^" + _SPECIAL.sub(r"\\\g<0>", text)}


def _can_be_sent(field: Any) -> bool:
    """Half a letter cannot: a model may write one as an escape."""
    try:
        msgspec.json.encode(field)
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _text_of(begun: str) -> str:
    """What a JSON string says that has no end; what is not whole of an escape is left out."""
    for end in range(len(begun), max(0, len(begun) - 12), -1):
        try:
            text = json.loads(begun[:end] + '"')
        except ValueError:
            continue
        if isinstance(text, str) and not (text and "\ud800" <= text[-1] <= "\udfff"):
            return text
    return ""


def _table(field: Any) -> dict[str, Any]:
    return field if isinstance(field, dict) else {}
