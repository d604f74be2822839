"""What a setting takes, in words: for error sentences and the table of settings."""

from __future__ import annotations

import re
from typing import Any

import msgspec.inspect as shapes

KEY_LIKE = re.compile(r"^(?![/~.])[A-Za-z0-9_\-.+/=]{20,}$")
LONGEST_QUOTE = 40


def bare(shape: shapes.Type) -> shapes.Type:
    """The shape without its description."""
    return shape.type if isinstance(shape, shapes.Metadata) else shape


def fields_of(shape: shapes.Type) -> dict[str, shapes.Field]:
    """The settings of a table by name; none where it is not a table."""
    shape = bare(shape)
    return {f.name: f for f in shape.fields} if isinstance(shape, shapes.StructType) else {}


def takes(shape: shapes.Type) -> str:
    """Such as `a whole number from 0 to 65535`."""
    # 1. Wrappers: what they wrap. 2. A fixed list of words. 3. Numbers with
    # their range. 4. Everything else by its name.
    if isinstance(shape, shapes.Metadata):
        return takes(shape.type)
    if isinstance(shape, shapes.UnionType):
        kept = [part for part in shape.types if not isinstance(part, shapes.NoneType)]
        return " or ".join(takes(part) for part in kept)
    if isinstance(shape, shapes.LiteralType):
        return "one of " + ", ".join(f'"{value}"' for value in shape.values)
    if isinstance(shape, shapes.IntType):
        return "a whole number" + _range(shape)
    if isinstance(shape, shapes.FloatType):
        return "a number" + _range(shape)
    if isinstance(shape, shapes.StrType) and shape.pattern:
        return "lower-case letters, digits and dashes, at most 32, not starting with a dash"
    return _plain(shape)


def _plain(shape: shapes.Type) -> str:
    if isinstance(shape, shapes.VarTupleType):
        return _several(shape.item_type)
    if isinstance(shape, shapes.StructType):
        return "a table"
    names: dict[type[shapes.Type], str] = {
        shapes.BoolType: "true or false",
        shapes.StrType: "text in quotes",
        shapes.DictType: "a table of names and texts",
    }
    return names.get(type(shape), "another kind of value")


def _several(item: shapes.Type) -> str:
    if isinstance(item, shapes.StructType):
        return "tables, each begun by a line in double brackets"
    return f"a list, each {takes(item)}"


def _range(shape: shapes.IntType | shapes.FloatType) -> str:
    low, high = shape.ge, shape.le
    if shape.gt is not None:
        return f" above {_number(shape.gt)}, at most {_number(high)}"
    if low is not None and high is not None:
        return f" from {_number(low)} to {_number(high)}"
    return "" if low is None else f", at least {_number(low)}"


def _number(value: float | None) -> str:
    return "any size" if value is None else f"{value:.0f}" if value == int(value) else str(value)


def plain(number: float) -> str:
    """Without an exponent or zeros that say nothing: `1.25`, `0.000005`, `1250`."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def shown(value: Any) -> str:
    """A value of the file, short, for a sentence; never one that may be a secret."""
    names = {dict: "a table", list: "a list", bool: str(value).lower()}
    if type(value) in names:
        return names[type(value)]
    if isinstance(value, str):
        return f'"{value}"' if quotable(value) else "a text"
    if value != value:
        return "nan"
    if isinstance(value, int | float):
        return str(value) if abs(value) < 1e15 else "a huge number"
    return "a date or a time"


def quotable(text: str) -> bool:
    """Whether a text of the file may stand in a sentence: short, and not like a key."""
    return len(text) <= LONGEST_QUOTE and text.isprintable() and not KEY_LIKE.match(text)
