"""`compare`: several models answer side by side, for the person to pick.

On our own wire each piece says which answer it belongs to. Any other wire has room for one
answer: there they come one after the other, each under its model's name, while all are made
at once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

from homeport.adapters.base import AnswerPart, Delta, Finish, StatusDelta, TextDelta
from homeport.daemon.routing.request import Branch, Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import opened, spoken
from homeport.daemon.strategies.together import Together
from homeport.policies.errors import HomeportError

OWN_WIRE = "homeport"


async def compare(request: Request, rooms: Rooms) -> AsyncGenerator[Delta, None]:
    """Every delta of every answer, then one `Finish`. Raises where no model answers."""
    sides = Sides(request, rooms)
    together = Together(sides.branches, rooms)
    page = Parts() if request.prompt.wire == OWN_WIRE else Page(sides)
    try:
        while sides.running:
            place, came = await together.next()
            if isinstance(came, HomeportError):
                sides.failed(place, came)
            elif isinstance(came, StatusDelta):
                yield came
                continue
            elif isinstance(came, Finish):
                sides.ended(place)
            for delta in page.of(place, came):
                if request.view.first_token_ms is None:
                    request.first_token()
                yield delta
    finally:
        await together.aclose()
    yield sides.finish()


class Sides:
    """The branches, in the order of the plan."""

    def __init__(self, request: Request, rooms: Rooms) -> None:
        self._request = request
        models = request.decision.plan.models
        self.branches: list[Branch] = [
            opened(request, rooms, f"answer {at + 1}", model) for at, model in enumerate(models)
        ]
        self.running = set(range(len(self.branches)))
        self.errors: dict[int, HomeportError] = {}

    def __repr__(self) -> str:
        return f"Sides({len(self.running)} of {len(self.branches)} run)"

    def failed(self, place: int, error: HomeportError) -> None:
        """There is no whole answer of it."""
        self.errors[place] = error
        self.running.discard(place)

    def ended(self, place: int) -> None:
        """Its answer is whole."""
        self.running.discard(place)

    def finish(self) -> Finish:
        """One finish for all: that of the first that is whole. Raises where none is."""
        whole = next((branch for branch in self.branches if branch.finished), None)
        if whole is None:
            error = self.errors.get(0) or self._request.refused()
            self._request.fail(error)
            raise error
        return self._request.adopt(whole)


class Parts:
    """Pieces that say which answer they belong to."""

    def of(self, place: int, came: Delta | HomeportError) -> Iterator[Delta]:
        """One delta of one answer."""
        if not isinstance(came, HomeportError | Finish):
            for said in spoken([came]):
                yield AnswerPart(place, said)


class Page:
    """One text: an answer after the other, under headings."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._kept: list[list[str]] = [[] for _ in sides.branches]
        self._turn = 0
        """Whose answer is told at the moment."""
        self._is_headed = False

    def of(self, place: int, came: Delta | HomeportError) -> Iterator[Delta]:
        """What can be told by now."""
        if isinstance(came, HomeportError):
            self._kept[place].append(f"(no answer: {came.sentence})")
        elif not isinstance(came, Finish):
            self._kept[place] += [s.text for s in spoken([came]) if isinstance(s, TextDelta)]
        while self._turn < len(self._kept):
            yield from self._told()
            if self._turn in self._sides.running:
                return
            self._turn, self._is_headed = self._turn + 1, False

    def _told(self) -> Iterator[Delta]:
        pieces, self._kept[self._turn] = self._kept[self._turn], []
        if not self._is_headed and (pieces or self._turn not in self._sides.running):
            self._is_headed = True
            gap = "\n\n" if self._turn else ""
            yield TextDelta(f"{gap}## {self._sides.branches[self._turn].ask.only[0]}\n\n", 0)
        for piece in pieces:
            yield TextDelta(piece)
