"""Frozen dataclasses that are made quickly.

Python makes a frozen dataclass by calling `object.__setattr__` for every field, which takes
three times as long as setting the field. Here the fields of a plain twin are set, and the
twin becomes the frozen value at the end: nobody sees it before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

Change = Callable[[Any, Mapping[str, Any]], Any]

_changed: dict[type, Change] = {}
"""How a value of each kind is made of another one, as far as that was asked for."""
_scopes: dict[type, dict[str, Any]] = {}
"""What is needed to make it, of each kind."""


def changed(value: T, **fields: Any) -> T:
    """The same but for some fields: what `dataclasses.replace` does, made quickly."""
    kind = type(value)
    change = _changed.get(kind)
    if change is None:
        change = _changed[kind] = _change_of(kind)
    made: T = change(value, fields)
    return made


def _change_of(kind: type) -> Change:
    """Made at the first use: what is compiled at the start, everybody waits for."""
    lines = [
        "def changed(value, fields):",
        "    self = _new(_twin)",
        *(f"    self.{field.name} = value.{field.name}" for field in fields(kind)),
        "    for name, field in fields.items():",
        "        _set(self, name, field)",
        "    self.__class__ = value.__class__",
        "    return self",
    ]
    scope = {**_scopes[kind], "_set": setattr}
    exec("\n".join(lines), scope)  # noqa: S102 - names of fields alone, as `dataclass` does
    change: Change = scope["changed"]
    return change


def maker(kind: Callable[P, T]) -> Callable[P, T]:
    """A function that makes values of a quick kind, for where many are made: to call a class
    takes twice as long."""
    make: Callable[P, T] = _scopes[kind]["make"]  # type: ignore[index]  # it is a class
    return make


def quick(kind: type[T]) -> type[T]:
    """The same frozen dataclass with slots, made quickly. Stands above `@dataclass`."""
    known = fields(kind)  # type: ignore[arg-type]  # it is a dataclass
    if any(field.default_factory is not MISSING for field in known):
        raise TypeError(f"{kind.__name__} has a default that is made anew for each")
    defaults = {field.name: field.default for field in known if field.default is not MISSING}
    names = [field.name for field in known]
    given = [f"{name}=_{name}" if name in defaults else name for name in names]
    only_named = ["*"] if known and known[0].kw_only else []
    body = ["    self = _new(_twin)", *(f"    self.{name} = {name}" for name in names)]
    lines = [
        f"def __new__({', '.join(['cls', *only_named, *given])}):",
        *body,
        "    self.__class__ = cls",
        "    return self",
        f"def make({', '.join([*only_named, *given])}):",
        *body,
        "    self.__class__ = _kind",
        "    return self",
    ]
    scope: dict[str, Any] = {f"_{name}": default for name, default in defaults.items()}
    scope["_twin"] = type(f"_{kind.__name__}", (), {"__slots__": tuple(names)})
    scope["_new"] = object.__new__
    scope["_kind"] = kind
    exec("\n".join(lines), scope)  # noqa: S102 - names of fields alone, as `dataclass` does
    kind.__new__ = scope["__new__"]  # type: ignore[method-assign]
    del kind.__init__
    _scopes[kind] = scope
    return kind
