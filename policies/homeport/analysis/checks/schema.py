"""Whether a parsed value fits a JSON schema, by the keywords that schemas of answers are made of.

Types, `enum`, `const`, objects, arrays, bounds of numbers and lengths, `anyOf`, `oneOf`, `allOf`,
`not`, and references within the schema, as in draft 2020-12. `pattern` is judged where the
expression is simple enough to be fast. Other keywords, `format` and references elsewhere are
passed over: what breaks only those is said to fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from homeport.analysis.checks.shape import Shape

MOST_STEPS = 50_000
"""Schemas applied to values, after which the rest is passed over."""
_MOST_DEPTH = 64
_MOST_PATTERN, _MOST_MATCHED, _MOST_REPEATS = 200, 200, 3
_SLOW = re.compile(r"\)[*+{?]|\\[1-9]|\(\?")
_REPEAT = re.compile(r"(?<!\\)[*+]|\{\d*,\d*\}")


def shape_of_schema(schema: Mapping[str, Any] | bool) -> Shape:
    """A shape whose sentence names the keyword that is broken, and no word of the value."""

    def shape(value: Any) -> str:
        try:
            keyword = _Fitting(schema).broken(schema, value)
        except (RecursionError, TypeError, ValueError, ArithmeticError):
            # A schema that makes no sense asks for nothing.
            return ""
        return f"It is JSON and breaks `{keyword}` of its schema." if keyword else ""

    return shape


class _Fitting:
    """One value against one schema, within bounds."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._steps = 0
        self._depth = 0

    def broken(self, schema: Any, value: Any) -> str:
        """The first keyword that is broken; empty where it fits."""
        self._steps += 1
        if schema is True or self._steps > MOST_STEPS or self._depth >= _MOST_DEPTH:
            return ""
        if schema is False:
            return "false"
        if not isinstance(schema, Mapping):
            return ""
        self._depth += 1
        try:
            return next((name for name in self._of(schema, value) if name), "")
        finally:
            self._depth -= 1

    def fits(self, schema: Any, value: Any) -> bool:
        """Nothing is broken."""
        return not self.broken(schema, value)

    def _of(self, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        if "$ref" in schema:
            yield self.broken(self._referred(schema["$ref"]), value)
        for keyword, breaks in _PLAIN.items():
            if keyword in schema and breaks(schema[keyword], value):
                yield keyword
        yield from self._combined(schema, value)
        if isinstance(value, dict):
            yield from self._object(schema, value)
        elif isinstance(value, list):
            yield from self._array(schema, value)

    def _referred(self, reference: Any) -> Any:
        """What a reference within the schema points at; what is not there asks for nothing."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return True
        found = self._root
        for part in filter(None, reference[1:].split("/")):
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            elif isinstance(found, Mapping) and name in found:
                found = found[name]
            else:
                return True
        return found

    def _combined(self, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        for part in _list(schema.get("allOf")):
            yield self.broken(part, value)
        some = schema.get("anyOf")
        if isinstance(some, list) and not any(self.fits(part, value) for part in some):
            yield "anyOf"
        one = schema.get("oneOf")
        if isinstance(one, list) and sum(self.fits(part, value) for part in one) != 1:
            yield "oneOf"
        if "not" in schema and self.fits(schema["not"], value):
            yield "not"
        if "if" in schema:
            branch = "then" if self.fits(schema["if"], value) else "else"
            yield self.broken(schema.get(branch, True), value)

    def _object(self, schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[str]:
        named = _mapping(schema.get("properties"))
        patterns = _mapping(schema.get("patternProperties"))
        for name, inner in value.items():
            if name in named:
                yield self.broken(named[name], inner)
            matched = [part for pattern, part in patterns.items() if _matches(pattern, name)]
            for part in matched:
                yield self.broken(part, inner)
            if name not in named and not matched and "additionalProperties" in schema:
                if schema["additionalProperties"] is False:
                    yield "additionalProperties"
                yield self.broken(schema["additionalProperties"], inner)
            if "propertyNames" in schema:
                yield self.broken(schema["propertyNames"], name)

    def _array(self, schema: Mapping[str, Any], value: list[Any]) -> Iterator[str]:
        first = _list(schema.get("prefixItems"))
        for part, inner in zip(first, value, strict=False):
            yield self.broken(part, inner)
        if "items" in schema and not isinstance(schema["items"], list):
            for inner in value[len(first) :]:
                yield self.broken(schema["items"], inner)
        if "contains" in schema:
            count = sum(self.fits(schema["contains"], inner) for inner in value)
            if not schema.get("minContains", 1) <= count <= schema.get("maxContains", count):
                yield "contains"


# Keywords that look at one value alone


def _is_type(name: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return bool(name == "boolean")
    if name == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    kinds: dict[Any, type | tuple[type, ...]] = {
        "null": type(None),
        "number": (int, float),
        "string": str,
        "array": list,
        "object": dict,
    }
    if name in kinds:
        return isinstance(value, kinds[name])
    return bool(name != "boolean")


def _breaks_type(wanted: Any, value: Any) -> bool:
    names = wanted if isinstance(wanted, list) else [wanted]
    return not any(_is_type(name, value) for name in names)


def _same(one: Any, other: Any) -> bool:
    """As JSON has it: 1 is 1.0, and neither is true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)


def _number(breaks: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def judge(bound: Any, value: Any) -> bool:
        return _is_type("number", value) and _is_type("number", bound) and breaks(bound, value)

    return judge


def _length(
    kind: type[str | list[Any] | dict[str, Any]], breaks: Callable[[Any, Any], bool]
) -> Callable[[Any, Any], bool]:
    def judge(bound: Any, value: Any) -> bool:
        return isinstance(value, kind) and _is_type("number", bound) and breaks(bound, len(value))

    return judge


def _is_no_multiple(step: Any, value: Any) -> bool:
    return step > 0 and Fraction(str(value)) % Fraction(str(step)) != 0


def _repeats(wanted: Any, value: Any) -> bool:
    if wanted is not True or not isinstance(value, list):
        return False
    plain = {repr(inner) for inner in value}
    if len(value) > _MOST_MATCHED:
        return len(plain) < len(value)
    return any(_same(one, other) for at, one in enumerate(value) for other in value[:at])


def _matches(pattern: Any, text: str) -> bool:
    """Whether a text has the pattern; yes where that would take long to tell."""
    if not isinstance(pattern, str) or len(pattern) > _MOST_PATTERN or len(text) > _MOST_MATCHED:
        return True
    if _SLOW.search(pattern) or len(_REPEAT.findall(pattern)) > _MOST_REPEATS:
        return True
    try:
        return re.search(pattern, text) is not None
    except (re.error, RecursionError, OverflowError):
        return True


_PLAIN: dict[str, Callable[[Any, Any], bool]] = {
    "type": _breaks_type,
    "enum": lambda some, value: not any(_same(one, value) for one in _list(some)),
    "const": lambda wanted, value: not _same(wanted, value),
    "required": lambda names, value: (
        isinstance(value, dict) and any(name not in value for name in _list(names))
    ),
    "minimum": _number(lambda bound, value: value < bound),
    "maximum": _number(lambda bound, value: value > bound),
    "exclusiveMinimum": _number(lambda bound, value: value <= bound),
    "exclusiveMaximum": _number(lambda bound, value: value >= bound),
    "multipleOf": _number(_is_no_multiple),
    "minLength": _length(str, lambda bound, length: length < bound),
    "maxLength": _length(str, lambda bound, length: length > bound),
    "minItems": _length(list, lambda bound, length: length < bound),
    "maxItems": _length(list, lambda bound, length: length > bound),
    "minProperties": _length(dict, lambda bound, length: length < bound),
    "maxProperties": _length(dict, lambda bound, length: length > bound),
    "uniqueItems": _repeats,
    "pattern": lambda pattern, value: isinstance(value, str) and not _matches(pattern, value),
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
