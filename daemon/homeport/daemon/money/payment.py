"""Reserves before an attempt and settles after it, whatever became of it.

What an attempt cost follows from how it ended: an answer that is whole costs
what its usage says; an attempt that its server turned away costs nothing; any
other may have been charged, so our own count is booked and marked an estimate.
"""

from __future__ import annotations

from collections.abc import Callable

from homeport.adapters.base import Usage
from homeport.daemon.money.ledger import Ledger, Reservation, Settlement
from homeport.daemon.money.price import Price
from homeport.daemon.routing.attempt import Attempt
from homeport.policies.model import Ask, BudgetWindow, Candidate, FailureKind, ModelCard

NOT_CHARGED: frozenset[FailureKind | str] = frozenset(
    {"refused", "connect_timeout", "egress", "unauthorized", "rate_limited", "rejected"}
    | {"context_overflow", "missing", "unsupported"}
)
"""Ends before any work was done for which a provider charges."""


class Payments:
    """The money side of one request."""

    def __init__(
        self,
        ledger: Ledger,
        price_of: Callable[[ModelCard], Price | None],
        ask: Ask,
        clock_ms: Callable[[], int],
    ) -> None:
        self._ledger = ledger
        self._price_of = price_of
        self._ask = ask
        self._clock_ms = clock_ms
        self._prices: dict[str, Price | None] = {}
        self._open: dict[str, Attempt] = {}
        self._booked: dict[str, tuple[int | None, bool]] = {}

    @property
    def cost_nano(self) -> int | None:
        """Of all attempts so far; None where one is unknown."""
        costs = [cost for cost, _ in self._booked.values() if cost is not None]
        return sum(costs) if len(costs) == len(self._booked) else None

    @property
    def certain(self) -> bool:
        """Whether no part of the cost is an estimate."""
        return all(certain for _, certain in self._booked.values())

    def open_attempts(self) -> tuple[Attempt, ...]:
        """Those that hold a reservation."""
        return tuple(self._open.values())

    async def reserve(
        self, attempt: Attempt, candidate: Candidate, request: str
    ) -> BudgetWindow | None:
        """Hold the worst case; gives the window that is too small for it.

        A candidate whose price is unknown never comes so far: a gate keeps it out.
        """
        if candidate.worst_cost_nano is None:
            raise ValueError(f"{candidate.card.id} has no price to reserve by")
        price = self._price_of(candidate.card)
        reservation = Reservation(
            id=attempt.id,
            request=request,
            model=candidate.card.id,
            provider=candidate.card.provider,
            place=candidate.card.place,
            worst_nano=candidate.worst_cost_nano,
            price_source=price.source if price else "",
            price_date=price.date if price else "",
            client=self._ask.client,
            session=self._ask.session,
            tags=self._ask.tags,
            at_ms=self._clock_ms(),
        )
        window = await self._ledger.reserve(reservation)
        if window is None:
            self._prices[attempt.id] = price
            self._open[attempt.id] = attempt
        return window

    def book(self, attempt: Attempt, outcome: str) -> int | None:
        """Count the attempt's cost, once; `settle` writes it down."""
        if attempt.id not in self._booked:
            usage = attempt.usage(self._ask.input_tokens)
            self._booked[attempt.id] = self._cost_of(attempt, usage, outcome)
        return self._booked[attempt.id][0]

    def _cost_of(self, attempt: Attempt, usage: Usage, outcome: str) -> tuple[int | None, bool]:
        """Nano-dollars (None is unknown), and whether that is certain."""
        price = self._prices.get(attempt.id)
        if price is None:
            return None, False
        if outcome in NOT_CHARGED and not attempt.sent_tokens:
            return 0, True
        cost = price.cost(usage)
        return cost, cost == 0 or (cost is not None and usage.certain)

    async def settle(self, attempt: Attempt, outcome: str) -> None:
        """Release the reservation and write the entry. A second call does nothing."""
        if self._open.pop(attempt.id, None) is not None:
            await self._ledger.settle(self._settlement(attempt, outcome))

    def settle_soon(self, attempt: Attempt, outcome: str, heard: Callable[[], None]) -> None:
        """`settle` of an open attempt, for a caller who does not wait; `heard` is called once."""
        del self._open[attempt.id]
        self._ledger.settle_soon(self._settlement(attempt, outcome), heard)

    def _settlement(self, attempt: Attempt, outcome: str) -> Settlement:
        cost = self.book(attempt, outcome)
        charged = outcome not in NOT_CHARGED or attempt.sent_tokens
        usage = attempt.usage(self._ask.input_tokens) if charged else Usage(input=0, output=0)
        return Settlement(
            id=attempt.id,
            usage=usage,
            cost_nano=cost,
            outcome=outcome,
            ended_ms=self._clock_ms(),
        )
