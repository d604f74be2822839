"""The grammar of one call: a known name, with arguments that fit that tool's schema.

A schema that a grammar cannot hold whole is held as far as possible: what is in the way
is left out of it, and where nothing helps, any object will do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from homeport.adapters.engine.call_format import GAP, SEPARATOR, CallFormat
from homeport.adapters.engine.schema_grammar import (
    ANY_OBJECT,
    UNHELD_KEYWORDS,
    UnsupportedSchema,
    grammar_for,
)
from homeport.adapters.mending.tool_schemas import as_definitions

Functions = Sequence[Mapping[str, Any]]
"""Each with `name` and `parameters`."""

NO_ARGUMENTS = {"type": "object", "additionalProperties": False}


def call_grammar(functions: Functions, form: CallFormat) -> str:
    """The grammar (GBNF) of one call, from behind its opening to its last brace."""
    schemas = [holdable(function["parameters"]) for function in functions]
    if form.named:
        return _named_grammar(functions, schemas)
    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": function["name"]},
                form.arguments: {"$ref": f"#/$defs/t{at}"},
            },
            "required": ["name", form.arguments],
        }
        for at, function in enumerate(functions)
    ]
    definitions = as_definitions(schemas)
    schema = {"anyOf": calls, "$defs": definitions}
    inner = _renamed_root(grammar_for(json.dumps(schema).encode()))
    gap = f'{GAP} ( "[" {GAP} )?' if form.listed else GAP
    return f"{inner}root ::= {gap} call\n"


def _named_grammar(functions: Functions, schemas: Sequence[Any]) -> str:
    definitions = as_definitions(schemas)
    union = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in definitions], "$defs": definitions}
    rules = _renamed_root(grammar_for(json.dumps(union).encode()))
    options = next(line for line in rules.splitlines() if line.startswith("call ::= "))
    bodies = options.removeprefix("call ::= ").split(" | ")
    calls = " | ".join(
        f"{json.dumps(function['name'] + SEPARATOR)} {body}"
        for function, body in zip(functions, bodies, strict=True)
    )
    return f"{rules}root ::= {GAP} ( {calls} )\n"


def _renamed_root(grammar: str) -> str:
    """The same rules with another name for the first, so that something can stand before it."""
    lines = grammar.splitlines()
    return "".join(
        ("call" + line[len("root") :] if line.startswith("root ::=") else line) + "\n"
        for line in lines
    )


def holdable(schema: Any) -> Any:
    """The schema, or the part of it that a grammar can hold."""
    if schema in ({}, True) or not isinstance(schema, Mapping):
        return json.loads(ANY_OBJECT)
    if schema.get("type") == "object" and not schema.get("properties"):
        schema = schema if schema.get("additionalProperties") else NO_ARGUMENTS
    for attempt in (schema, _without_unheld(schema)):
        try:
            grammar_for(json.dumps(attempt).encode())
        except UnsupportedSchema:
            continue
        return attempt
    return json.loads(ANY_OBJECT)


def _without_unheld(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_unheld(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    names = schema.get("properties")
    kept = {name: part for name, part in schema.items() if name not in UNHELD_KEYWORDS}
    whole = {name: _without_unheld(part) for name, part in kept.items() if name != "properties"}
    if isinstance(names, Mapping):
        whole["properties"] = {name: _without_unheld(part) for name, part in names.items()}
    return whole
