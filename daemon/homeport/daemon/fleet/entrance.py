"""The way to each model: its lines, its limits, and by which of several keys it is asked.

What is decided on is told as values (`standing`); who may begin is decided here
alone, at the moment at which it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from homeport.adapters.base import Adapter, Usage
from homeport.daemon.fleet.admission import Admission, Line, Turn
from homeport.daemon.fleet.predictions import SEATS
from homeport.daemon.fleet.rates import NO_BOUNDS, Cost, Limited, Rates, ServerBounds, cost_of
from homeport.policies.model import Ask, Failure, FailureKind, ModelCard, Rate

Hear = Callable[[Mapping[str, str]], None]
"""Told the headers of an answer, their names in lower case."""


CLOSES_S: Mapping[FailureKind, float] = {"unauthorized": 3600.0, "rate_limited": 5.0}
"""For how long at least a key is left alone, where there are several."""
LONGEST_S = 3600.0


class Standing(NamedTuple):
    """How a prompt would come to a model."""

    rate: Rate | None
    queued: int
    """Prompts of its client that wait for the model."""
    turns_before: int
    """Prompts that would be let in before it, and wait."""


NOBODY_WAITS = Standing(None, 0, 0)


class Entrance:
    """Of all models, by id."""

    def __init__(
        self,
        bounds: Callable[[str], ServerBounds] = lambda _: NO_BOUNDS,
        most_waiting: Callable[[], int] = lambda: 64,
    ) -> None:
        """`bounds` says what the config says of a server, by its name."""
        self._rates = Rates(bounds)
        self._admission = Admission(most_waiting)
        self._ways: dict[str, tuple[Limited, ...]] = {}

    def __repr__(self) -> str:
        return f"Entrance({self._rates!r}, {self._admission!r})"

    @property
    def most_waiting(self) -> int:
        """Prompts of one client that may wait for one model."""
        return self._admission.most_waiting

    def know(self, cards: Mapping[str, ModelCard], doors: Mapping[str, Sequence[Adapter]]) -> None:
        """These are the models, with the adapters by which each can be asked."""
        for model, card in cards.items():
            ways = tuple(self._rates.of(card, way_of(adapter)) for adapter in doors[model])
            self._ways[model] = ways
            self._admission.put(model, seats_of(card), ways)

    def line(self, model: str) -> Line | None:
        """The line before a model; None where nobody ever has to wait for it."""
        return self._admission.line(model)

    def standing(self, line: Line, ask: Ask) -> Standing:
        """How a prompt would come in by a line."""
        if line.is_open:
            return NOBODY_WAITS
        cost = cost_of(ask)
        before = 0
        if line.waiting:
            cut_off = ask.answer_tokens > 0
            before = line.turns_before_ahead if cut_off else line.turns_before(ask.client)
        way, wait_s = line.best_way(cost)
        rate = line.ways[way].rate(cost, before) if wait_s or before else None
        return Standing(rate, line.waiting_of(ask.client), before)

    def enter(self, card: ModelCard, ask: Ask) -> Turn | int:
        """Take a seat and the room for a prompt: gives the way, or a turn to be waited for.

        An answer that was cut off comes first, however many wait. Raises `Full` where too
        many of its client do.
        """
        ahead = ask.answer_tokens > 0
        return self._admission.enter(card.id, ask.client, cost_of(ask), ahead=ahead)

    def look(self, is_shut: Callable[[str], bool]) -> None:
        """Whoever waits for a model that cannot answer any more is told."""
        self._admission.look(is_shut)

    def leave(self, model: str) -> None:
        """An attempt ended: its seat is free."""
        self._admission.leave(model)

    def turn_back(self, model: str, way: int, ask: Ask) -> None:
        """What was entered by a way is not begun after all."""
        self._admission.leave(model, way, cost_of(ask))

    def correct(self, model: str, way: int, ask: Ask, used: Usage) -> None:
        """An answer came whole: what it took of the limits is known."""
        ways = self._ways.get(model, ())
        if way < len(ways) and ways[way] and used.input is not None and used.output is not None:
            ways[way].correct(cost_of(ask), Cost(used.input, used.output))

    def turned_away(self, model: str, way: int, failure: Failure) -> bool:
        """A key was refused, or is at its limit: whether another key of the model may go on."""
        ways = self._ways.get(model, ())
        if len(ways) < 2 or way >= len(ways) or failure.kind not in CLOSES_S:
            return False
        asked_s = (failure.retry_after_ms or 0) / 1e3
        ways[way].close(min(LONGEST_S, max(asked_s, CLOSES_S[failure.kind])))
        return not all(one.is_closed for one in ways)

    def requests_per_minute(self, model: str) -> int | None:
        """How often it may be asked, as far as somebody has said; by all its keys together."""
        told = [way.told_per_minute for way in self._ways.get(model, ())]
        known = [count for count in told if count is not None]
        return sum(known) or None

    def hearing(self, card: ModelCard, way: int) -> Hear | None:
        """Who listens to what answers say of limits; nobody does at home."""
        ways = self._ways.get(card.id, ())
        if card.place != "cloud" or way >= len(ways):
            return None
        return partial(self._hear, card, ways[way])

    def _hear(self, card: ModelCard, limited: Limited, headers: Mapping[str, str]) -> None:
        self._rates.hear(limited, headers)
        if limited and self._admission.line(card.id) is None:
            self._admission.put(card.id, seats_of(card), self._ways[card.id])


def seats_of(card: ModelCard) -> int | None:
    """Answers that a model gives at once; None where it is left to its server."""
    return card.at_once or (None if card.place == "cloud" else SEATS.get(card.provider))


def way_of(adapter: Adapter) -> str:
    """A name for the way that an adapter is, the same under the next config."""
    return f"{adapter.provider} {getattr(adapter, 'key_number', 1)}"
