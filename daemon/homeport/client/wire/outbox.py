"""Prompts that are kept until they may be sent."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

OutboxState = Literal["queued", "sending", "answered", "failed", "uncertain", "cancelled"]


class OutboxItem(msgspec.Struct, frozen=True):
    """One prompt that is kept until it can be sent, and then its answer until it is read."""

    id: str
    state: OutboxState
    """`uncertain`: it left, and whether it was answered is not known: the person decides."""
    at_ms: int
    """When it was put there."""
    since_ms: int
    """When it came into this state."""
    when: Literal["online", "off-peak"] = "online"
    path: str = ""
    """The door that it came by."""
    client: str = ""
    model: str = ""
    """As it was asked for."""
    private: bool = False
    bytes: int = 0
    """Of the prompt and its answer; 0 where they were forgotten."""
    batch: str = ""
    """Which file of prompts it is a line of."""
    custom_id: str = ""
    """What the line is called there."""
    tries: int = 0
    """How often it was tried, and had to wait on."""
    next_ms: int = 0
    """It is not tried before."""
    sentence: str = ""
    """Why it waits, failed or is uncertain."""
    decision: str = ""
    """What `homeport why` takes; empty before it was decided on."""
    answered_by: str = ""
    status: int = 0
    """Of the answer, as its door gives it; 0 where there is none."""
    cost_nano: int | None = None
    """What is booked for it; None is unknown, or nothing was sent."""
    read_ms: int | None = None
    """When the answer was read."""


class OutboxView(msgspec.Struct, frozen=True):
    """How many prompts are in the outbox."""

    queued: int = 0
    sending: int = 0
    answered: int = 0
    """Answers that were not read."""
    failed: int = 0
    uncertain: int = 0
    bytes: int = 0
    sentence: str = ""
    """Why nothing is sent at the moment; empty where nothing waits."""


class BatchLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One prompt of a file, in the shape of OpenAI's batches."""

    custom_id: str
    url: str
    """The door: `/v1/chat/completions`, or another that answers prompts."""
    body: msgspec.Raw
    method: Literal["POST"] = "POST"


class OutboxOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/outbox`: lines of a file; those that are there stay as they are."""

    batch: str
    """What the file is known by: a digest of it."""
    lines: tuple[BatchLine, ...]
    when: Literal["online", "off-peak"] = "online"
    client: str = "homeport"


class OutboxTaken(msgspec.Struct, frozen=True):
    """What became of an `OutboxOrder`."""

    added: int
    known: int
    """Lines that were there already."""
    outbox: OutboxView


class OutboxReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/outbox`, the oldest first."""

    outbox: OutboxView
    items: tuple[OutboxItem, ...]
    more: bool = False
    """There are further ones behind the last."""


class OutboxDetail(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/outbox/{id}`, the one place where texts are shown."""

    item: OutboxItem
    request: Any = None
    """The body as it came; None where it was forgotten."""
    answer: Any = None
    """As its door gives it; None where there is none."""
