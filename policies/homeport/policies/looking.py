"""Whether it is worth looking at an answer from here before it is given, and who takes over.

The gain is of wrong answers that are caught and answered better elsewhere. What it costs
is the money of the escalations, and the time: a second answer from here for the check, and
then the one from elsewhere. All of it in the utility that candidates are ranked by, so that
it follows the weights.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.policies.chains import is_demonstration
from homeport.policies.model import Checkable, CheckKind, Scorecard
from homeport.policies.scorecard import HALF_MONEY_NANO, HALF_WAIT_MS
from homeport.policies.sentences import dollars
from homeport.policies.situation import Situation

CLEARLY = 0.15
"""How much better a model has to be predicted to take over without being asked to."""
CAUGHT, FALSE_ALARMS = 0.8, 0.2
"""Shares of the wrong answers that do not stand the checks, and of the right ones, where a
second answer is asked for: between what the same model asked again showed on public sums (0.92
and 0.19) and what another small model showed on public choices of ten (0.68 to 0.83 and 0.31 to
0.55)."""
CAUGHT_BY_SHAPE, FALSE_BY_SHAPE = 0.3, 0.02
"""The same where only the shape is seen: a program that cannot be read, or JSON that misses its
schema, is surely wrong and seldom. A guess."""
COMPARED: frozenset[Checkable] = frozenset({"number", "choice", "label"})
"""Answers of which a second one tells whether they are right."""


def checks_for(
    checkable: Checkable, needs: Sequence[str], *, second: CheckKind | None
) -> tuple[CheckKind, ...]:
    """What an answer has to stand, the cheapest first."""
    checks: list[CheckKind] = ["refusal", "truncation"]
    if checkable == "json" or "json" in needs or "json_schema" in needs:
        checks.append("schema")
    if checkable in ("number", "free"):
        checks.append("arithmetic")
    if checkable == "code":
        checks += ["code", "tests"]
    if second is not None and checkable in COMPARED:
        checks.append(second)
    return (*checks, "confidence")


def successor_of(
    first: Scorecard, order: Sequence[Scorecard], situation: Situation
) -> Scorecard | None:
    """Who takes over where the answer of the first is not good: better than it, and worth it.
    A demonstration takes over from nothing but a demonstration."""
    better = [
        card
        for card in order
        if card.quality > first.quality and (is_demonstration(first) or not is_demonstration(card))
    ]
    weights = situation.weights

    def worth(card: Scorecard) -> float:
        return weights.quality * card.quality - weights.budget * money_share(card.cost_nano)

    return min(better, key=lambda card: (-worth(card), card.model), default=None)


def worth_of_looking(first: Scorecard, other: Scorecard, situation: Situation) -> float:
    """Expected utility of checking and escalating, less that of giving the answer as it is."""
    weights, right = situation.weights, first.quality
    is_compared = situation.ask.checkable in COMPARED
    caught = (1.0 - right) * (CAUGHT if is_compared else CAUGHT_BY_SHAPE)
    alarmed = right * (FALSE_ALARMS if is_compared else FALSE_BY_SHAPE)
    gain = caught * other.quality - alarmed * (1.0 - other.quality)
    money = money_share(round((caught + alarmed) * other.cost_nano))
    again = first.total_ms if is_compared else 0
    later = first.total_ms + again + round((caught + alarmed) * other.total_ms)
    waiting = wait_share(later) - wait_share(first.total_ms)
    return round(weights.quality * gain - weights.budget * money - weights.latency * waiting, 9)


def looked_at(first: Scorecard, other: Scorecard, situation: Situation) -> bool:
    """Whether an answer of the first is checked without anybody having asked for it."""
    if first.place != "local" or other.quality < first.quality + CLEARLY:
        return False
    if is_demonstration(other):
        return False
    if 2 * first.total_ms + other.total_ms > situation.ask.deadline_ms:
        return False
    return worth_of_looking(first, other, situation) > 0


def why_looked_at(first: Scorecard, other: Scorecard) -> str:
    """The sentence of a plan that nobody asked for."""
    pay = f"about {dollars(other.cost_nano)}" if other.cost_nano else "free"
    return (
        f"This answer can be checked: {first.model} is right with a chance of about "
        f"{first.quality:.0%}, and {other.model} ({other.quality:.0%}, {pay}) takes over "
        "where a check fails."
    )


def money_share(cost_nano: int) -> float:
    """As a scorecard weighs money: from 0 to 1, a half at two cents."""
    return cost_nano / (cost_nano + HALF_MONEY_NANO) if cost_nano > 0 else 0.0


def wait_share(total_ms: int) -> float:
    """As a scorecard weighs waiting: from 0 to 1, a half at ten seconds."""
    return total_ms / (total_ms + HALF_WAIT_MS) if total_ms > 0 else 0.0
