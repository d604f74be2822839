"""One decision as it is stored: the measurements that went in, and what came out.

Holds no text of a prompt, since none of its values has a place for it. Kept as
JSON, a long one packed; for what many records share (model cards, policies, rulings,
plans) digests stand (`decision_parts`), and an ask that is the record's own is left
out. A record of an older program is read as far as it goes: a field it lacks takes
its default, or the neutral value of its type.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from homeport.client.wire import RequestView
from homeport.policies.kept_answer import KeptAnswer
from homeport.policies.model import (
    ENGINE_VERSION,
    Ask,
    Budget,
    Candidate,
    Decision,
    Failure,
    Policy,
)
from homeport.policies.quick import quick
from homeport.policies.rules.rule import NOWHERE, Surroundings

T = TypeVar("T")

Replay = Literal["identical", "different", "other-version", "not-logged"]


@quick(frozen=True, slots=True, kw_only=True)
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
    kept: KeptAnswer | None = None
    """The kept answer that was looked at with it; None where there was none."""
    kept_out: str = ""
    """Why that was not given; empty where it was."""


@quick(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One prompt's way, as `homeport why` tells it."""

    view: RequestView
    ask: Ask
    steps: tuple[DecisionStep, ...]


@quick(frozen=True, slots=True, kw_only=True)
class _Inside:
    """What is packed into one column."""

    ask: Ask
    steps: tuple[DecisionStep, ...]


PLAIN_BYTES = 4096
"""A longer record is compressed: that takes longer than all else that is done to a short one."""

DigestOf = Callable[[object], str]

Twin = Callable[..., Any]


def _twin(kind: type, *parts: str) -> tuple[Callable[[Any], tuple[Any, ...]], Twin]:
    """What takes a dataclass apart, and what is written in its place: `parts` stand last, for
    they are written otherwise than they are."""
    names = [field.name for field in dataclasses.fields(kind) if field.name not in parts]
    fields: list[tuple[str, type, Any]] = [(name, Any, None) for name in (*names, *parts)]
    twin = msgspec.defstruct(kind.__name__, fields, gc=False)
    return attrgetter(*names), twin


_OF_STEP, _Step = _twin(DecisionStep, "candidates", "policy", "decision", "ask")
_OF_CANDIDATE, _Candidate = _twin(Candidate, "card")
_OF_DECISION, _Decision = _twin(Decision, "ruling", "plan")


class Unreadable(Exception):
    """A stored record cannot be made sense of."""


def packed(record: DecisionRecord, digest_of: DigestOf) -> bytes:
    """The record without its view, and with digests for what many records share."""
    steps = [_written(step, record, digest_of) for step in record.steps]
    data = msgspec.json.encode({"ask": record.ask, "steps": steps})
    return zlib.compress(data, 1) if len(data) > PLAIN_BYTES else data


def _written(step: DecisionStep, record: DecisionRecord, digest_of: DigestOf) -> Any:
    decision = step.decision
    ruling, plan = digest_of(decision.ruling), digest_of(decision.plan)
    candidates = [_Candidate(*_OF_CANDIDATE(one), digest_of(one.card)) for one in step.candidates]
    return _Step(
        *_OF_STEP(step),
        candidates,
        digest_of(step.policy),
        _Decision(*_OF_DECISION(decision), ruling, plan),
        msgspec.UNSET if step.ask is record.ask else step.ask,
    )


def packed_view(view: RequestView) -> bytes:
    """The view, as plain JSON."""
    return msgspec.json.encode(view)


def digests_in(steps: bytes) -> set[str]:
    """The digests that a packed record holds; none where it cannot be read."""
    try:
        return {holder[name] for holder, name in _referring(_opened(steps))}
    except Unreadable:
        return set()


def unpacked(view: bytes, steps: bytes, parts: Mapping[str, Any]) -> DecisionRecord:
    """A record from its columns, and the parts that its digests stand for. Raises `Unreadable`.

    Older programs wrote those parts into each record.
    """
    value = _opened(steps)
    for holder, name in _referring(value):
        if holder[name] not in parts:
            raise Unreadable(f"its {name} is not there")
        holder[name] = parts[holder[name]]
    for step in _tables(value, "steps"):
        step.setdefault("ask", value.get("ask", {}))
    inside = _converted(value, _Inside)
    return DecisionRecord(view=unpacked_view(view), ask=inside.ask, steps=inside.steps)


def unpacked_view(view: bytes) -> RequestView:
    """A view from its column. Raises `Unreadable`."""
    return _converted(_decoded(view), RequestView)


def _opened(steps: bytes) -> Any:
    try:
        return _decoded(steps if steps.startswith(b"{") else zlib.decompress(steps))
    except zlib.error as error:
        raise Unreadable(str(error)) from error


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def _converted(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        pass
    try:
        return msgspec.convert(completed(kind, value), kind)
    except msgspec.MsgspecError as error:
        raise Unreadable(str(error)) from error


def _referring(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Every place where a digest stands: what holds it, and under which name."""
    for step in _tables(value, "steps"):
        for candidate in _tables(step, "candidates"):
            if isinstance(candidate.get("card"), str):
                yield candidate, "card"
        if isinstance(step.get("policy"), str):
            yield step, "policy"
        decision = step.get("decision")
        if isinstance(decision, dict):
            for name in ("ruling", "plan"):
                if isinstance(decision.get(name), str):
                    yield decision, name


def _tables(value: Any, name: str) -> list[dict[str, Any]]:
    """What should be a list of tables, as far as it is one."""
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


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


def _kept_out(step: DecisionStep, kept: KeptAnswer) -> str:
    """Judged again."""
    from homeport.policies.kept_answer import objection

    values = (step.ask, step.candidates, step.budget, step.policy)
    found = objection(kept, *values, step.decision)
    return found.sentence if found is not None else ""


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
        if step.kept is not None and _kept_out(step, step.kept) != step.kept_out:
            return "different"
    return "identical"
