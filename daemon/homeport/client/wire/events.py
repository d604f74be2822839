"""A stream of events: a snapshot, then what changed, numbered."""

from __future__ import annotations

import msgspec

from homeport.client.wire.budget import AlertView, BudgetQuestion, SpendView
from homeport.client.wire.machine import Address, KeyView, LinkView, MachineView
from homeport.client.wire.models import ModelView
from homeport.client.wire.outbox import OutboxItem, OutboxView
from homeport.client.wire.requests import RequestView


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """All a watcher needs; the first line of every stream of events."""

    n: int
    at_ms: int
    version: str
    api_version: int
    pid: int
    started_at_ms: int
    address: Address
    mode: str
    draining: bool
    link: LinkView
    machine: MachineView
    models: tuple[ModelView, ...]
    keys: tuple[KeyView, ...]
    spend: SpendView
    requests: tuple[RequestView, ...]
    """Newest last, at most 200."""
    config_error: str = ""
    """Why the config on disk is not in force; empty where it is."""
    outbox: OutboxView = OutboxView()
    questions: tuple[BudgetQuestion, ...] = ()
    """Prompts that wait at a limit."""


class Decided(msgspec.Struct, frozen=True, tag="decided"):
    """A prompt was decided on (again, after a failure)."""

    n: int
    at_ms: int
    request: RequestView


class Attempted(msgspec.Struct, frozen=True, tag="attempt"):
    """An attempt started, gave its first token, or ended."""

    n: int
    at_ms: int
    request: RequestView


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    """A request ended and was paid for."""

    n: int
    at_ms: int
    request: RequestView
    spend: SpendView


class Judged(msgspec.Struct, frozen=True, tag="judged"):
    """The person said what an answer was worth; the request may have left the feed."""

    n: int
    at_ms: int
    request: RequestView


class FleetChanged(msgspec.Struct, frozen=True, tag="fleet"):
    """The models changed."""

    n: int
    at_ms: int
    models: tuple[ModelView, ...]
    keys: tuple[KeyView, ...] = ()


class LinkChanged(msgspec.Struct, frozen=True, tag="link"):
    """Connectivity changed."""

    n: int
    at_ms: int
    link: LinkView


class MachineChanged(msgspec.Struct, frozen=True, tag="machine"):
    """The machine was measured again."""

    n: int
    at_ms: int
    machine: MachineView


class BudgetChanged(msgspec.Struct, frozen=True, tag="budget"):
    """A limit was changed or a window rolled over."""

    n: int
    at_ms: int
    spend: SpendView


class Alerted(msgspec.Struct, frozen=True, tag="alert"):
    """A limit is half spent, nearly spent or spent; or an hour costs more than hours do."""

    n: int
    at_ms: int
    alert: AlertView


class BudgetAsked(msgspec.Struct, frozen=True, tag="asked"):
    """A prompt waits at a limit, or waits no longer: its `state` says which."""

    n: int
    at_ms: int
    question: BudgetQuestion


class ConfigChanged(msgspec.Struct, frozen=True, tag="config"):
    """A new generation of the config is in force, or one was refused."""

    n: int
    at_ms: int
    mode: str
    error: str = ""
    """Why the file on disk is not in force; empty where it is."""


class OutboxChanged(msgspec.Struct, frozen=True, tag="outbox"):
    """A prompt came into the outbox, was answered, failed, became uncertain, or left it."""

    n: int
    at_ms: int
    outbox: OutboxView
    item: OutboxItem | None = None
    """As it stands; None where several changed."""


class Stopping(msgspec.Struct, frozen=True, tag="stopping"):
    """The daemon drains; nothing follows."""

    n: int
    at_ms: int


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat"):
    """The stream is alive; does not use up a number (`n` is the last one used)."""

    n: int
    at_ms: int


Event = (
    Decided
    | Attempted
    | Settled
    | Judged
    | FleetChanged
    | LinkChanged
    | MachineChanged
    | BudgetChanged
    | Alerted
    | BudgetAsked
    | ConfigChanged
    | OutboxChanged
    | Stopping
    | Heartbeat
)
