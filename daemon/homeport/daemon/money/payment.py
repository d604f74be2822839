"""Reserves before an attempt and settles after it, whatever became of it.

What an attempt cost follows from how it ended: an answer that is whole costs
what its provider says it charged, and else what its usage says; an attempt that
its server turned away costs nothing; any other may have been charged, so our own
count is booked and marked an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Literal

import msgspec

from homeport.adapters.base import Finish, Usage
from homeport.daemon.money.electricity import Electricity, Used
from homeport.daemon.money.entries import ByTerms
from homeport.daemon.money.ledger import Ledger, Reservation, Settlement
from homeport.daemon.money.meter import Meter
from homeport.daemon.money.price import Price, PriceOf
from homeport.daemon.routing.attempt import Attempt
from homeport.policies.model import Ask, BudgetWindow, Candidate, FailureKind

NOT_CHARGED: frozenset[FailureKind | str] = frozenset(
    {"refused", "connect_timeout", "egress", "unauthorized", "rate_limited", "rejected"}
    | {"context_overflow", "missing", "unsupported"}
)
"""Ends before any work was done for which a provider charges."""


class Booking(msgspec.Struct, frozen=True, gc=False):
    """What one attempt is booked at."""

    cost_nano: int | None
    """None is unknown."""
    certain: bool
    listed_nano: int | None = None
    """What the price table makes of its usage."""


class Payments:
    """The money side of one request."""

    def __init__(
        self,
        ledger: Ledger,
        price_of: PriceOf,
        ask: Ask,
        clock_ms: Callable[[], int],
        policy: str = "",
        electricity: Electricity | None = None,
    ) -> None:
        """`policy` is the name of the one that the prompt is decided under."""
        self._electricity = electricity
        self._energy: dict[str, float] = {}
        """Of attempts at home that run, where their energy is counted."""
        self._used: dict[str, Used] = {}
        self._policy = policy
        self._ledger = ledger
        self._price_of = price_of
        self._ask = ask
        self._clock_ms = clock_ms
        self._prices: dict[str, Price | None] = {}
        self._by_terms: dict[str, ByTerms] = {}
        """Of attempts whose terms have made their price another one."""
        self._open: dict[str, Attempt] = {}
        self._booked: dict[str, Booking] = {}
        self._worst: dict[str, int] = {}
        """What each attempt holds, from before its reservation is asked for."""
        self._ended: list[tuple[Attempt, str, int]] = []
        """Attempts that are settled later: how each ended, and when."""
        self._landing = 0
        """Settled attempts for which the disk has not answered."""
        self._heard: list[Callable[[], None]] = []

    @property
    def cost_nano(self) -> int | None:
        """Of all attempts so far; None where one is unknown."""
        self._catch_up()
        return _summed(self._booked.values())[0]

    @property
    def certain(self) -> bool:
        """Whether no part of the cost is an estimate."""
        self._catch_up()
        return _summed(self._booked.values())[1]

    def paid_for(self, attempts: Iterable[Attempt]) -> tuple[int | None, bool]:
        """What these cost, None where one is unknown; and whether no part is an estimate."""
        self._catch_up()
        return _summed([self._booked[one.id] for one in attempts if one.id in self._booked])

    @property
    def committed_nano(self) -> int:
        """What all attempts have cost, and may yet: the worst case where that is not known."""
        self._catch_up()
        return sum([self._committed(attempt) for attempt in self._worst])

    def _committed(self, attempt: str) -> int:
        booked = self._booked.get(attempt)
        cost = None if booked is None else booked.cost_nano
        return self._worst[attempt] if cost is None else cost

    @property
    def left_nano(self) -> int | None:
        """What further attempts may cost together; None where the caller set no limit."""
        most = self._ask.max_cost_nano
        return None if most is None else max(0, most - self.committed_nano)

    def price_held(self, attempt: Attempt) -> Price | None:
        """That its reservation was made by; None is unknown."""
        return self._prices.get(attempt.id)

    def open_attempts(self) -> tuple[Attempt, ...]:
        """Those that hold a reservation."""
        return tuple(self._open.values())

    async def reserve(
        self, attempt: Attempt, candidate: Candidate, request: str
    ) -> BudgetWindow | Literal["max_cost"] | None:
        """Hold the worst case; gives the limit that is too small for it.

        A candidate whose price is unknown never comes so far: a gate keeps it out.
        """
        worst, left = candidate.worst_cost_nano, self.left_nano
        if worst is None:
            raise ValueError(f"{candidate.card.id} has no price to reserve by")
        if left is not None and worst > left:
            return "max_cost"
        self._worst[attempt.id] = worst
        window = None
        try:
            window = await self._reserved(attempt, candidate, request, worst)
        finally:
            if attempt.id not in self._open:
                del self._worst[attempt.id]
        return window

    async def _reserved(
        self, attempt: Attempt, candidate: Candidate, request: str, worst: int
    ) -> BudgetWindow | None:
        price = self._price_of(candidate.card)
        reservation = Reservation(
            id=attempt.id,
            request=request,
            model=candidate.card.id,
            provider=candidate.card.provider,
            place=candidate.card.place,
            worst_nano=worst,
            price_source=(price.noted or price.source) if price else "",
            price_date=price.date if price else "",
            client=self._ask.client,
            session=self._ask.session,
            tags=self._ask.tags,
            task=self._ask.task,
            policy=self._policy,
            at_ms=self._clock_ms(),
        )
        window = await self._ledger.reserve(reservation)
        if window is None:
            self._prices[attempt.id] = price
            self._open[attempt.id] = attempt
            attempt.meter = self._meter(price, worst, attempt.input_tokens)
            if self._electricity is not None and candidate.card.place == "local":
                mark = self._electricity.begin()
                if mark is not None:
                    self._energy[attempt.id] = mark
        return window

    def _meter(self, price: Price | None, worst: int, input_tokens: int) -> Meter | None:
        """For what costs money by its output. The reservation bounds the input from above, so
        that a short prompt leaves more of it to the answer."""
        if not worst or price is None:
            return None
        most = price.affordable(worst, input_tokens, kept=self._ask.caches)
        return None if most is None else Meter(most, price, worst)

    def book(self, attempt: Attempt, outcome: str) -> int | None:
        """Count the attempt's cost, once; `settle` writes it down."""
        if attempt.id not in self._booked:
            usage = attempt.usage(attempt.input_tokens)
            booked = self._booking(attempt, usage, outcome)
            self._booked[attempt.id] = booked
            attempt.view = msgspec.structs.replace(
                attempt.view, cost_nano=booked.cost_nano, listed_nano=booked.listed_nano
            )
            if usage.searches or self._by_terms:
                self._show_charges(attempt, usage)
            if self._energy:
                self._book_energy(attempt)
        return self._booked[attempt.id].cost_nano

    def _show_charges(self, attempt: Attempt, usage: Usage) -> None:
        """What else than tokens its cost is made of."""
        charged = self._by_terms.get(attempt.id)
        attempt.view = msgspec.structs.replace(
            attempt.view, searches=usage.searches, terms=charged.terms if charged else ()
        )

    def _book_energy(self, attempt: Attempt) -> None:
        mark = self._energy.pop(attempt.id, None)
        if mark is None or self._electricity is None:
            return
        used = self._used[attempt.id] = self._electricity.end(mark)
        attempt.view = msgspec.structs.replace(
            attempt.view,
            energy_mj=used.millijoules,
            energy_nano=used.nano,
            energy_certain=used.certain,
        )

    def _booking(self, attempt: Attempt, usage: Usage, outcome: str) -> Booking:
        """What is booked.

        1. nothing, where the server turned the attempt away
        2. what the provider says it charged
        3. what the price table makes of the usage
        """
        price = self._price_at_the_end(attempt, usage)
        if price is None:
            return Booking(None, certain=False)
        if not _is_charged(attempt, outcome):
            return Booking(0, certain=True)
        listed = price.cost(usage)
        if usage.cost_nano is not None and not price.free:
            return Booking(usage.cost_nano, certain=True, listed_nano=listed)
        certain = listed == 0 or (listed is not None and usage.certain)
        if outcome == "budget" and listed is not None:
            # Cut off where our own count said that it was used up: no more is known.
            listed = min(listed, self._worst[attempt.id])
        return Booking(listed, certain=certain, listed_nano=listed)

    def _price_at_the_end(self, attempt: Attempt, usage: Usage) -> Price | None:
        """The price at the terms that were granted, or else those that were asked for."""
        price = self._prices.get(attempt.id)
        said = dict(self._ask.terms) | terms_granted(attempt.finish, usage)
        if price is None or price.free or not said:
            return price
        granted = self._price_of(attempt.card, said)
        if granted is None or granted.rates == price.rates:
            return price
        terms = tuple(sorted(said.items()))
        self._by_terms[attempt.id] = ByTerms(terms, granted.source, granted.date)
        return granted

    async def settle(self, attempt: Attempt, outcome: str) -> None:
        """Release the reservation and write the entry. A second call does nothing."""
        if self._open.pop(attempt.id, None) is not None:
            settlement = self._settlement(attempt, outcome, self._clock_ms())
            await self._ledger.settle(settlement)

    def settle_later(
        self, attempt: Attempt, outcome: str, later: Callable[[Callable[[], None]], None]
    ) -> None:
        """`settle`, for a caller who goes on: in what `later` takes for a better moment, or
        when these books are next asked for."""
        if self._open.pop(attempt.id, None) is None:
            return
        if self._energy:
            self.book(attempt, outcome)  # its energy is counted up to this moment
        self._ended.append((attempt, outcome, self._clock_ms()))
        later(self._catch_up)

    def _catch_up(self) -> None:
        """Settle what was put off."""
        while self._ended:
            settlement = self._settlement(*self._ended.pop(0))
            self._ledger.settle_with_others(settlement, self._landed)
            self._landing += 1

    def _landed(self) -> None:
        self._landing -= 1
        if not self._landing:
            heard, self._heard = self._heard, []
            for tell in heard:
                tell()

    def when_written(self, heard: Callable[[], None]) -> None:
        """Call it once the disk has answered for all that is settled; now, where it has."""
        self._catch_up()
        if self._landing:
            self._heard.append(heard)
        else:
            heard()

    @property
    def is_writing(self) -> bool:
        """Something is settled, and the disk has not answered for it."""
        self._catch_up()
        return self._landing > 0

    def holds_money(self, attempt: Attempt) -> bool:
        """Whether anything was set aside for it."""
        return self._worst.get(attempt.id, 0) > 0

    def settle_soon(self, attempt: Attempt, outcome: str, heard: Callable[[], None]) -> None:
        """`settle` of an open attempt, for a caller who does not wait; `heard` is called once."""
        del self._open[attempt.id]
        settlement = self._settlement(attempt, outcome, self._clock_ms())
        self._ledger.settle_soon(settlement, heard)

    def _settlement(self, attempt: Attempt, outcome: str, ended_ms: int) -> Settlement:
        cost = self.book(attempt, outcome)
        is_charged = _is_charged(attempt, outcome)
        usage = attempt.usage(attempt.input_tokens) if is_charged else Usage(input=0, output=0)
        booked, used = self._booked[attempt.id], self._used.get(attempt.id)
        return Settlement(
            id=attempt.id,
            usage=usage,
            cost_nano=cost,
            outcome=outcome,
            ended_ms=ended_ms,
            listed_nano=booked.listed_nano,
            charged_nano=usage.cost_nano,
            certain=booked.certain,
            by_terms=self._by_terms.get(attempt.id) if self._by_terms else None,
            energy_mj=used.millijoules if used else None,
            energy_nano=used.nano if used else None,
            energy_certain=used.certain if used else None,
        )


def _is_charged(attempt: Attempt, outcome: str) -> bool:
    """Whether its provider may charge for it.

    Nobody charges where a server's error status stands in the place of an answer: Google
    says so, and OpenRouter that there is such a status only where no model began.
    """
    return bool(attempt.sent_tokens) or not (outcome in NOT_CHARGED or attempt.turned_away)


def _summed(bookings: Collection[Booking]) -> tuple[int | None, bool]:
    known = [booked.cost_nano for booked in bookings if booked.cost_nano is not None]
    certain = False not in [booked.certain for booked in bookings]
    return (sum(known) if len(known) == len(bookings) else None), certain


TERMS = ("service_tier", "speed")
"""What a provider may be asked for, and grant, that changes its price."""


def terms_granted(finish: Finish | None, usage: Usage) -> dict[str, str]:
    """The terms that the answer says it was given at, by the names of the price table."""
    of_finish = finish.extras if finish is not None else {}
    if not (usage.extras or of_finish):
        return {}
    said = {**usage.extras, **of_finish}
    if "serviceTier" in said:
        said.setdefault("service_tier", said["serviceTier"])
    return {name: said[name] for name in TERMS if isinstance(said.get(name), str)}
