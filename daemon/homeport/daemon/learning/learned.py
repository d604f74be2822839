"""What was learned of the models from their answers, and what it means for the next ones.

The one door to this folder. Nothing here is waited for on the way of a prompt:
an outcome is folded in at once, in memory, and written a moment later; what
takes longer (another fit, a verdict that was changed) is done in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from homeport.adapters.base import Prompt
from homeport.client.wire import LearnedView, RequestView
from homeport.daemon.fleet.abilities import Prior, expected, prior_of
from homeport.daemon.learning.abilities import (
    Ability,
    Standing,
    ability_at,
    is_current,
    standing_of,
    with_newest,
)
from homeport.daemon.learning.belief import TASKS, quality_sd
from homeport.daemon.learning.calibration import (
    NOTHING,
    Calibration,
    Confidence,
    calibration_of,
    is_due,
    tells,
    threshold_of,
)
from homeport.daemon.learning.history import EACH, History
from homeport.daemon.learning.outcome import Outcome, sound
from homeport.daemon.learning.outcomes import KEPT_DAYS, Outcomes
from homeport.daemon.learning.retries import Retries
from homeport.daemon.trials.tried import version_of
from homeport.policies.errors import HomeportError
from homeport.policies.model import Ask, ModelCard, Task

log = logging.getLogger("homeport.learning")

READ = 5_000
"""Rows that are looked at, at the start."""
DAY_MS = 86_400_000
KNOWN_CARDS = 4096
LONG = 150
"""Outcomes that take more than a few milliseconds to fold in afresh."""

__all__ = ["Confidence", "Learned", "Outcome", "Quality"]


class Quality(Struct, frozen=True):
    """The chance of a good answer to one ask."""

    mean: float
    """0 to 1, the uncertainty of the ability averaged over."""
    sd: float
    source: str
    """Where it comes from, as the end of a sentence."""


class Student(Struct):
    """One model, by its weights: its history and what was made of it."""

    history: History = field(default_factory=History)
    standing: Standing | None = None
    calibration: Calibration = NOTHING
    fresh: int = 0
    """Telling answers since it was calibrated."""
    fitting: bool = False
    renewing: bool = False
    """A long history is being folded in afresh; what stood before is used meanwhile."""


class Known(Struct, frozen=True):
    """One card, and what follows from it alone."""

    card: ModelCard
    student: Student
    prior: Prior


class Learned:
    """Owns what was learned."""

    def __init__(
        self,
        outcomes: Outcomes,
        clock_ms: Callable[[], int],
        prior: Callable[[ModelCard], Prior] = prior_of,
    ) -> None:
        """`prior` is what is expected of a model before it was judged."""
        self._outcomes = outcomes
        self._clock_ms = clock_ms
        self._prior = prior
        self._students: defaultdict[tuple[str, str], Student] = defaultdict(Student)
        self._known: dict[str, Known] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._busy: set[asyncio.Task[None]] = set()
        self._read = asyncio.Event()
        self._reading = asyncio.Lock()
        self._retries = Retries()
        self._early: list[Outcome] = []
        """Noted before what is stored was read; written after it."""

    def __repr__(self) -> str:
        counts = [len(student.history) for student in self._students.values()]
        return f"Learned({sum(counts)} outcomes of {len(counts)} models)"

    # -- being there

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Read what is stored, beside everything else."""
        self._tasks = tasks
        self._later(self._read_once())

    async def _read_once(self) -> None:
        """What is stored, once. A table that cannot be read leaves what is expected of models."""
        async with self._reading:
            if self._read.is_set():
                return
            try:
                for outcome in await self._outcomes.latest(each=EACH, most=READ):
                    student = self._students[outcome.model, outcome.version]
                    student.history.add(outcome)
                    student.fresh += tells(outcome)
            except HomeportError as error:
                log.warning("what was learned could not be read: %s", error.sentence)
            except Exception:
                log.exception("what was learned could not be made use of")
            finally:
                self._read.set()
                for outcome in self._early:
                    self._learn(outcome)
                self._early.clear()
                self._later(self._calibrate_due())

    async def _calibrate_due(self) -> None:
        """One model after the other, beside everything else."""
        for student in tuple(self._students.values()):
            if not student.fitting and is_due(student.calibration.n, student.fresh):
                await self._calibrate(student)

    async def prepare(self, cards: Iterable[ModelCard]) -> None:
        """Have the abilities of these ready, so that no prompt pays for it."""
        await self._read_once()
        for card in cards:
            known = self._of(card)
            student, prior = known.student, known.prior
            if student.history and not is_current(student.standing, prior, student.history):
                await self._stand(student, prior)

    async def _stand(self, student: Student, prior: Prior) -> None:
        """Fold a whole history in, in a thread, until nothing came meanwhile."""
        while not is_current(student.standing, prior, student.history):
            moment = student.history.moment()
            student.standing = await asyncio.to_thread(standing_of, prior, moment)
        student.renewing = False

    async def settled(self) -> None:
        """Wait until everything that was noted is made use of."""
        await self._read_once()
        while self._busy:
            await asyncio.wait(tuple(self._busy))
        await self._calibrate_due()

    async def prune(self, now_ms: int) -> int:
        """Forget old rows; the number forgotten."""
        return await self._outcomes.prune(now_ms - KEPT_DAYS * DAY_MS)

    # -- what is asked

    def quality(self, card: ModelCard, ask: Ask) -> Quality:
        """What to expect of a model's answer."""
        ability, points = self._for(card, ask)
        return Quality(
            expected(points, ability.variance, ask.difficulty),
            quality_sd(points, ability.variance, ask.difficulty),
            ability.source,
        )

    def predicted(self, card: ModelCard, ask: Ask) -> tuple[float, str]:
        """The mean and the source alone, which is all that a decision takes."""
        known = self._known.get(card.id)
        if known is None or known.card is not card:
            known = self._of(card)
        ability = self._ability(known, ask.task)
        points = ability.points
        if ask.tags:
            points += known.prior.at_home_in(ask.tags)
        return expected(points, ability.variance, ask.difficulty), ability.source

    def _for(self, card: ModelCard, ask: Ask) -> tuple[Ability, float]:
        """The ability at the ask's task, and the points that it comes to with its tags."""
        known = self._of(card)
        ability = self._ability(known, ask.task)
        return ability, ability.points + known.prior.at_home_in(ask.tags)

    def ability(self, card: ModelCard, task: Task) -> Ability:
        """At one task, now."""
        return self._ability(self._of(card), task)

    def _ability(self, known: Known, task: Task) -> Ability:
        student = known.student
        standing = student.standing
        current = student.renewing or is_current(standing, known.prior, student.history)
        if standing is None or not current:
            moment = student.history.moment()
            standing = student.standing = standing_of(known.prior, moment)
        return ability_at(standing, student.history, task, self._clock_ms())

    def confidence(
        self, card: ModelCard, task: Task, raw: float | None, features: Mapping[str, float]
    ) -> Confidence:
        """How likely an answer is to be right; `raw` where nothing is calibrated yet."""
        student = self._of(card).student
        found = student.calibration.confidence(task, raw, features)
        return found if found.calibrated else replace(found, n=found.n + student.fresh)

    def threshold(self, card: ModelCard, task: Task, limit: float) -> float | None:
        """The lowest raw confidence from which on at most `limit` of the answers are wrong.

        With the certainty that `bound` states; None where too little is known.
        """
        return threshold_of(self._of(card).student.history.all(), task, limit)

    def views(self, card: ModelCard) -> tuple[LearnedView, ...]:
        """What answers have taught of a model, at each task that any was judged at."""
        history = self._of(card).student.history
        return tuple([self._view(card, task) for task in TASKS if history.at(task)])

    def _view(self, card: ModelCard, task: Task) -> LearnedView:
        ability = self.ability(card, task)
        confidence = self.confidence(card, task, 0.5, {})
        return LearnedView(
            task=task,
            ability=round(ability.points, 1),
            sd=round(ability.variance**0.5, 1),
            outcomes=ability.outcomes,
            source=ability.source,
            calibrated=confidence.calibrated,
            answers=confidence.n,
            error=confidence.ece,
            confidence=confidence.note,
        )

    def _of(self, card: ModelCard) -> Known:
        """What follows from a card, made once for each."""
        known = self._known.get(card.id)
        if known is None or known.card is not card:
            if len(self._known) >= KNOWN_CARDS:
                self._known.clear()
            student = self._students[card.id, version_of(card)]
            known = self._known[card.id] = Known(card, student, self._prior(card))
        return known

    def forget_priors(self) -> None:
        """What is expected of models has changed."""
        self._known.clear()

    # -- what is told

    def asked(self, prompt: Prompt) -> bytes:
        """A prompt comes: the same a moment ago speaks weakly against the answer it had.

        Gives the mark by which its own answer is remembered.
        """
        mark = self._retries.mark(prompt)
        found = self._retries.asked(mark, self._clock_ms())
        if found is not None:
            self.note(*found)
        return mark

    def answered(self, mark: bytes, card: ModelCard, ask: Ask, view: RequestView) -> None:
        """A prompt has its whole answer."""
        self._retries.note_answered(mark, card, ask, view, self._clock_ms())

    def note(self, outcome: Outcome, card: ModelCard | None = None) -> None:
        """Learn from one judgement. Never waits; what says nothing is passed over.

        Without the `card`, its weights are those that the model has now.
        """
        tame = sound(outcome)
        if tame is None:
            return
        tame = self._versioned(tame, card)
        if self._read.is_set():
            self._learn(tame)
        else:
            self._early.append(tame)

    def _versioned(self, outcome: Outcome, card: ModelCard | None) -> Outcome:
        known = self._known.get(outcome.model)
        card = card or (known.card if known else None)
        if outcome.version or card is None:
            return outcome
        return replace(outcome, version=version_of(card))

    def _learn(self, outcome: Outcome) -> None:
        self._outcomes.keep(outcome)
        student = self._students[outcome.model, outcome.version]
        again = student.history.add(outcome)
        standing = student.standing
        if standing is not None and not again:
            with_newest(standing, outcome, student.history)
        elif standing is not None and len(student.history) > LONG and not student.renewing:
            student.renewing = self._later(self._stand(student, standing.prior))
        if tells(outcome):
            student.fresh += 1
            if not student.fitting and is_due(student.calibration.n, student.fresh):
                student.fitting = self._later(self._calibrate(student))

    async def _calibrate(self, student: Student) -> None:
        """Fit, in a thread, until not enough has come meanwhile."""
        student.fitting = True
        while True:
            student.fresh = 0
            outcomes = student.history.all()
            student.calibration = await asyncio.to_thread(calibration_of, outcomes)
            if not is_due(student.calibration.n, student.fresh):
                break
        student.fitting = False

    def _later(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do it beside everything else; False where there is nobody to do it."""
        try:
            if self._tasks is None:
                raise RuntimeError
            task = self._tasks.create_task(work)
        except RuntimeError:  # not started, or stopping
            work.close()
            return False
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return True
