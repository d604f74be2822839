"""The breakers of every model, and of every server away from this program.

A server that refuses connections, that cannot be connected to, or that takes a
prompt and never answers at all, does so for each of its models: one of them
finds that out for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from homeport.daemon.fleet.breaker import Breaker
from homeport.policies.model import Failure, FailureKind, ModelCard

OF_THE_SERVER: frozenset[FailureKind] = frozenset({"refused", "connect_timeout"})
SILENT: FailureKind = "first_token_timeout"


class Breakers:
    """By the id of a model and the address of its server."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._models: dict[str, Breaker] = {}
        self._servers: dict[str, Breaker] = {}

    def __repr__(self) -> str:
        every = (*self._models.values(), *self._servers.values())
        return f"Breakers({sum(breaker.state != 'closed' for breaker in every)} not closed)"

    def of(self, card: ModelCard) -> Breaker | None:
        """The one that keeps away from the model the longest; None where nothing happened."""
        own = self._models.get(card.id)
        if not self._servers or not card.host:
            return own
        servers = self._servers.get(_server_of(card))
        if own is None or servers is None:
            return own or servers
        return servers if servers.opens_in_ms > own.opens_in_ms else own

    def begin(self, model: str, card: ModelCard | None) -> None:
        """An attempt starts."""
        for breaker in self._both(model, card):
            breaker.begin()

    def release(self, model: str, card: ModelCard | None) -> None:
        """The attempt ended; where it said nothing, that counts for nothing."""
        for breaker in self._both(model, card):
            breaker.release()

    def succeed(self, model: str, card: ModelCard | None) -> None:
        """The attempt was answered whole."""
        for breaker in self._both(model, card):
            breaker.succeed()

    def forgive(self, cards: Iterable[ModelCard]) -> None:
        """The link was lost: that these could not be connected to says nothing of them."""
        for card in cards:
            for breaker in self._both(card.id, card):
                if breaker.kind in OF_THE_SERVER:
                    breaker.succeed()

    def fail(self, failure: Failure, card: ModelCard | None, *, was_heard: bool) -> Breaker:
        """The attempt failed; `was_heard` says that its server said anything at all.

        Gives the breaker of the model.
        """
        own = self._models.setdefault(failure.model, Breaker(self._clock_ms))
        own.fail(failure)
        if card is not None and card.host:
            silent = failure.kind == SILENT and not was_heard and card.place != "local"
            name = _server_of(card)
            if failure.kind in OF_THE_SERVER or silent:
                self._servers.setdefault(name, Breaker(self._clock_ms)).fail(failure)
            elif name in self._servers:
                self._servers[name].release()
        return own

    def _both(self, model: str, card: ModelCard | None) -> list[Breaker]:
        own = self._models.get(model)
        if not self._servers or card is None:
            return [] if own is None else [own]
        servers = self._servers.get(_server_of(card))
        return [one for one in (own, servers) if one is not None]


def _server_of(card: ModelCard) -> str:
    return f"{card.provider} {card.host}"
