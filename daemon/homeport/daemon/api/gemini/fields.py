"""Fields of a Gemini request, which may be spelled in two ways and must be of their type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from homeport.policies.errors import BadRequest

MAX_COUNT = 2**31 - 1
_UNDERLINED = re.compile(r"_([a-z0-9])")


def camel(name: str) -> str:
    """`top_p` and `topP` are one field: `topP`."""
    return _UNDERLINED.sub(lambda found: found[1].upper(), name) if "_" in name else name


class Fields:
    """One object of a request, at a place that errors name."""

    def __init__(self, table: Mapping[str, Any], at: str = "") -> None:
        self.at = at
        self.values = {camel(name): value for name, value in table.items() if value is not None}
        """By the names in camel case; a field that is null is not there."""

    def __repr__(self) -> str:
        return f"Fields({self.at or 'top'}: {', '.join(sorted(self.values))})"

    def path(self, name: str) -> str:
        """The place of a field."""
        return f"{self.at}.{name}" if self.at else name

    def wrong(self, name: str, what: str) -> BadRequest:
        """What to raise for a field that is not as it must be."""
        path = self.path(name)
        return BadRequest(f"`{path}` must be {what}.", code="invalid_field", param=path)

    def text(self, name: str) -> str | None:
        """A text; None where it is not there."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "a text")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "a list of texts")
        return value

    def flag(self, name: str) -> bool | None:
        """True or false; None where it is not there."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def number(self, name: str, least: float, most: float) -> float | None:
        """A number within bounds; None where it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, "a number")
        if not least <= value <= most:
            raise self.wrong(name, f"a number from {least:g} to {most:g}")
        return value

    def whole(self, name: str, least: int, most: int = MAX_COUNT) -> int | None:
        """A whole number within bounds; `40.0` and `"40"` are such too."""
        value = self.values.get(name)
        if value is None:
            return None
        digits = isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit()
        if digits and len(value) < 20:
            value = int(value)
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not is_whole or not least <= value <= most:
            raise self.wrong(name, f"a whole number from {least} to {most}")
        return int(value)

    def table(self, name: str) -> Fields | None:
        """An object; None where it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return Fields(value, self.path(name))

    def raw(self, name: str) -> dict[str, Any] | None:
        """An object whose inside is not this wire's."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(name, "an object")
        return value

    def rows(self, name: str) -> list[tuple[dict[str, Any], str]]:
        """A list of objects with their places; one object counts as a list of it."""
        value = self.values.get(name, [])
        given = [value] if isinstance(value, dict) else value
        if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            raise self.wrong(name, "a list of objects")
        return [(item, f"{self.path(name)}[{i}]") for i, item in enumerate(given)]

    def rest(self, *known: str) -> dict[str, Any]:
        """The other fields."""
        return {name: value for name, value in self.values.items() if name not in known}
