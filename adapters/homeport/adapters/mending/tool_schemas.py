"""The schemas of several tools as parts of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def as_definitions(schemas: Sequence[Any]) -> dict[str, Any]:
    """The `$defs` of a larger schema: each under a name of its own, `t0` and on."""
    return {f"t{at}": as_definition(schema, f"t{at}") for at, schema in enumerate(schemas)}


def as_definition(schema: Any, name: str) -> Any:
    """The schema as it stands under that name among the `$defs` of a larger one."""
    if isinstance(schema, list):
        return [as_definition(part, name) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    moved = {key: as_definition(part, name) for key, part in schema.items()}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        moved["$ref"] = f"#/$defs/{name}{reference[1:]}"
    return moved
