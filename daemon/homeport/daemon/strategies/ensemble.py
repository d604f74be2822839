"""`ensemble`: several answers at once, of which one is given.

The rest is stopped as soon as it cannot change which one that is.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from homeport.adapters.base import Delta, Finish, StatusDelta
from homeport.daemon.routing.request import Branch, Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import Held, given, opened, rest_of
from homeport.daemon.strategies.checking import heated
from homeport.daemon.strategies.electing import Election
from homeport.daemon.strategies.together import Heard, Together
from homeport.policies.errors import HomeportError


async def ensemble(request: Request, rooms: Rooms) -> AsyncGenerator[Delta, None]:
    """Every delta of the answer that is given. Raises `HomeportError` where there is none."""
    members = Members(request, rooms)
    together = Together(members.branches, rooms)
    try:
        yield StatusDelta("prefill", members.saying)
        while members.running:
            if not members.take(await together.next()):
                continue
            yield StatusDelta("prefill", members.saying)
            if members.election.is_settled:
                break
        await together.stop(*members.running)
    finally:
        await together.aclose()
    election = members.election
    deltas = given(request, await election.best()) if election.answers else members.anybody_else()
    async with aclosing(deltas):
        async for delta in deltas:
            yield delta


class Members:
    """The answers as far as they have come."""

    def __init__(self, request: Request, rooms: Rooms) -> None:
        self._request = request
        self._rooms = rooms
        self._plan = request.decision.plan
        self._error: HomeportError | None = None
        self.branches = self._opened()
        self._answers = [Held(branch) for branch in self.branches]
        self.running = set(range(len(self.branches)))
        """Places of those that go on."""

    def __repr__(self) -> str:
        return f"Members({len(self.election.answers)} of {len(self._plan.models)} whole)"

    def _opened(self) -> list[Branch]:
        """One for each member that may answer (still); a model that is asked again, warmly."""
        branches: list[Branch] = []
        for number, model in enumerate(self._plan.models):
            again = model in self._plan.models[:number]
            prompt = heated(self._request.prompt) if again else None
            name = f"answer {number + 1}"
            branch = opened(self._request, self._rooms, name, model, prompt=prompt)
            if branch.decision.order:
                branches.append(branch)
            else:
                self._error = self._error or branch.refused()
        return branches

    @property
    def election(self) -> Election:
        """Among the answers that are there."""
        answers = [answer for answer in self._answers if answer.is_whole]
        missing = [self._answers[place] for place in sorted(self.running)]
        return Election(self._request, self._rooms, answers, missing)

    @property
    def saying(self) -> str:
        """What the caller is told meanwhile."""
        return f"{len(self.election.answers)} of {len(self.branches)} answers are there."

    def take(self, heard: Heard) -> bool:
        """One more delta of one of them; whether it has ended."""
        place, came = heard
        if isinstance(came, HomeportError):
            self._error = self._error or came
        else:
            self._answers[place].take(came)
        ended = isinstance(came, HomeportError | Finish)
        if ended:
            self.running.discard(place)
        return ended

    async def anybody_else(self) -> AsyncGenerator[Delta, None]:
        """Where no member answered, the rest of the order does, one after the other."""
        error = self._error or self._request.refused()
        async with aclosing(rest_of(self._request, self._rooms, error)) as deltas:
            async for delta in deltas:
                yield delta
