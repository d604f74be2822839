"""The faults that a lab server can play: each one exact, each one counted.

A fault is written `kind@token:option=value,option=value`, such as `reset@7`,
`429:retry_after=3` or `stall@2:seconds=1,times=2`. The token is the one before
which it happens; without one it happens at the fault's own place, which the
table below names.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec

Where = Literal["connection", "head", "token", "end", "usage"]


class FaultRow(NamedTuple):
    """One row of the table that `homeport lab faults` prints."""

    kind: str
    where: Where
    """Its place where no token is named."""
    does: str


FAULTS: Final = (
    FaultRow("refuse", "connection", "nobody listens: connections are refused"),
    FaultRow("close_on_connect", "connection", "a connection is taken and closed at once"),
    FaultRow("reset_on_connect", "connection", "a connection is taken and reset at once"),
    FaultRow("silence", "connection", "a connection is taken, and nothing is read or said"),
    FaultRow("slow_headers", "head", "the request is read; the head of the answer never comes"),
    FaultRow("endless_headers", "head", "a head that never ends"),
    FaultRow("no_http", "head", "bytes that are no HTTP in place of the head"),
    FaultRow("hang_up", "head", "the connection is closed in place of an answer"),
    FaultRow("web_page", "head", "200 with a web page, as a captive portal gives it"),
    FaultRow("empty", "head", "200 with an empty body"),
    FaultRow("lying_type", "head", "the right body under the content type of a web page"),
    FaultRow("lying_encoding", "head", "the right body, said to be gzip"),
    FaultRow("wrong_charset", "head", "the right body in UTF-16"),
    FaultRow("drip", "head", "the right body, one byte at a time"),
    FaultRow("reset", "head", "the connection is reset (RST)"),
    FaultRow("stall", "head", "silence on an open connection"),
    FaultRow("cut", "end", "the connection is closed (FIN) inside the body"),
    FaultRow("clean_end", "end", "the body ends properly, without the wire's own end"),
    FaultRow("garbage", "token", "random bytes in the body"),
    FaultRow("bad_json", "token", "an event that is no JSON"),
    FaultRow("deep_json", "token", "an event nested 100,000 deep (`depth`)"),
    FaultRow("long_line", "token", "a line of a gigabyte (`size`)"),
    FaultRow("error_event", "token", "an error in the wire's own shape, inside the stream"),
    FaultRow("bad_chunk", "token", "a broken chunk header of HTTP"),
    FaultRow("trailing_bytes", "end", "bytes after the wire's own end"),
    FaultRow("wrong_usage", "usage", "tokens ten times as many as there were (`factor`)"),
    FaultRow("no_usage", "usage", "the usage is left out"),
)
"""A status, such as `429` or `529`, is a fault too."""

BY_KIND: Final = {row.kind: row for row in FAULTS}
STATUSES: Final = (400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529)
AT_CONNECTION: Final = frozenset(row.kind for row in FAULTS if row.where == "connection")


class UnknownFault(ValueError):
    """A fault that the lab does not know, with the nearest that it does."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong, and when."""

    kind: str
    """Of the table, or an HTTP status as text."""
    at: int | None = None
    """The token before which it happens."""
    times: int = 0
    """Calls that meet it before it is gone; 0 is all."""
    skip: int = 0
    """Calls that are spared first."""
    every: int = 1
    """Of the calls that are left, each so-manyth meets it."""
    seconds: float | None = None
    """How long a wait or a refusal lasts; without it, for good."""
    retry_after: float | None = None
    """Seconds in the `Retry-After` of a status; without it there is none."""
    model: str = ""
    """Only calls for this model."""
    wire: str = ""
    """Only calls on this wire."""
    on: Literal["prompts", "models", "all"] = "prompts"
    """Which requests can meet it."""
    factor: float = 10.0
    depth: int = 100_000
    size: int = 1 << 30

    @property
    def status(self) -> int:
        """The HTTP status that is answered; 0 where it is no status."""
        return int(self.kind) if self.kind.isdigit() else 0

    @property
    def where(self) -> Where:
        """Where it happens."""
        if self.status:
            return "head"
        place = BY_KIND[self.kind].where
        can_move = self.kind in ("reset", "stall", "cut", "clean_end", "trailing_bytes")
        return "token" if self.at is not None and can_move else place

    def __str__(self) -> str:
        return write_fault(self)


def read_fault(text: str) -> Fault:
    """The fault that a text names; raises `UnknownFault` with a sentence."""
    head, _, tail = text.strip().partition(":")
    kind, mark, place = head.partition("@")
    fields: dict[str, Any] = {"kind": kind.strip()}
    if mark:
        fields["at"] = place
    for pair in filter(str.strip, tail.split(",")):
        name, equals, value = pair.partition("=")
        if not equals:
            raise UnknownFault(f"{pair!r} is no option: write name=value, as in times=2.")
        fields[name.strip()] = value.strip()
    return make_fault(fields)


def make_fault(fields: Any) -> Fault:
    """A fault from plain values; raises `UnknownFault` with a sentence."""
    if isinstance(fields, str):
        return read_fault(fields)
    kind = fields.get("kind") if isinstance(fields, dict) else None
    if not isinstance(kind, str):
        raise UnknownFault("A fault is a text, or an object with its `kind`.")
    _require_known(kind)
    try:
        fault = msgspec.convert(fields, Fault, strict=False)
    except msgspec.ValidationError as error:
        raise UnknownFault(_in_words(kind, fields, str(error))) from None
    if fault.at is not None and fault.at < 0:
        raise UnknownFault("A token is counted from 0.")
    if fault.every < 1:
        raise UnknownFault("`every` is counted from 1, which is each call.")
    return fault


def _require_known(kind: str) -> None:
    if kind.isascii() and kind.isdigit():
        if not 300 <= int(kind) < 600:
            raise UnknownFault(f"{kind} is no status of a failure.")
    elif kind not in BY_KIND:
        raise UnknownFault(f"There is no fault {kind!r}.{_nearest(kind, BY_KIND)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    names = tuple(known)
    if near := difflib.get_close_matches(name, names, n=1):
        return f" Did you mean {near[0]}?"
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0)[0]
    return f" The nearest is {nearest}; `homeport lab faults` lists them all."


def _in_words(kind: str, fields: dict[str, Any], error: str) -> str:
    """Which part of a fault cannot be read, in place of the reader's own words."""
    options = [name for name in Fault.__struct_fields__ if name not in ("kind", "at")]
    for name in fields:
        if name not in Fault.__struct_fields__:
            return f"{kind} has no option {name!r}.{_nearest(name, options)}"
    name = error.rpartition("`$.")[2].rstrip("`")
    if name == "at":
        return f"Behind `@` stands a token's number, as in {kind}@7, and not {fields['at']!r}."
    if name in ("model", "wire"):
        return f"`{name}` takes a name, and not {fields.get(name)!r}."
    if name == "on":
        return "`on` is prompts, models or all."
    return f"`{name}` takes a number, as in {kind}:{name}=2, and not {fields.get(name)!r}."


def write_fault(fault: Fault) -> str:
    """The text that `read_fault` reads."""
    plain = Fault(kind=fault.kind)
    options = [
        f"{name}={_plain(value)}"
        for name in Fault.__struct_fields__
        if name not in ("kind", "at") and (value := getattr(fault, name)) != getattr(plain, name)
    ]
    place = "" if fault.at is None else f"@{fault.at}"
    return f"{fault.kind}{place}" + (f":{','.join(options)}" if options else "")


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def split_model(name: str) -> tuple[str, str]:
    """`lab-fast!reset@7` as the model and its fault."""
    model, _, fault = name.partition("!")
    return model, fault


class FaultBook:
    """The faults in force, and how many calls each has met."""

    def __init__(self, faults: Iterable[Fault | str] = ()) -> None:
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self._met: list[int] = []
        self.replace(faults)

    def __repr__(self) -> str:
        return f"FaultBook({', '.join(map(str, self._faults))})"

    def replace(self, faults: Iterable[Fault | str]) -> None:
        """Put these in the place of all."""
        self._faults = [read_fault(f) if isinstance(f, str) else f for f in faults]
        self._seen = [0] * len(self._faults)
        self._met = [0] * len(self._faults)

    def add(self, fault: Fault | str) -> None:
        """Put one beside the others."""
        self._faults.append(read_fault(fault) if isinstance(fault, str) else fault)
        self._seen.append(0)
        self._met.append(0)

    def listed(self) -> Sequence[tuple[Fault, int]]:
        """Every fault with the calls that met it."""
        return list(zip(self._faults, self._met, strict=True))

    def has(self, kind: str) -> bool:
        """Whether such a fault is in force."""
        return any(fault.kind == kind for fault in self._faults)

    def at_connection(self) -> Fault | None:
        """What a fresh connection meets."""
        return self._next(lambda fault: fault.kind in AT_CONNECTION and fault.kind != "refuse")

    def for_call(self, *, wire: str, model: str, prompt: bool) -> Fault | None:
        """What this call meets: the first fault that fits it, if its turn has come."""
        group = "prompts" if prompt else "models"
        return self._next(
            lambda fault: (
                fault.kind not in AT_CONNECTION
                and fault.model in ("", model)
                and fault.wire in ("", wire)
                and fault.on in (group, "all")
            )
        )

    def _next(self, fits: Any) -> Fault | None:
        for number, fault in enumerate(self._faults):
            if not fits(fault):
                continue
            self._seen[number] += 1
            turn = self._seen[number] - fault.skip
            due = turn > 0 and turn % fault.every == 0
            if due and not (fault.times and self._met[number] >= fault.times):
                self._met[number] += 1
                return fault
        return None
