"""Which one of several whole answers is given.

Answers that can be compared are counted; of equally frequent ones the weightiest counts.
Others are weighed, or a judge picks. What was found is told in the request's row.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.analysis.checks.agreement import Group, consensus
from homeport.analysis.checks.completeness import Asked, asked_of, completeness
from homeport.analysis.likeness import common
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.branching import Held
from homeport.daemon.strategies.checking import is_an_answer, show, tested
from homeport.daemon.strategies.judging import picked
from homeport.daemon.strategies.lessons import note, note_verdict
from homeport.policies.looking import COMPARED
from homeport.policies.model import Verdict
from homeport.policies.weighing import Weighed, heaviest, is_settled, majority_is_settled

COUNTED = COMPARED | {"json", "code"}
"""Answers that can be the same."""


class Election:
    """Among the answers that are there."""

    def __init__(
        self, request: Request, rooms: Rooms, answers: Sequence[Held], missing: Sequence[Held] = ()
    ) -> None:
        self._request = request
        self._rooms = rooms
        self._plan = request.decision.plan
        self.answers = list(answers)
        self._missing = missing
        """Those that may yet come, or were stopped."""

    def __repr__(self) -> str:
        return f"Election({len(self.answers)} answers, {len(self._missing)} missing)"

    @property
    def _counts(self) -> bool:
        return self._plan.method == "majority" and self._request.ask.checkable in COUNTED

    def _groups(self) -> tuple[Group, ...]:
        """What refuses, or was cut off, says the same as nothing."""
        ask = self._request.ask
        texts = [answer.text if is_an_answer(answer) else "" for answer in self.answers]
        return consensus(texts, ask.checkable, language=ask.language)

    @property
    def is_settled(self) -> bool:
        """Whether those that are missing cannot change which one is given. Tests are run when all
        are there: one that is missing may be the only one that passes."""
        if not self.answers or self._plan.method == "judge" or self._request.prompt.labels.tests:
            return False
        if self._counts:
            counts = [group.count for group in self._groups()]
            return majority_is_settled(counts, len(self._missing)) and bool(counts)
        to_come = [quality(answer) for answer in self._missing]
        return is_settled(self._weighed(), to_come)

    async def best(self) -> Held:
        """The one that is given."""
        await self._keep_what_passes()
        answers, groups = self.answers, self._groups() if self._counts else ()
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

    async def _keep_what_passes(self) -> None:
        """Of programs those that pass the tests that came with the prompt, where any does; else
        those of which it could not be told."""
        tests = self._request.prompt.labels.tests
        passing: list[Held] = []
        untold: list[Held] = []
        for answer in self.answers if tests else ():
            verdict = await tested(self._rooms, answer.text, tests)
            show(self._request, verdict, answer.model)
            note_verdict(self._request, self._rooms, answer, verdict)
            if verdict.passed is not False:
                (passing if verdict.passed else untold).append(answer)
        self.answers = passing or untold or self.answers

    def _weight_of(self, answer: Held) -> float:
        return self._weighed()[self.answers.index(answer)].weight

    def _weighed(self) -> list[Weighed]:
        answers = self.answers
        asked = asked_of(self._request.prompt.messages[-1].text)
        shares = self._shares() if self._counts else common([answer.text for answer in answers])
        return [
            self._weighed_one(answer, asked, share)
            for answer, share in zip(answers, shares, strict=True)
        ]

    def _weighed_one(self, answer: Held, asked: Asked, share: float) -> Weighed:
        """An answer that says nothing, or refuses, weighs nothing."""
        view, finish = answer.branch.view, answer.finish
        complete = completeness(answer.text, asked, finish=finish.reason if finish else "")
        if not complete:
            return Weighed(confidence=0.0, capability=0.0, completeness=0.0)
        return Weighed(
            confidence=view.confidence if view.calibrated else None,
            capability=quality(answer),
            completeness=complete,
            consensus=share,
        )

    def _shares(self) -> list[float]:
        """For each whole answer the share of the others that say the same."""
        groups, others = self._groups(), max(1, len(self.answers) - 1)
        sizes = {at: group.count for group in groups for at in group.members}
        return [max(0, sizes.get(at, 1) - 1) / others for at in range(len(self.answers))]

    def _tell_count(self, groups: tuple[Group, ...]) -> None:
        """How many say the same, in the row and to the learning."""
        answers, most = self.answers, groups[0].count
        agree = len(answers) > 1 and most > len(answers) / 2
        of = f"{most} of {len(answers)} answers say the same"
        if most == 1:
            alone = len(answers) == 1
            of = (
                "one answer is there" if alone else f"no two of {len(answers)} answers say the same"
            )
        stopped = f"; {len(self._missing)} could not change that" if self._missing else ""
        one_model = len({answer.model for answer in answers}) == 1
        verdict = Verdict(
            check="second-sample" if one_model else "second-model",
            passed=agree if len(answers) > 1 else None,
            sentence=f"{of[:1].upper()}{of[1:]}{stopped}.",
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
        of = len(self.answers)
        sentence = f"{self._plan.judge} picked it of {of} answers."
        self._request.change(because=sentence.removesuffix("."))
        show(
            self._request,
            Verdict(check="second-model", passed=True, sentence=sentence),
            answer.model,
        )
        if answer.model != self._plan.judge:  # nobody's word for its own answer teaches
            note(self._request, self._rooms, answer, "judge", good=1.0)


def quality(answer: Held) -> float:
    """Predicted of the model that was asked for it."""
    order = answer.branch.steps[0].decision.order
    return order[0].quality if order else 0.0
