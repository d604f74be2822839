"""One decision as it is stored: the measurements that went in, and what came out.

Holds no text of a prompt, since none of its values has a place for it. Kept as
JSON, packed. A record of an older program is read as far as it goes: a field
it lacks takes its default, or the neutral value of its type.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from homeport.client.wire import RequestView
from homeport.policies.model import (
    ENGINE_VERSION,
    Ask,
    Budget,
    Candidate,
    Decision,
    Failure,
    Policy,
)
from homeport.policies.rules.rule import NOWHERE, Surroundings

T = TypeVar("T")

Replay = Literal["identical", "different", "other-version", "not-logged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionStep:
    """One deciding: everything that `next_after` was given, and what it gave back."""

    at_ms: int
    ask: Ask
    candidates: tuple[Candidate, ...]
    budget: Budget
    policy: Policy
    history: tuple[Failure, ...]
    decision: Decision
    around: Surroundings = NOWHERE
    branch: str = ""
    """Of which further answer of the request; empty for the request itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One prompt's way, as `homeport why` tells it."""

    view: RequestView
    ask: Ask
    steps: tuple[DecisionStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inside:
    """What is packed into one column."""

    ask: Ask
    steps: tuple[DecisionStep, ...]


class Unreadable(Exception):
    """A stored record cannot be made sense of."""


def packed(record: DecisionRecord) -> bytes:
    """The record without its view."""
    inside = _Inside(ask=record.ask, steps=record.steps)
    return zlib.compress(msgspec.json.encode(inside), 1)


def packed_view(view: RequestView) -> bytes:
    """The view, as plain JSON."""
    return msgspec.json.encode(view)


def unpacked(view: bytes, steps: bytes) -> DecisionRecord:
    """A record from its columns. Raises `Unreadable`."""
    try:
        inside = _read(zlib.decompress(steps), _Inside)
    except zlib.error as error:
        raise Unreadable(str(error)) from error
    return DecisionRecord(view=unpacked_view(view), ask=inside.ask, steps=inside.steps)


def unpacked_view(view: bytes) -> RequestView:
    """A view from its column. Raises `Unreadable`."""
    return _read(view, RequestView)


def _read(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        return msgspec.convert(completed(kind, msgspec.json.decode(data)), kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


def completed(kind: Any, value: Any) -> Any:
    """`value` with every field that its dataclass or struct requires and it lacks."""
    if isinstance(value, list):
        (item, *_) = get_args(kind) or (Any,)
        return [completed(item, part) for part in value]
    if isinstance(value, dict) and isinstance(kind, type):
        hints = get_type_hints(kind)
        whole = {name: neutral(hints[name]) for name in _required(kind) if name not in value}
        return whole | {n: completed(hints.get(n, Any), part) for n, part in value.items()}
    return value


def _required(kind: type) -> Iterable[str]:
    if dataclasses.is_dataclass(kind):
        missing = dataclasses.MISSING
        fields = dataclasses.fields(kind)
        return [f.name for f in fields if f.default is missing and f.default_factory is missing]
    if issubclass(kind, msgspec.Struct):
        return [field.name for field in msgspec.structs.fields(kind) if field.required]
    return []


_NEUTRAL: dict[Any, Any] = {str: "", int: 0, float: 0.0, bool: False, tuple: []}


def neutral(kind: Any) -> Any:
    """What stands for a value that was not stored: nothing where that is allowed, else empty."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return None if type(None) in get_args(kind) else neutral(get_args(kind)[0])
    if origin is Literal:
        return get_args(kind)[0]
    if isinstance(kind, type) and _required(kind):
        return completed(kind, {})
    return _NEUTRAL.get(origin or kind, {})


def replay(record: DecisionRecord) -> Replay:
    """Decide again on what was stored, and compare bit for bit."""
    from homeport.policies import decide, next_after

    if not record.steps:
        return "not-logged"
    if any(step.decision.engine_version != ENGINE_VERSION for step in record.steps):
        return "other-version"
    for step in record.steps:
        given = (step.ask, step.candidates, step.budget, step.policy)
        again = (
            next_after(*given, step.history, step.around)
            if step.history
            else decide(*given, step.around)
        )
        if msgspec.json.encode(again) != msgspec.json.encode(step.decision):
            return "different"
    return "identical"
