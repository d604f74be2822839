"""What the caller has of an answer, over all attempts: what the next one goes on from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from homeport.adapters.base import ToolCallDelta


@dataclass(slots=True)
class BegunCall:
    """A tool call as far as it was given."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    custom: bool = False
    """It takes free text, not JSON."""

    def add(self, delta: ToolCallDelta) -> None:
        """More of it."""
        self.id = self.id or delta.id
        self.name = self.name or delta.name
        self.arguments += delta.arguments
        self.custom = self.custom or delta.extras.get("type") == "custom"


class Given(Protocol):
    """What an attempt gave."""

    text: list[str]
    call_deltas: list[ToolCallDelta]
    reasoned: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer so far."""

    text: str = ""
    calls: tuple[BegunCall, ...] = ()
    """By their index."""
    reasoned: bool = False


class Beside(NamedTuple):
    """Tokens of what the next one reads beside the prompt."""

    bound: int
    """Never below the truth."""
    tokens: int
    """An estimate."""


NOTHING_BESIDE = Beside(0, 0)


def sent_of(attempts: Sequence[Given]) -> Sent:
    """What they gave together."""
    return Sent(
        text="".join([piece for attempt in attempts for piece in attempt.text]),
        calls=calls_of([delta for attempt in attempts for delta in attempt.call_deltas]),
        reasoned=any(attempt.reasoned for attempt in attempts),
    )


def calls_of(deltas: Iterable[ToolCallDelta]) -> tuple[BegunCall, ...]:
    """The calls that these tell, by their index."""
    calls: dict[int, BegunCall] = {}
    for delta in deltas:
        calls.setdefault(delta.index, BegunCall(delta.index)).add(delta)
    return tuple([calls[index] for index in sorted(calls)])
