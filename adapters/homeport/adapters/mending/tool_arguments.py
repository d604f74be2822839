"""Whether the arguments of a call fit the tool's schema, and what fits without a loss.

Only what says the same in another type is taken for what was meant: `"3"` for 3, `3.0` for
3, `"true"` for true, JSON in a string for the object it is. Everything else is a problem,
told in words that a model can act on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from homeport.adapters.mending.loose_json import NotJSON, strict

MAX_DEPTH: Final = 40
MAX_STEPS: Final = 100_000
"""Parts of schemas that are looked at for one call: forms of forms would have no end."""
_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d*)")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")


class Misfit(Exception):
    """What is wrong, and where."""


def fit(arguments: Any, schema: Mapping[str, Any]) -> Any:
    """The arguments as the schema wants them. Raises `Misfit`."""
    if not isinstance(arguments, dict):
        arguments = _parsed(arguments)
    if not isinstance(arguments, dict):
        raise Misfit("the arguments must be a JSON object")
    return _Fitting(schema).value(arguments, schema, "", 0)


class _Fitting:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._steps = 0

    def value(self, value: Any, schema: Any, where: str, depth: int) -> Any:
        self._steps += 1
        if not isinstance(schema, Mapping) or depth > MAX_DEPTH or self._steps > MAX_STEPS:
            return value
        if "$ref" in schema:
            return self.value(value, self._resolved(schema["$ref"]), where, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            if isinstance(schema.get(keyword), list):
                value = self._one_of(value, schema[keyword], where, depth)
        for part in _list(schema.get("allOf")):
            value = self.value(value, part, where, depth + 1)
        value = _typed(value, schema, where)
        if isinstance(value, dict):
            value = self._object(value, schema, where, depth)
        elif isinstance(value, list):
            item = schema.get("items")
            value = [
                self.value(one, item, f"{where}[{at}]", depth + 1) for at, one in enumerate(value)
            ]
        _bounded(value, schema, where)
        return value

    def _resolved(self, reference: Any) -> Any:
        target: Any = self._root
        for part in str(reference).lstrip("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            target = target.get(key) if isinstance(target, Mapping) else None
        return target

    def _one_of(self, value: Any, options: list[Any], where: str, depth: int) -> Any:
        """The first option that fits as it stands, else the first that fits at all."""
        fitting: list[Any] = []
        trouble: Misfit | None = None
        for option in options:
            try:
                fitting.append(self.value(value, option, where, depth + 1))
            except Misfit as error:
                trouble = trouble or error
        if not fitting:
            raise trouble or Misfit(f"{_at(where)} fits none of its forms")
        same = [fitted for fitted in fitting if _same(fitted, value)]
        return (same or fitting)[0]

    def _object(
        self, table: dict[str, Any], schema: Mapping[str, Any], where: str, depth: int
    ) -> dict[str, Any]:
        declared = schema.get("properties")
        declared = declared if isinstance(declared, Mapping) else {}
        required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
        others = schema.get("additionalProperties", True)
        fitted: dict[str, Any] = {}
        for name, value in table.items():
            inside = f"{where}.{name}" if where else name
            if name in declared:
                if value is None and name not in required and not _takes_null(declared[name]):
                    continue
                fitted[name] = self.value(value, declared[name], inside, depth + 1)
            elif others is False and declared:
                raise Misfit(f"there is no argument `{inside}`; there are {_listed(declared)}")
            else:
                fitted[name] = self.value(value, others, inside, depth + 1)
        for name in required:
            if name not in fitted:
                raise Misfit(f"the argument `{f'{where}.{name}' if where else name}` is missing")
        return fitted


def _typed(value: Any, schema: Mapping[str, Any], where: str) -> Any:
    """The value in one of the schema's types; an enumeration and a constant too."""
    options = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(options, list) and options:
        return _chosen(value, options, where)
    kinds = _kinds(schema)
    if not kinds or any(_is_a(value, kind) for kind in kinds):
        return _as_int(value) if "integer" in kinds and "number" not in kinds else value
    for kind in kinds:
        convert = _CONVERSIONS.get(kind)
        converted = convert(value) if convert else None
        if converted is not None:
            return converted
    raise Misfit(f"{_at(where)} must be {' or '.join(kinds)}")


def _chosen(value: Any, options: list[Any], where: str) -> Any:
    for option in options:
        if _same(option, value):
            return option
    words = {str(option).casefold(): option for option in options if option is not None}
    spelled = json.dumps(value) if isinstance(value, bool) else str(value)
    if len(words) == len(options) and spelled.strip().casefold() in words:
        return words[spelled.strip().casefold()]
    raise Misfit(f"{_at(where)} must be one of {', '.join(map(json.dumps, options[:20]))}")


def _is_a(value: Any, kind: Any) -> bool:
    if kind == "integer":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value % 1 == 0
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    types: dict[Any, type] = {"string": str, "boolean": bool, "object": dict, "array": list}
    return value is None if kind == "null" else isinstance(value, types.get(kind, object))


def _as_int(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value % 1 == 0 else value


def _to_integer(value: Any) -> int | None:
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if _WHOLE.fullmatch(text) and len(text) < 4000 else None


def _to_number(value: Any) -> int | float | None:
    whole = _to_integer(value)
    if whole is not None:
        return whole
    text = value.strip() if isinstance(value, str) else ""
    number = float(text) if _DECIMAL.fullmatch(text) else None
    return None if number in (float("inf"), float("-inf")) else number


def _to_boolean(value: Any) -> bool | None:
    words = {"true": True, "false": False}
    return words.get(value.strip().lower()) if isinstance(value, str) else None


def _to_string(value: Any) -> str | None:
    """Whole numbers alone: other values can be spelled in more than one way."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _to_object(value: Any) -> dict[str, Any] | None:
    parsed = _parsed(value)
    return parsed if isinstance(parsed, dict) else None


def _to_array(value: Any) -> list[Any] | None:
    parsed = _parsed(value)
    return parsed if isinstance(parsed, list) else None


_CONVERSIONS: Final[Mapping[Any, Callable[[Any], Any]]] = {
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "string": _to_string,
    "object": _to_object,
    "array": _to_array,
}


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return None
    try:
        return strict(value)
    except NotJSON:
        return None


def _bounded(value: Any, schema: Mapping[str, Any], where: str) -> None:
    """The bounds that models break most."""
    if isinstance(value, str):
        size, least, most, unit = len(value), "minLength", "maxLength", " characters"
    elif isinstance(value, list):
        size, least, most, unit = len(value), "minItems", "maxItems", " entries"
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        size, least, most, unit = value, "minimum", "maximum", ""  # type: ignore[assignment]
    else:
        return
    low, high = schema.get(least), schema.get(most)
    if isinstance(low, (int, float)) and size < low:
        raise Misfit(f"{_at(where)} must be at least {low}{unit}")
    if isinstance(high, (int, float)) and size > high:
        raise Misfit(f"{_at(where)} must be at most {high}{unit}")


def _takes_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and (
        not schema or "null" in _kinds(schema) or bool({"anyOf", "$ref"} & set(schema))
    )


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """The types that a schema names; what is no name is no constraint."""
    told = schema.get("type")
    return [kind for kind in _list([told] if isinstance(told, str) else told) if type(kind) is str]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _at(where: str) -> str:
    return f"`{where}`" if where else "the arguments"


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)
