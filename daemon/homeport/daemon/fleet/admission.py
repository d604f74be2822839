"""Who may ask a model now, and who waits for it: the one line before each model.

An engine at home has seats, a provider has limits. Whoever finds no seat or no
room waits, and is let in by turns: one prompt of each client, so that a client
that asks for much keeps nobody else waiting. An answer that was cut off goes on
before others begin. Prompts of one client that wait for one model are bounded.
Whoever waits is told where the model cannot answer any more.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import chain
from operator import attrgetter

from homeport.daemon.fleet.rates import Cost, Limited

_IS_UNTOUCHED = attrgetter("is_untouched")
SOON_S = 0.002
"""Shortest wait for room: clocks and timers differ by so much."""
TOLD_AT_ONCE = 8
"""Who waits is told in one turn of the event loop: each decides anew, and others wait for that."""


class Full(Exception):
    """As many prompts of the client wait for the model as may."""


class Place:
    """One prompt in line."""

    __slots__ = ("bell", "client", "cost", "is_given_up", "way")

    def __init__(self, client: str, cost: Cost) -> None:
        self.client = client
        self.cost = cost
        self.bell = asyncio.Event()
        """Rung where it was let in, or is to look whether it still wants to wait."""
        self.way: int | None = None
        """By which it was let in; None while it waits."""
        self.is_given_up = False


class Line:
    """Of one model: who is in, and who waits."""

    def __init__(self, seats: int | None, ways: Sequence[Limited]) -> None:
        self.seats = seats
        self.ways = ways
        """Its limits, by each way to it: the best is taken for each prompt."""
        self.taken = 0
        self._uses: Counter[int] = Counter()
        """Of each way."""
        self._ahead: deque[Place] = deque()
        self._waiting: dict[str, deque[Place]] = {}
        """By client; the first of them has the next turn."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_told = False
        """Whoever waits knows that the model cannot answer."""

    def __repr__(self) -> str:
        return f"Line({self.taken} of {self.seats or 'any number'} in, {self.waiting} wait)"

    @property
    def waiting(self) -> int:
        """Prompts in line."""
        return len(self._ahead) + sum(map(len, self._waiting.values()))

    @property
    def is_open(self) -> bool:
        """Nobody waits, and one of its ways has never been used: a prompt comes in at once."""
        if self._ahead or self._waiting:
            return False
        return any(map(_IS_UNTOUCHED, self.ways))

    def waiting_of(self, client: str) -> int:
        """Prompts of one client in line."""
        return len(self._waiting.get(client, ()))

    @property
    def turns_before_ahead(self) -> int:
        """Prompts that are let in before an answer that was cut off."""
        return len(self._ahead)

    def turns_before(self, client: str) -> int:
        """Prompts that are let in before another one of this client."""
        own = self.waiting_of(client)
        others = [len(q) for name, q in self._waiting.items() if name != client]
        return len(self._ahead) + own + sum([min(n, own + 1) for n in others])

    def enter(self, client: str, cost: Cost, most: int, *, ahead: bool) -> Place | int:
        """The way, where there is room at once; else a place in line. Raises `Full`."""
        if not self.waiting:
            way = self._way_in(cost)
            if way is not None:
                return way
        place, self._is_told = Place(client, cost), False
        if ahead:
            self._ahead.append(place)
        else:
            if self.waiting_of(client) >= most:
                raise Full
            self._waiting.setdefault(client, deque()).append(place)
        self.serve()
        return place

    def give_up(self, place: Place) -> None:
        """It goes elsewhere; what it was given goes to the next. Acts once."""
        if place.is_given_up:
            return
        place.is_given_up = True
        if place.way is not None:
            self.leave(place.way, place.cost)
            return
        self._forget(place)
        self.serve()

    def look(self, is_shut: bool) -> None:
        """Whoever waits is told, once, that the model cannot answer."""
        if is_shut and not self._is_told:
            self._tell([*self._ahead, *chain.from_iterable(self._waiting.values())])
        self._is_told = is_shut

    def _tell(self, places: Sequence[Place]) -> None:
        """The first of them now, and the others after."""
        for place in places[:TOLD_AT_ONCE]:
            place.bell.set()
        if len(places) > TOLD_AT_ONCE:
            asyncio.get_running_loop().call_soon(self._tell, places[TOLD_AT_ONCE:])

    def _forget(self, place: Place) -> None:
        """Nobody stands behind it any longer."""
        if place in self._ahead:
            self._ahead.remove(place)
            return
        queue = self._waiting.get(place.client)
        if queue is not None and place in queue:
            queue.remove(place)
            if not queue:
                del self._waiting[place.client]

    def leave(self, way: int | None = None, cost: Cost | None = None) -> None:
        """A seat is free; with a `cost` it was not used, nor the room for it."""
        self.taken = max(0, self.taken - 1)
        if way is not None and cost is not None and way < len(self.ways):
            self.ways[way].give(cost)
        if self._waiting or self._ahead:
            self.serve()

    def serve(self) -> None:
        """Let in whom there is a seat and room for."""
        while (place := self._next()) is not None:
            way = self._way_in(place.cost)
            if way is None:
                self._look_again(place.cost)
                return
            self._take_out(place)
            place.way = way
            place.bell.set()

    def close(self) -> None:
        """Nobody is let in by it any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _way_in(self, cost: Cost) -> int | None:
        """Take a seat and the room for it; None where one is missing."""
        if self.seats is not None and self.taken >= self.seats:
            return None
        way, wait_s = self.best_way(cost)
        if wait_s > 0:
            return None
        self.ways[way].take(cost)
        self._uses[way] += 1
        self.taken += 1
        return way

    def best_way(self, cost: Cost) -> tuple[int, float]:
        """The way with room soonest, and the seconds until then."""
        waits = [limited.wait_s(cost) for limited in self.ways]
        best = min(range(len(waits)), key=lambda way: (waits[way], self._uses[way]))
        return best, waits[best]

    def _next(self) -> Place | None:
        """Whose turn it is."""
        if self._ahead:
            return self._ahead[0]
        return next((queue[0] for queue in self._waiting.values()), None)

    def _take_out(self, place: Place) -> None:
        """It is let in; its client's next turn comes after everybody else's."""
        if self._ahead and self._ahead[0] is place:
            self._ahead.popleft()
            return
        queue = self._waiting.pop(place.client)
        queue.popleft()
        if queue:
            self._waiting[place.client] = queue

    def _look_again(self, cost: Cost) -> None:
        """Where only room is missing, time brings it; a seat is told of by who leaves it."""
        if self.seats is not None and self.taken >= self.seats:
            return
        if self._timer is not None:
            self._timer.cancel()
        _, wait_s = self.best_way(cost)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(SOON_S, wait_s), self.serve)


class Turn:
    """A prompt's place in line. Who does not want it any more has to give it up."""

    def __init__(self, line: Line, place: Place) -> None:
        self._line = line
        self._place = place

    def __repr__(self) -> str:
        return f"Turn({self._place.client!r} in {self._line!r})"

    async def come(self, within_s: float) -> int | None:
        """Wait until it is let in: gives the way. None where it is told that the model cannot
        answer, and still waits. Raises `TimeoutError`."""
        async with asyncio.timeout(within_s):
            await self._place.bell.wait()
        self._place.bell.clear()
        return self._place.way

    def give_up(self) -> None:
        """Leave the line, or the seat that it was given. Acts once."""
        self._line.give_up(self._place)


class Admission:
    """The lines, by model."""

    def __init__(self, most_waiting: Callable[[], int] = lambda: 64) -> None:
        """`most_waiting` prompts of one client may wait for one model."""
        self._most_waiting = most_waiting
        self._lines: dict[str, Line] = {}

    def __repr__(self) -> str:
        return f"Admission({sum(line.waiting for line in self._lines.values())} wait)"

    @property
    def most_waiting(self) -> int:
        """Of one client, for one model."""
        return self._most_waiting()

    def line(self, model: str) -> Line | None:
        """The line before a model; None where nobody ever has to wait for it."""
        return self._lines.get(model)

    def put(self, model: str, seats: int | None, ways: Sequence[Limited]) -> None:
        """A model has so many seats, and these limits by each way to it."""
        line = self._lines.get(model)
        if line is None:
            if seats is None and len(ways) < 2 and not any(ways):
                return
            line = self._lines[model] = Line(seats, ways)
        line.seats, line.ways = seats, ways
        if line.waiting:
            line.serve()

    def enter(self, model: str, client: str, cost: Cost, *, ahead: bool) -> Turn | int:
        """The way, or a turn to wait for. Raises `Full`."""
        line = self._lines.get(model)
        if line is None:
            return 0
        entered = line.enter(client, cost, self._most_waiting(), ahead=ahead)
        return entered if isinstance(entered, int) else Turn(line, entered)

    def look(self, is_shut: Callable[[str], bool]) -> None:
        """Whoever waits for a model that cannot answer is told."""
        for model, line in self._lines.items():
            if line.waiting:
                line.look(is_shut(model))

    def leave(self, model: str, way: int | None = None, cost: Cost | None = None) -> None:
        """An attempt ended; with a `cost`, before it was sent."""
        line = self._lines.get(model)
        if line is not None:
            line.leave(way, cost)
