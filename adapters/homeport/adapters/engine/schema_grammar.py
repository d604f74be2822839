"""From a JSON schema to the llama.cpp grammar that holds a model to it.

Everything the grammar accepts is valid JSON that fits the schema. Where a
schema allows more than is practical (further properties beside the declared
ones), the grammar accepts less; where it forbids what a grammar cannot forbid,
`UnsupportedSchema` names the keyword. References that go round in a circle make
a grammar that the library itself refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from homeport.adapters.engine.integer_grammar import integer_between

MAX_DEPTH = 64
MAX_RULES = 4000
MAX_REPEATS = 1000
MAX_ENUM = 2000

UNHELD_KEYWORDS = (
    "not",
    "if",
    "pattern",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "uniqueItems",
    "contains",
    "multipleOf",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedItems",
    "$dynamicRef",
)
"""Constraints that a grammar cannot express: a schema with one of them is refused."""

STRING_FORMATS = {
    "date": "date",
    "time": "time",
    "date-time": 'date "T" time',
    "uuid": 'hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}',
}
"""Formats that are held to; any other is a remark, as the standard has it."""

BASE_RULES = {
    "ws": '( " " | "\\n" " "{0,16} )?',
    "hex": "[0-9a-fA-F]",
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" ( ["\\/bfnrt] | "u" hex{4} )',
    "string": r'"\"" char* "\""',
    "integer": '"-"? ( "0" | [1-9] [0-9]{0,15} )',
    "number": 'integer ( "." [0-9]{1,15} )? ( [eE] [-+]? [0-9]{1,2} )?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "pair": 'string ws ":" ws value',
    "object": '"{" ws ( pair ws ( "," ws pair ws )* )? "}"',
    "array": '"[" ws ( value ws ( "," ws value ws )* )? "]"',
    "value": "object | array | string | number | boolean | null",
    "date": '[0-9]{4} "-" ( "0" [1-9] | "1" [0-2] ) "-" ( "0" [1-9] | [12] [0-9] | "3" [01] )',
    "time": '( [01] [0-9] | "2" [0-3] ) ":" [0-5] [0-9] ":" [0-5] [0-9] ( "." [0-9]{1,6} )? '
    '( "Z" | [+-] ( [01] [0-9] | "2" [0-3] ) ":" [0-5] [0-9] )',
}

ANY_OBJECT = b'{"type": "object"}'
"""The schema of plain JSON mode."""


Build = Callable[[Mapping[str, Any], int], str]


class UnsupportedSchema(Exception):
    """The schema cannot be turned into a grammar; the text says what is in the way."""


def grammar_for(schema: bytes, *, or_words: str = "") -> str:
    """The grammar (GBNF) of a schema given as JSON text; raises `UnsupportedSchema`.

    `or_words` are words that may stand there instead.
    """
    try:
        root = json.loads(schema)
    except (ValueError, RecursionError):
        raise UnsupportedSchema("it is not JSON") from None
    return _Rules(root).text(or_words)


class _Rules:
    """The rules of one grammar while it is made."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._rules = dict(BASE_RULES)
        self._names: dict[str, str] = {}
        self._by_reference: dict[str, str] = {}

    def text(self, or_words: str) -> str:
        expression = self._expression(self._root, 0)
        self._rules["root"] = (
            f"{expression} | {_literal_words(or_words)}" if or_words else expression
        )
        return "\n".join(f"{name} ::= {body}" for name, body in self._rules.items()) + "\n"

    def _rule(self, body: str) -> str:
        """The name of a rule with this body."""
        if body in self._rules:
            return body
        if body not in self._names:
            self._names[body] = self._new_name()
            self._rules[self._names[body]] = body
        return self._names[body]

    def _new_name(self) -> str:
        if len(self._rules) >= MAX_RULES:
            raise UnsupportedSchema("it is too large")
        return f"r{len(self._rules)}"

    def _named(self, schema: Any, depth: int) -> str:
        return self._rule(self._expression(schema, depth + 1))

    def _expression(self, schema: Any, depth: int) -> str:
        """What stands on the right of the rule for one schema."""
        if depth > MAX_DEPTH:
            raise UnsupportedSchema("it is nested too deeply")
        if schema is True:
            return "value"
        if not isinstance(schema, Mapping):
            raise UnsupportedSchema("a part of it is not a schema")
        _refuse_unheld(schema)
        for keyword, build in self._compounds().items():
            if keyword in schema:
                return build(schema, depth)
        return self._by_type(schema, depth)

    def _compounds(self) -> Mapping[str, Build]:
        """Keywords that decide alone, strongest first."""
        return {
            "$ref": self._reference,
            "const": lambda schema, _: _literal(schema["const"]),
            "enum": lambda schema, _: _enumeration(schema["enum"]),
            "anyOf": lambda schema, depth: self._union(schema, "anyOf", depth),
            "oneOf": lambda schema, depth: self._union(schema, "oneOf", depth),
            "allOf": self._all_of,
        }

    def _reference(self, schema: Mapping[str, Any], depth: int) -> str:
        pointer = schema["$ref"]
        if not isinstance(pointer, str) or not pointer.startswith("#"):
            raise UnsupportedSchema("it refers to another document")
        if pointer not in self._by_reference:
            name = self._by_reference[pointer] = self._new_name()
            self._rules[name] = ""
            self._rules[name] = self._expression(_resolve(self._root, pointer), depth + 1)
        return self._by_reference[pointer]

    def _union(self, schema: Mapping[str, Any], keyword: str, depth: int) -> str:
        options = schema[keyword]
        if not isinstance(options, list) or not options:
            raise UnsupportedSchema(f'"{keyword}" is not a list of schemas')
        shared = {k: v for k, v in schema.items() if k != keyword}
        if set(shared) & {"properties", "required", "items", "anyOf", "oneOf", "allOf"}:
            raise UnsupportedSchema(f'it mixes "{keyword}" with other constraints')
        return " | ".join(self._named(option, depth) for option in options)

    def _all_of(self, schema: Mapping[str, Any], depth: int) -> str:
        options = schema["allOf"]
        if isinstance(options, list) and len(options) == 1 and not _constrains(schema):
            return self._named(options[0], depth)
        raise UnsupportedSchema('it uses "allOf" with more than one part')

    def _by_type(self, schema: Mapping[str, Any], depth: int) -> str:
        kind = schema.get("type", _implied_type(schema))
        if isinstance(kind, list) and kind:
            return " | ".join(self._named({**schema, "type": one}, depth) for one in kind)
        if kind is None:
            return "value"
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        scalars = {"string": _string, "integer": _integer, "number": _number}
        if not isinstance(kind, str):
            raise UnsupportedSchema('"type" is not a name')
        if kind in scalars:
            return scalars[kind](schema)
        if kind in ("boolean", "null"):
            return str(kind)
        raise UnsupportedSchema("it names a type that JSON does not have")

    def _object(self, schema: Mapping[str, Any], depth: int) -> str:
        declared = schema.get("properties", {})
        required = schema.get("required", [])
        if not isinstance(declared, Mapping) or not _are_names(required):
            raise UnsupportedSchema('"properties" or "required" has the wrong type')
        properties = {**declared, **{n: True for n in required if n not in declared}}
        if not properties:
            return self._map(schema.get("additionalProperties", True), depth)
        pairs = [
            (self._pair(name, value, depth), name in required) for name, value in properties.items()
        ]
        return f'"{{" ws {self._members(pairs)} "}}"'

    def _pair(self, name: str, schema: Any, depth: int) -> str:
        return self._rule(f'{_literal(name)} ws ":" ws {self._named(schema, depth)} ws')

    def _members(self, pairs: list[tuple[str, bool]]) -> str:
        """The members in their order: each optional one there or not, commas between."""
        first, following = "", ""
        for pair, is_required in reversed(pairs):
            next_first = self._rule(f"{pair} {following}".strip())
            next_following = self._rule(f'"," ws {pair} {following}'.strip())
            if not is_required:
                next_first = self._rule(_either(next_first, first))
                next_following = self._rule(_either(next_following, following))
            first, following = next_first, next_following
        return first

    def _map(self, values: Any, depth: int) -> str:
        if values is False:
            return '"{" ws "}"'
        if values is True or values == {}:
            return "object"
        pair = self._rule(f'string ws ":" ws {self._named(values, depth)} ws')
        return f'"{{" ws ( {pair} ( "," ws {pair} )* )? "}}"'

    def _array(self, schema: Mapping[str, Any], depth: int) -> str:
        if "prefixItems" in schema:
            return self._tuple(schema["prefixItems"], depth)
        least, most = _count(schema, "minItems") or 0, _count(schema, "maxItems")
        items = schema.get("items", True)
        if items is True and not least and most is None:
            return "array"
        item = self._rule(f"{self._named(items, depth)} ws")
        return f'"[" ws {_repeated(item, least, most)} "]"'

    def _tuple(self, items: Any, depth: int) -> str:
        if not isinstance(items, list) or not items:
            raise UnsupportedSchema('"prefixItems" is not a list of schemas')
        parts = ' ws "," ws '.join(self._named(item, depth) for item in items)
        return f'"[" ws {parts} ws "]"'


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _refuse_unheld(schema: Mapping[str, Any]) -> None:
    for keyword in UNHELD_KEYWORDS:
        if schema.get(keyword) not in (None, False):
            raise UnsupportedSchema(f'it uses "{keyword}"')


def _constrains(schema: Mapping[str, Any]) -> bool:
    return bool(set(schema) & {"properties", "required", "items", "enum", "const"})


def _implied_type(schema: Mapping[str, Any]) -> str | None:
    if "properties" in schema or "required" in schema or "additionalProperties" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else None


def _resolve(root: Any, pointer: str) -> Any:
    target = root
    for part in pointer[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, Mapping) or key not in target:
            raise UnsupportedSchema("it refers to a part that is not there")
        target = target[key]
    return target


def _literal(value: Any) -> str:
    """A grammar literal that stands for one JSON value."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise UnsupportedSchema("it holds a number that JSON does not have") from None
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _literal_words(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _enumeration(values: Any) -> str:
    if not isinstance(values, list) or not 0 < len(values) <= MAX_ENUM:
        raise UnsupportedSchema('"enum" is empty, too long or not a list')
    return " | ".join(_literal(value) for value in values)


def _either(rule: str, otherwise: str) -> str:
    return f"{rule} | {otherwise}" if otherwise else f"( {rule} )?"


def _count(schema: Mapping[str, Any], keyword: str) -> int | None:
    count = schema.get(keyword)
    if count is None:
        return None
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MAX_REPEATS:
        raise UnsupportedSchema(f'"{keyword}" is not a number from 0 to {MAX_REPEATS}')
    return count


def _repeated(item: str, least: int, most: int | None) -> str:
    """Between `least` and `most` items with commas between."""
    if most is not None and most < least:
        raise UnsupportedSchema("its least is above its most")
    if most == 0:
        return ""
    further = "" if most is None else str(most - 1)
    some = f'{item} ( "," ws {item} ){{{max(0, least - 1)},{further}}}'
    return some if least else f"( {some} )?"


def _string(schema: Mapping[str, Any]) -> str:
    body = STRING_FORMATS.get(str(schema.get("format", "")))
    if body:
        return f'"\\"" {body} "\\""'
    least, most = _count(schema, "minLength") or 0, _count(schema, "maxLength")
    if not least and most is None:
        return "string"
    if most is not None and most < least:
        raise UnsupportedSchema("its least length is above its most")
    return f'"\\"" char{{{least},{"" if most is None else most}}} "\\""'


def _bounds(schema: Mapping[str, Any]) -> tuple[int | None, int | None, bool]:
    """Lower bound, upper bound (both inclusive for integers), and whether a bound excludes."""
    lows = [schema["minimum"]] if "minimum" in schema else []
    highs = [schema["maximum"]] if "maximum" in schema else []
    excluding = [schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")]
    for bound in (*lows, *highs, *(b for b in excluding if b is not None)):
        if isinstance(bound, bool) or not _is_whole(bound):
            raise UnsupportedSchema("it bounds a number by what is not a whole number")
    if excluding[0] is not None:
        lows.append(excluding[0] + 1)
    if excluding[1] is not None:
        highs.append(excluding[1] - 1)
    low = int(max(lows)) if lows else None
    high = int(min(highs)) if highs else None
    return low, high, any(bound is not None for bound in excluding)


def _is_whole(bound: Any) -> bool:
    return isinstance(bound, int) or (isinstance(bound, float) and bound.is_integer())


def _integer(schema: Mapping[str, Any]) -> str:
    low, high, _ = _bounds(schema)
    if low is None and high is None:
        return "integer"
    try:
        return integer_between(low, high)
    except ValueError as error:
        raise UnsupportedSchema(str(error)) from None


def _number(schema: Mapping[str, Any]) -> str:
    low, high, excludes = _bounds(schema)
    if low is None and high is None:
        return "number"
    if excludes or low is None or low < 0:
        raise UnsupportedSchema("it bounds a number in a way that a grammar cannot hold")
    if high is None:
        return f'( {integer_between(low, None)} ) ( "." [0-9]{{1,15}} )?'
    if low > high:
        raise UnsupportedSchema("no number is in the range")
    at_most = f'"{high}" ( "." "0"{{1,15}} )?'
    if low == high:
        return at_most
    return f'( {integer_between(low, high - 1)} ) ( "." [0-9]{{1,15}} )? | {at_most}'
