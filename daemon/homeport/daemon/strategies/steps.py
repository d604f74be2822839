"""`fallback` and `verify`: one answer after the other is looked at, until one is good.

What is looked at is kept until then; the last step takes everything and streams as it
comes. Where the last one cannot answer, the best that was kept is given: nothing is lost.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from homeport.adapters.base import Delta, Finish, Prompt, StatusDelta
from homeport.analysis.checks.agreement import agree
from homeport.daemon.routing.request import Branch, Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import given, held, live, opened
from homeport.daemon.strategies.checking import Checking, says_something, told
from homeport.daemon.strategies.lessons import note
from homeport.policies.errors import HomeportError
from homeport.policies.looking import COMPARED

NO_ANSWER = ("refusal", "truncation", "schema")
"""Checks without which an answer is of no use."""


async def in_steps(request: Request, rooms: Rooms) -> AsyncGenerator[Delta, None]:
    """Every delta of the answer. Raises `HomeportError` where no step gives one."""
    steps = Steps(request, rooms)
    for at in range(len(request.decision.plan.models)):
        branch = steps.open(at)
        if branch is None:
            continue
        yield StatusDelta("prefill", steps.saying(at))
        if steps.is_looked_at(at):
            if await steps.stands(at, branch):
                break
            continue
        async with aclosing(steps.last(branch)) as deltas:
            async for delta in deltas:
                yield delta
        if steps.is_over:
            return
    async with aclosing(steps.best()) as deltas:
        async for delta in deltas:
            yield delta


class Steps:
    """What became of the steps so far."""

    def __init__(self, request: Request, rooms: Rooms) -> None:
        self._request = request
        self._rooms = rooms
        self._plan = request.decision.plan
        self._kept: list[Checking] = []
        """Answers that did not stand, or the one that did."""
        self._error: HomeportError | None = None
        self.is_over = False
        """The answer was given."""

    def __repr__(self) -> str:
        return f"Steps({len(self._kept)} of {len(self._plan.models)} kept)"

    def is_last(self, at: int) -> bool:
        """It takes everything."""
        return at == len(self._plan.models) - 1

    def is_looked_at(self, at: int) -> bool:
        """Its answer is kept and checked, the only one's too where checks were asked for."""
        return not self.is_last(at) or (at == 0 and bool(self._plan.checks))

    def open(self, at: int) -> Branch | None:
        """A branch of the step's model; None where it may not answer (any more)."""
        model = self._plan.models[at]
        prompt = self._prompt_for(model) if self.is_looked_at(at) else None
        name = f"step {at + 1}"
        branch = opened(self._request, self._rooms, name, model, prompt=prompt)
        if branch.decision.order:
            return branch
        self._error = self._error or branch.refused()
        return None

    def _prompt_for(self, model: str) -> Prompt | None:
        """With the probabilities of tokens, from a model at home that can tell them."""
        card = next(c.card for c in self._request.steps[-1].candidates if c.card.id == model)
        tells = card.place == "local" and "logprobs" in card.capabilities
        return told(self._request.prompt) if tells else None

    def saying(self, at: int) -> str:
        """What the caller is told meanwhile."""
        model = self._plan.models[at]
        if self.is_looked_at(at):
            return f"{model} answers first; its answer is looked at before it is given."
        return f"{model} takes over." if at else f"{model} answers."

    async def stands(self, at: int, branch: Branch) -> bool:
        """Have the step answer, and look at the answer."""
        answer = await held(branch, self._rooms)
        if answer.error is not None:
            self._error = answer.error
            return False
        checking = Checking(self._request, self._rooms, answer, self._plan.thresholds[at])
        self._kept.append(checking)
        return await checking.stands()

    async def last(self, branch: Branch) -> AsyncGenerator[Delta, None]:
        """The last step as it comes; where it is cut off, those before it go on."""
        others = self._plan.models[-2::-1]
        if self._kept:
            failed = self._kept[-1]
            because = f"{failed.answer.model} failed a check ({failed.failed}): sent on"
            self._request.change(because=because)
        try:
            async with aclosing(live(self._request, branch, self._rooms, *others)) as deltas:
                async for delta in deltas:
                    self.is_over = isinstance(delta, Finish)
                    if self.is_over:
                        self._learn_from(branch)
                    yield delta
        except HomeportError as error:
            if branch.sent_tokens:
                self._request.fail(error)
                raise
            self._error = error

    def _learn_from(self, branch: Branch) -> None:
        """What a better model says tells whether those before it were right: its own whole answer,
        and none that those before it have ended."""
        ask, text, last = self._request.ask, branch.answer_text, branch.answered
        finish = None if last is None else last.finish
        tried = {one.card.id for one in branch.attempts if one.sent_tokens}
        own = tried == {self._plan.models[-1]}
        if not own or finish is None or not says_something(text, finish.reason):
            return
        for answer in [kept.answer for kept in self._kept] if ask.checkable in COMPARED else ():
            same = agree(answer.text, text, ask.checkable, language=ask.language)
            if same is not None:
                note(self._request, self._rooms, answer, "judge", good=float(same))

    async def best(self) -> AsyncGenerator[Delta, None]:
        """The one that stood its checks; else of those that answer at all the last, which is of
        the best model."""
        if not self._kept:
            error = self._error or self._request.refused()
            self._request.fail(error)
            raise error
        best = sorted(self._kept, key=lambda kept: kept.failed not in NO_ANSWER)[-1]
        if best.failed:
            because = (
                f"{best.answer.model} failed a check ({best.failed}), and nobody better answers"
            )
            self._request.change(because=because)
        async with aclosing(given(self._request, best.answer)) as deltas:
            async for delta in deltas:
                yield delta
