"""`ensemble`: several answers at once, of which one is given.

Answers that can be compared are counted, and the rest is stopped as soon as it cannot
change which is the most frequent. Others are weighed, or a judge picks.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from homeport.adapters.base import Delta, Finish, StatusDelta
from homeport.analysis.checks.agreement import Group, consensus
from homeport.analysis.checks.completeness import asked_of, completeness
from homeport.analysis.likeness import common
from homeport.daemon.routing.refusals import refusal
from homeport.daemon.routing.request import Branch, Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import Held, given, opened, rest_of
from homeport.daemon.strategies.checking import heated, show
from homeport.daemon.strategies.judging import picked
from homeport.daemon.strategies.lessons import note
from homeport.daemon.strategies.together import Heard, Together
from homeport.policies.errors import HomeportError
from homeport.policies.looking import COMPARED
from homeport.policies.model import Verdict
from homeport.policies.weighing import Weighed, heaviest, is_settled, majority_is_settled

COUNTED = COMPARED | {"json", "code"}
"""Answers that can be the same."""


async def ensemble(request: Request, rooms: Rooms) -> AsyncGenerator[Delta, None]:
    """Every delta of the answer that is given. Raises `HomeportError` where there is none."""
    members = Members(request, rooms)
    together = Together(members.branches, rooms)
    try:
        yield StatusDelta("prefill", members.saying)
        while members.running and not members.are_settled:
            if members.take(await together.next()):
                yield StatusDelta("prefill", members.saying)
        await together.stop(*members.running)
    finally:
        await together.aclose()
    deltas = given(request, await members.best()) if members.whole else members.anybody_else()
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
        self._left_out = 0
        self.branches = self._opened()
        self._answers = [Held(branch) for branch in self.branches]
        self.running = set(range(len(self.branches)))
        """Places of those that go on."""

    def __repr__(self) -> str:
        return f"Members({len(self.whole)} of {len(self._plan.models)} whole)"

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
                self._error = self._error or refusal(branch.decision)
        return branches

    @property
    def whole(self) -> list[Held]:
        """The answers that are there."""
        return [answer for answer in self._answers if answer.is_whole]

    @property
    def saying(self) -> str:
        """What the caller is told meanwhile."""
        return f"{len(self.whole)} of {len(self.branches)} answers are there."

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

    # -- which one

    @property
    def _counts(self) -> bool:
        return self._plan.method == "majority" and self._request.ask.checkable in COUNTED

    def _groups(self) -> tuple[Group, ...]:
        ask = self._request.ask
        texts = [answer.text for answer in self.whole]
        return consensus(texts, ask.checkable, language=ask.language)

    @property
    def are_settled(self) -> bool:
        """Whether those that still run cannot change which one is given."""
        if not self.whole or self._plan.method == "judge":
            return False
        if self._counts:
            counts = [group.count for group in self._groups()]
            return majority_is_settled(counts, len(self.running)) and bool(counts)
        to_come = [self._quality(self._answers[place]) for place in self.running]
        return is_settled(self._weighed(), to_come)

    async def best(self) -> Held:
        """The one that is given."""
        answers, groups = self.whole, self._groups() if self._counts else ()
        weights = self._weighed()
        if groups:
            self._tell_count(groups)
            most = [group for group in groups if group.count == groups[0].count]
            leading = max(most, key=lambda group: sum(weights[at].weight for at in group.members))
            return max((answers[at] for at in leading.members), key=self._weight_of)
        if self._plan.method == "judge" and len(answers) > 1:
            place = await picked(self._request, self._rooms, answers, self._plan.judge)
            if place is not None:
                self._tell_judgement(answers[place])
                return answers[place]
        self._tell_weights(answers, weights)
        return answers[heaviest(weights)]

    def _weight_of(self, answer: Held) -> float:
        return self._weighed()[self.whole.index(answer)].weight

    def _weighed(self) -> list[Weighed]:
        answers = self.whole
        asked = asked_of(self._request.prompt.messages[-1].text)
        shares = self._shares() if self._counts else common([answer.text for answer in answers])
        return [
            Weighed(
                confidence=view.confidence if (view := answer.branch.view).calibrated else None,
                capability=self._quality(answer),
                completeness=completeness(
                    answer.text, asked, finish=answer.finish.reason if answer.finish else ""
                ),
                consensus=share,
            )
            for answer, share in zip(answers, shares, strict=True)
        ]

    def _shares(self) -> list[float]:
        """For each whole answer the share of the others that say the same."""
        groups, others = self._groups(), max(1, len(self.whole) - 1)
        sizes = {at: group.count for group in groups for at in group.members}
        return [max(0, sizes.get(at, 1) - 1) / others for at in range(len(self.whole))]

    def _quality(self, answer: Held) -> float:
        order = answer.branch.steps[0].decision.order
        return order[0].quality if order else 0.0

    # -- what is told

    def _tell_count(self, groups: tuple[Group, ...]) -> None:
        """How many say the same, in the row and to the learning."""
        answers, most = self.whole, groups[0].count
        agree = len(answers) > 1 and most > len(answers) / 2
        of = f"{most} of {len(answers)} answers say the same"
        stopped = f"; {len(self.running)} could not change that" if self.running else ""
        one_model = len({answer.model for answer in answers}) == 1
        verdict = Verdict(
            check="second-sample" if one_model else "second-model",
            passed=agree if len(answers) > 1 else None,
            sentence=f"{of}{stopped}.",
            score=round(most / len(answers), 4),
        )
        show(self._request, verdict, answers[groups[0].members[0]].model)
        self._request.change(because=of)
        if len(answers) > 1:
            for answer, share in zip(answers, self._shares(), strict=True):
                note(self._request, self._rooms, answer, "agreement", good=share)

    def _tell_weights(self, answers: list[Held], weights: list[Weighed]) -> None:
        """What each weighs, and of what; a weight is no verdict, save on the one that is given."""
        first = heaviest(weights)
        for at, (answer, weighed) in enumerate(zip(answers, weights, strict=True)):
            stands = True if at == first else None
            sentence = f"Weighs {weighed.weight:.2f}: {weighed.terms}."
            verdict = Verdict(
                check="confidence", passed=stands, sentence=sentence, score=weighed.confidence
            )
            show(self._request, verdict, answer.model)
        because = f"weighs most of {len(answers)} answers"
        self._request.change(because=because)

    def _tell_judgement(self, answer: Held) -> None:
        of = len(self.whole)
        sentence = f"{self._plan.judge} picked it of {of} answers."
        self._request.change(because=sentence.removesuffix("."))
        show(
            self._request,
            Verdict(check="second-model", passed=True, sentence=sentence),
            answer.model,
        )
        note(self._request, self._rooms, answer, "judge", good=1.0)

    async def anybody_else(self) -> AsyncGenerator[Delta, None]:
        """Where no member answered, the rest of the order does, one after the other."""
        error = self._error or refusal(self._request.decision)
        async with aclosing(rest_of(self._request, self._rooms, error)) as deltas:
            async for delta in deltas:
                yield delta
