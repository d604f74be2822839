"""JSON schemas as API descriptions use them: what does not fit one, and values that do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class Shapes:
    """The named schemas of one description."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._named = description["components"]["schemas"]

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema that a reference leads to."""
        reference = schema.get("$ref")
        return self._named[reference.rpartition("/")[2]] if reference else schema

    def faults(self, value: Any, schema: Mapping[str, Any], at: str = "$") -> Iterator[str]:
        """Where a value is not of a schema's shape; a field that it does not know is a fault."""
        schema = self.resolved(schema)
        if "oneOf" in schema:
            if all(list(self.faults(value, option, at)) for option in schema["oneOf"]):
                yield f"{at}: fits none of its shapes"
            return
        kind = schema.get("type", "object")
        wrong = not isinstance(value, KINDS[kind]) or (
            isinstance(value, bool) != (kind == "boolean")
        )
        if wrong:
            yield f"{at}: {value!r} is no {kind}"
        elif value not in schema.get("enum", [value]):
            yield f"{at}: {value!r} is none of {schema['enum']}"
        elif kind == "array":
            for number, item in enumerate(value):
                yield from self.faults(item, schema["items"], f"{at}[{number}]")
        elif kind == "object":
            yield from self._faults_of_fields(value, schema, at)

    def _faults_of_fields(
        self, value: dict[str, Any], schema: Mapping[str, Any], at: str
    ) -> Iterator[str]:
        fields = schema.get("properties", {})
        yield from (
            f"{at}.{name}: missing" for name in schema.get("required", ()) if name not in value
        )
        for name, inner in value.items():
            if name in fields:
                yield from self.faults(inner, fields[name], f"{at}.{name}")
            elif fields:
                yield f"{at}.{name}: unknown"

    def values(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        """Values of a schema's shape."""
        schema = self.resolved(schema)
        if "oneOf" in schema:
            return st.one_of(*map(self.values, schema["oneOf"]))
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        kind = schema.get("type", "object")
        if kind == "array":
            return st.lists(self.values(schema["items"]), max_size=3)
        if kind != "object":
            return SCALARS[kind]
        fields = {name: self.values(inner) for name, inner in schema.get("properties", {}).items()}
        required = set(schema.get("required", ()))
        return st.fixed_dictionaries(
            {name: fields[name] for name in fields if name in required},
            optional={name: fields[name] for name in fields if name not in required},
        )


SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=8),
    "integer": st.integers(-9, 999),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 99),
    "boolean": st.booleans(),
}
