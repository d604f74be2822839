"""Changing settings in the text of a config file, keeping its comments and order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.daemon.config.errors import ConfigError, Problem

FLAT_TABLES = ("aliases", "keys")


def edited(text: str, changes: Mapping[str, Any]) -> str:
    """`text` with each dotted key set; None takes the key out, which gives its default back.

    Raises `ConfigError` where a key leads through something that is not a table,
    or a value has no form in TOML.
    """
    import tomlkit
    from tomlkit.exceptions import ConvertError, TOMLKitError

    document = tomlkit.parse(text.removeprefix("\ufeff"))
    for key, value in changes.items():
        try:
            _put(document, _names(key), value)
        except (ConvertError, TOMLKitError, TypeError, ValueError, OverflowError, RecursionError):
            problem = Problem(0, key, f"`{key}` cannot be set to that.")
            raise ConfigError("the change", (problem,)) from None
    return tomlkit.dumps(document)


def _names(key: str) -> list[str]:
    """Flat tables take the rest of the key as one name, so that `aliases.gpt-5.5` is one alias."""
    table, _, name = key.partition(".")
    return [table, name.strip("\"'")] if table in FLAT_TABLES and name else key.split(".")


def _put(table: Any, names: list[str], value: Any) -> None:
    import tomlkit

    *parents, last = names
    for name in parents:
        if name not in table:
            if value is None:
                return
            table[name] = tomlkit.table()
        table = table[name]
        if not isinstance(table, dict):
            raise TypeError(name)
    if value is None:
        table.pop(last, None)
    elif _is_tables(value):
        table[last] = _tables(value)
    else:
        table[last] = value


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _tables(rows: list[dict[str, Any]]) -> Any:
    import tomlkit

    array = tomlkit.aot()
    for row in rows:
        array.append(tomlkit.item({k: v for k, v in row.items() if v is not None}))
    return array
