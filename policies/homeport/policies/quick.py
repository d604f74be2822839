"""Frozen dataclasses that are declared and made quickly.

`dataclass` writes and compiles six functions for each class, which everybody waits for at
the start, and makes a frozen value by calling `object.__setattr__` for every field, which
takes three times as long as setting the field. Here a class shares what compares, hashes,
shows and guards its values with all others; how a value is made is compiled when the first
one is. The fields of a plain twin are set, and the twin becomes the frozen value at the
end: nobody sees it before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from dataclasses import dataclass as _dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

__all__ = ["changed", "maker", "placer", "quick"]

P = ParamSpec("P")
T = TypeVar("T")

Change = Callable[[Any, Mapping[str, Any]], Any]

_scopes: dict[type, dict[str, Any]] = {}
"""What makes values of each kind, as far as that was asked for, and what it needs."""


def changed(value: T, **fields: Any) -> T:
    """The same but for some fields: what `dataclasses.replace` does, made quickly."""
    scope = _scopes.get(type(value)) or _scope_of(type(value))
    change: Change | None = scope.get("changed")
    if change is None:
        _write_change(type(value), scope)
        change = scope["changed"]
    made: T = change(value, fields)
    return made


def maker(kind: Callable[P, T]) -> Callable[P, T]:
    """A function that makes values of a quick kind, for where many are made: to call a class
    takes twice as long."""
    make: Callable[P, T] = _compiled(kind, "make", "", "_kind")
    return make


def placer(kind: type[T]) -> Callable[..., T]:
    """The same, given the fields by their places: of more than fifteen that are given by name
    Python makes a dictionary first. What has a default may be left out after all that have none."""
    return _compiled(kind, "place", "", "_kind")


if TYPE_CHECKING:
    from dataclasses import dataclass as quick
else:

    def quick(*, frozen, slots, kw_only=False):
        """What `dataclass` does with these, but quickly."""
        if not frozen or not slots:
            raise TypeError("it is frozen and has slots")
        return lambda kind: _declared(_dataclass(
            init=False, repr=False, eq=False, kw_only=kw_only
        )(kind))  # fmt: skip


def _declared(kind: type) -> type:
    """The same class with slots in the place of defaults, and with what all kinds share."""
    known = fields(kind)
    if any(field.default_factory is not MISSING for field in known):
        raise TypeError(f"{kind.__name__} has a default that is made anew for each")
    names = tuple([field.name for field in known])
    own = {name: part for name, part in vars(kind).items() if name not in (*names, *_UNSHARED)}
    made: Any = type(kind)(kind.__name__, kind.__bases__, _SHARED | own | {"__slots__": names})
    made.__qualname__ = kind.__qualname__
    made._values = staticmethod(_values_of(names))
    made.__new__ = _first_of(made)
    whole: type = made
    return whole


_UNSHARED = ("__dict__", "__weakref__")


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple([getattr(value, name) for name in names])


def _first_of(kind: type) -> Callable[..., Any]:
    """Makes the first value, and has the others made by what is compiled for that."""

    def __new__(cls, *given, **named):  # type: ignore[no-untyped-def]  # noqa: N807
        kind.__new__ = _compiled(kind, "__new__", "cls, ", "cls")  # type: ignore[method-assign]
        return kind.__new__(cls, *given, **named)

    return __new__


def _scope_of(kind: Any) -> dict[str, Any]:
    known = fields(kind)
    scope = {f"_{f.name}": f.default for f in known if f.default is not MISSING}
    names = tuple([field.name for field in known])
    scope["_twin"] = type(f"_{kind.__name__}", (), {"__slots__": names})
    scope |= {"_new": object.__new__, "_set": setattr, "_kind": kind}
    _scopes[kind] = scope
    return scope


def _compiled(kind: Any, name: str, first: str, cls: str) -> Callable[..., Any]:
    """The function that makes a value of its fields, as `name(first, fields)`."""
    scope, known = _scopes.get(kind) or _scope_of(kind), fields(kind)
    if name not in scope:
        lines = [
            f"def {name}({first}{', '.join(_parameters(known, placed=name == 'place'))}):",
            "    self = _new(_twin)",
            *(f"    self.{field.name} = {field.name}" for field in known),
            f"    self.__class__ = {cls}",
            "    return self",
        ]
        exec("\n".join(lines), scope)  # noqa: S102 - names of fields alone, as `dataclass` does
    found: Callable[..., Any] = scope[name]
    return found


def _parameters(known: tuple[Field[Any], ...], *, placed: bool) -> list[str]:
    """By name where the kind says so, with defaults; by place with those that can stand there."""
    given = [f.name if f.default is MISSING else f"{f.name}=_{f.name}" for f in known]
    if placed:
        last = max([at for at, f in enumerate(known) if f.default is MISSING], default=-1)
        return [f.name if at < last else given[at] for at, f in enumerate(known)]
    return ["*", *given] if known and known[0].kw_only else given


def _write_change(kind: Any, scope: dict[str, Any]) -> None:
    lines = [
        "def changed(value, fields):",
        "    self = _new(_twin)",
        *(f"    self.{field.name} = value.{field.name}" for field in fields(kind)),
        "    for name, field in fields.items():",
        "        _set(self, name, field)",
        "    self.__class__ = value.__class__",
        "    return self",
    ]
    exec("\n".join(lines), scope)  # noqa: S102 - names of fields alone, as `dataclass` does


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    values = self._values
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(self._values(self))


def _repr(self: Any) -> str:
    parts = [f"{name}={getattr(self, name)!r}" for name in self.__slots__]
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _setattr(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _reduce(self: Any) -> tuple[Any, ...]:
    return _again, (type(self), dict(zip(self.__slots__, self._values(self), strict=True)))


def _again(kind: type[T], fields: dict[str, Any]) -> T:
    return kind(**fields)


_SHARED: dict[str, Any] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__reduce__": _reduce,
}
