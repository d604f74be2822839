"""What a confidence is worth, per model and task: fits that are kept until enough is new.

A fit takes up to a tenth of a second, so it is made in a thread from a copy of the
history, when the judged answers have grown by a tenth, and swapped whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from homeport.daemon.learning.bound import safe_threshold
from homeport.daemon.learning.calibrator import (
    Answered,
    Row,
    calibration_error,
    chance,
    cross_validated,
    fits,
    inputs_of,
)
from homeport.daemon.learning.outcome import VERDICTS, Outcome, Source
from homeport.policies.model import ModelCard, Task

LEAST = 40
"""Judged answers below which nothing is called calibrated."""
MOST = 400
"""Of one model, the newest count."""
FEWEST_FRESH = 4
"""New answers below which no other fit is made."""
TELLING: frozenset[Source] = frozenset({"check", "benchmark", "thumb", "edit", "judge"})
"""Sources that say whether an answer was right, and not only what another would have said."""


FIRM = 0.5
"""The least weight of a judgement that is taken for an answer's being right or wrong."""


class Confidence(Struct, frozen=True):
    """How likely an answer is to be right."""

    value: float | None
    """0 to 1; the raw confidence where nothing is calibrated yet, None where there is none."""
    calibrated: bool = False
    n: int = 0
    """Judged answers that it rests on."""
    ece: float | None = None
    """Expected calibration error, cross-validated; None where it is not calibrated."""
    pooled: bool = False
    """It rests on answers at all tasks, for want of this one's."""

    @property
    def note(self) -> str:
        """Such as `calibrated on 140 answers, error 0.04`."""
        if not self.calibrated:
            return f"not calibrated yet ({self.n} of {LEAST} answers)"
        tasks = " at all tasks" if self.pooled else ""
        error = "" if self.ece is None else f", error {self.ece:.2f}"
        return f"calibrated on {self.n} answers{tasks}{error}"


Calibrate = Callable[[ModelCard, Task, float | None, Mapping[str, float]], Confidence]


def uncalibrated(
    card: ModelCard,  # noqa: ARG001 - one shape
    task: Task,  # noqa: ARG001 - one shape
    raw: float | None,
    signals: Mapping[str, float],  # noqa: ARG001 - one shape
) -> Confidence:
    """Where nothing was learned."""
    return Confidence(raw)


class Measured(Struct, frozen=True):
    """Of one task, or of all together."""

    weights: Row
    n: int
    ece: float


class Calibration(Struct, frozen=True):
    """Of one model. Made by `calibration_of`, never changed."""

    n: int = 0
    """Judged answers that it was made of."""
    together: Measured | None = None
    """None below `LEAST`."""
    tasks: Mapping[str, Measured] = field(default_factory=dict)

    def confidence(self, task: Task, raw: float | None, signals: Mapping[str, float]) -> Confidence:
        """Of one answer."""
        together, own = self.together, self.tasks.get(task)
        if raw is None or together is None:
            return Confidence(raw, n=self.n)
        value = chance((own or together).weights, inputs_of(raw, signals))
        if own is None or own.n < LEAST:
            return Confidence(value, True, together.n, together.ece, pooled=len(self.tasks) > 1)
        return Confidence(value, True, own.n, own.ece)


NOTHING = Calibration()


def answered(outcomes: Sequence[Outcome]) -> list[Answered]:
    """The newest answers whose raw confidence was put to the test, each once.

    Of several judgements of one answer a person's own counts, else the worst.
    """
    judged: dict[object, Outcome] = {}
    for number, outcome in enumerate(outcomes):
        if not tells(outcome):
            continue
        key = (outcome.decision, outcome.answer) if outcome.decision else number
        before = judged.pop(key, None)
        judged[key] = outcome if before is None else weightier(before, outcome)
    return [
        Answered(o.task, inputs_of(o.raw, dict(o.signals)), o.good, o.weighs, o.raw)
        for o in list(judged.values())[-MOST:]
        if o.raw is not None
    ]


def tells(outcome: Outcome) -> bool:
    """Whether it says firmly enough that an answer with a known confidence was right or not."""
    return outcome.raw is not None and outcome.source in TELLING and outcome.weighs >= FIRM


def weightier(before: Outcome, later: Outcome) -> Outcome:
    """The one of two judgements of the same answer that counts."""
    owned, own = before.source in VERDICTS, later.source in VERDICTS
    if owned != own:
        return before if owned else later
    return later if own or later.good <= before.good else before


def calibration_of(outcomes: Sequence[Outcome]) -> Calibration:
    """Fitted and measured. May run in a thread."""
    answers = answered(outcomes)
    if len(answers) < LEAST:
        return Calibration(len(answers))
    together, each = fits(answers)
    chances = cross_validated(answers)
    counts = Counter(answer.task for answer in answers)
    tasks = {
        task: Measured(weights, counts[task], _error(answers, chances, task))
        for task, weights in each.items()
    }
    return Calibration(
        len(answers), Measured(together, len(answers), _error(answers, chances)), tasks
    )


def _error(answers: Sequence[Answered], chances: Sequence[float], task: str = "") -> float:
    of = [i for i, answer in enumerate(answers) if task in ("", answer.task)]
    return calibration_error([chances[i] for i in of], [answers[i].good for i in of])


def is_due(known: int, fresh: int) -> bool:
    """Whether so many fresh answers call for another fit."""
    enough = known + fresh >= LEAST
    return enough and (known < LEAST or fresh >= max(FEWEST_FRESH, known // 10))


def threshold_of(outcomes: Sequence[Outcome], task: Task, limit: float) -> float | None:
    """The lowest raw confidence from which on at most `limit` are wrong; see `bound`.

    By the task's own answers; by those at all tasks where it has fewer than `LEAST`.
    """
    answers = answered(outcomes)
    own = [answer for answer in answers if answer.task == task]
    used = own if len(own) >= LEAST else answers
    return safe_threshold([a.raw for a in used], [a.good >= 0.5 for a in used], limit)
