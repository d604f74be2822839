"""`race`: several models are asked at once, and the first to say something answers.

The others are stopped, and booked with what they had done by then. Where the answer is cut
off, those that lost go on with it. Who ends without a word answers only where nobody says one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType

from homeport.adapters.base import Delta, Finish, StatusDelta, TextDelta, ToolCallDelta
from homeport.daemon.routing.request import Branch, Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import lead, opened, rest_of, spoken
from homeport.daemon.strategies.together import Together
from homeport.policies.errors import HomeportError


async def race(
    request: Request, rooms: Rooms, late: Mapping[str, float] = MappingProxyType({})
) -> AsyncGenerator[Delta, None]:
    """Every delta of the winner's answer. Raises `HomeportError` where nobody answers.

    `late` has the seconds after which a model starts, where not at once.
    """
    runners = Runners(request, rooms)
    together = started(runners.branches, rooms, late)
    try:
        while runners.running:
            place, came = await together.next()
            if isinstance(came, HomeportError):
                runners.lost(place, came)
                together.hurry()
                continue
            if isinstance(came, StatusDelta):
                if place == runners.winner or runners.winner is None:
                    yield came
                continue
            if runners.winner is None and isinstance(came, Finish):
                runners.ended_silently(place)
                together.hurry()
                continue
            if runners.winner is None and begins(came):
                losers = [one for one in runners.running if one != place]
                runners.win(place)
                await together.stop(*losers, why=f"{runners.branches[place].view.model} was first")
            for delta in runners.said(place, came):
                yield delta
            if runners.is_over:
                return
    finally:
        await together.aclose()
    if runners.silent is not None:
        for delta in runners.without_a_word(runners.silent):
            yield delta
        return
    async with aclosing(rest_of(request, rooms, runners.error)) as deltas:
        async for delta in deltas:
            yield delta


def started(branches: Sequence[Branch], rooms: Rooms, late: Mapping[str, float]) -> Together:
    """All that run, each at its time; at once where who was to go first may not answer any more."""
    starts = [late.get(branch.ask.only[0], 0.0) for branch in branches]
    together = Together(branches, rooms, starts)
    if all(starts):
        together.hurry()
    return together


class Runners:
    """Who is still in the race, and what each has said."""

    def __init__(self, request: Request, rooms: Rooms) -> None:
        self._request = request
        models = request.decision.plan.models
        opened_ = [opened(request, rooms, f"runner {at + 1}", m) for at, m in enumerate(models)]
        self.branches: list[Branch] = [branch for branch in opened_ if branch.decision.order]
        self.error = opened_[0].refused()
        """Why there is no answer, should there be none."""
        self._said: list[list[Delta]] = [[] for _ in self.branches]
        self.running = set(range(len(self.branches)))
        """Places of those that go on."""
        self.winner: int | None = None
        self.silent: int | None = None
        """The first that ended without a word."""
        self.is_over = False
        """The answer is whole."""

    def __repr__(self) -> str:
        return f"Runners({len(self.running)} of {len(self.branches)} run)"

    def lost(self, place: int, error: HomeportError) -> None:
        """One has failed. Raises where it was the winner: the others could not go on."""
        self.running.discard(place)
        self.error = error
        if place == self.winner:
            self._request.fail(error)
            raise error

    def ended_silently(self, place: int) -> None:
        """One is whole, and has said nothing: the others may yet."""
        self.running.discard(place)
        self.silent = place if self.silent is None else self.silent

    def without_a_word(self, place: int) -> list[Delta]:
        """What the caller hears where nobody has said anything."""
        branch = self.branches[place]
        self._request.change(because="nobody in the race said a word")
        lead(self._request, branch)
        return [*self._said[place], self._request.adopt(branch)]

    def win(self, place: int) -> None:
        """The others are out; they may go on with its answer where it is cut off."""
        self.winner = place
        self.running = {place}
        branch = self.branches[place]
        branch.widen(*(model for model in self._request.decision.plan.models))
        self._request.change(because=f"{branch.view.model} was first to answer")
        lead(self._request, branch)

    def said(self, place: int, came: Delta) -> list[Delta]:
        """What the caller hears of it by now."""
        if place != self.winner:
            if self.winner is None:
                self._said[place].append(came)
            return []
        before, self._said[place] = self._said[place], []
        branch = self.branches[place]
        lead(self._request, branch)
        self.is_over = isinstance(came, Finish)
        return [*before, self._request.adopt(branch) if isinstance(came, Finish) else came]


def begins(came: Delta) -> bool:
    """Whether it says the first thing that is an answer: a word or a call."""
    return any(
        isinstance(said, ToolCallDelta) or (isinstance(said, TextDelta) and said.text.strip())
        for said in spoken([came])
    )
