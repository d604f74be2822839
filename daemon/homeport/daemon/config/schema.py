"""The JSON schema, the commented sample and the table of settings, from one declaration.

`python -m homeport.daemon.config.schema [FOLDER]` writes the first two into FOLDER
(default `packaging`); `--table` prints the third.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import msgspec.inspect as shapes

from homeport.daemon.config.settings import Config
from homeport.daemon.config.words import bare, fields_of, takes

SCHEMA_FILE = "config.schema.json"
SAMPLE_FILE = "config.sample.toml"
WIDTH = 88


class Line(NamedTuple):
    """One setting, flat."""

    key: str
    """Dotted; a key of an array of tables as `server[].url`."""
    takes: str
    default: str
    """As TOML; empty where it must be given, `unset` where it has none."""
    sentence: str


def json_schema() -> dict[str, Any]:
    """The config as a JSON schema (draft 2020-12), for editors that complete and check TOML."""
    schema = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(Config)))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Homeport config",
        **schema,
    }


def schema_text() -> str:
    """`json_schema` as it is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def sample() -> str:
    """A config file with everything commented out.

    One `#` taken from the start of each line leaves a config that is valid and,
    save for its examples, means the defaults.
    """
    lines = [
        "## Homeport's config. Every setting is here with its default, and may be left out.",
        "## Take away the # before what you want to change; a change is in force at once.",
    ]
    tables = fields_of(shapes.type_info(Config))
    plain = {name: field for name, field in tables.items() if not _is_section(field)}
    for field in plain.values():
        lines += ["", *_setting(field)]
    for name, field in tables.items():
        if name not in plain:
            lines += ["", *_section(name, field)]
    return "\n".join(lines) + "\n"


def _is_section(field: shapes.Field) -> bool:
    shape = bare(field.type)
    return isinstance(shape, shapes.DictType | shapes.StructType) or bool(_row(shape))


def _row(shape: shapes.Type) -> dict[str, shapes.Field]:
    """The settings of one table of an array of tables."""
    return fields_of(shape.item_type) if isinstance(shape, shapes.VarTupleType) else {}


def _section(name: str, field: shapes.Field) -> Iterator[str]:
    shape = bare(field.type)
    yield from _comment(_sentence(field) or _doc(shape))
    if isinstance(shape, shapes.DictType):
        yield f"#[{name}]"
        for key, value in _examples(field)[0].items():
            yield f"#{_toml(key)} = {_toml(value)}"
        return
    yield f"#[[{name}]]" if _row(shape) else f"#[{name}]"
    for inner in (_row(shape) or fields_of(shape)).values():
        yield from _setting(inner)


def _setting(field: shapes.Field) -> Iterator[str]:
    has_default = not field.required and field.default not in (None, msgspec.NODEFAULT)
    note = "" if has_default else " (Here with an example.)"
    yield from _comment(f"{_sentence(field)} Takes {takes(field.type)}.{note}")
    value = field.default if has_default else _examples(field)[0]
    yield f"#{field.name} = {_toml(value)}"


def _comment(sentence: str) -> Iterator[str]:
    for line in textwrap.wrap(sentence, WIDTH):
        yield f"## {line}"


def _sentence(field: shapes.Field) -> str:
    return str(_about(field).get("description", ""))


def _examples(field: shapes.Field) -> list[Any]:
    return list(_about(field)["examples"])


def _about(field: shapes.Field) -> dict[str, Any]:
    shape = field.type
    return dict(shape.extra_json_schema or {}) if isinstance(shape, shapes.Metadata) else {}


def _doc(shape: shapes.Type) -> str:
    return (shape.cls.__doc__ or "") if isinstance(shape, shapes.StructType) else ""


def _toml(value: Any) -> str:
    """TOML of a plain value; JSON spells texts, numbers, truth and flat lists the same way."""
    if isinstance(value, dict):
        pairs = (f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False)


def settings() -> Iterator[Line]:
    """Every setting, in the order of its declaration."""
    for name, field in fields_of(shapes.type_info(Config)).items():
        shape = bare(field.type)
        row = _row(shape)
        inner = row or fields_of(shape)
        prefix = f"{name}[]" if row else name
        if inner:
            yield from (_line(f"{prefix}.{key}", value) for key, value in inner.items())
        else:
            yield _line(name, field)


def _line(key: str, field: shapes.Field) -> Line:
    if field.required:
        default = ""
    elif field.default is msgspec.NODEFAULT:
        default = "{}"
    else:
        default = "unset" if field.default is None else _toml(field.default)
    return Line(key, takes(field.type), default, _sentence(field))


def table() -> str:
    """Every setting as a Markdown table."""
    rows = ["| setting | takes | default | meaning |", "|---|---|---|---|"]
    for line in settings():
        default = f"`{line.default}`" if line.default else "must be given"
        rows.append(f"| `{line.key}` | {line.takes} | {default} | {line.sentence} |")
    return "\n".join(rows) + "\n"


def write(folder: Path) -> None:
    """Bring the two files in `folder` up to date."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    (folder / SAMPLE_FILE).write_text(sample(), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the files, or print the table."""
    if arguments == ["--table"]:
        sys.stdout.write(table())
    else:
        write(Path(arguments[0] if arguments else "packaging"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
