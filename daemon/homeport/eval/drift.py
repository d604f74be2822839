"""Budget error: how far the share of cloud calls is from the one that was asked for.

A stream of one kind of prompts, then of another. The controller is given nothing
but each prompt's need as it comes; beside it, a fixed threshold that was exact
on the first kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from homeport.eval.bench import Bench
from homeport.eval.tracks import GSM8K, LLMROUTER, MMLU, MMLU_PRO, Track
from homeport.policies.budget_controller import CALL, BudgetController, Offer

SHARES = (0.1, 0.2, 0.3, 0.5)
SHIFTS = ((MMLU, GSM8K), (GSM8K, LLMROUTER), (LLMROUTER, MMLU_PRO))
SETTLING = 200
"""Prompts of the new kind before its share is taken."""
_SEED = 5


@dataclass(frozen=True, slots=True)
class Drift:
    """Largest errors over all shares and streams, in points."""

    in_domain: float
    settling: float
    """Over the first prompts after the shift."""
    shifted: float
    """From then on."""
    fixed_in_domain: float
    fixed_shifted: float


def measured(bench: Bench) -> Drift:
    """With the needs that the artifact predicts."""
    found = [
        _errors(_needs(bench, before), _needs(bench, after), share)
        for before, after in SHIFTS
        for share in SHARES
    ]
    return Drift(*[100 * max(column) for column in zip(*found, strict=True)])


def _needs(bench: Bench, track: Track) -> list[float]:
    needs = [bench.shipped.need(bench.features(id_)) for id_ in bench.test_rows(track).ids]
    Random(_SEED).shuffle(needs)  # noqa: S311  # a seeded order, no secret
    return needs


def _errors(
    before: Sequence[float], after: Sequence[float], share: float
) -> tuple[float, float, float, float, float]:
    threshold = sorted(before, reverse=True)[round(share * len(before)) - 1]
    sent, controller = run(before, BudgetController(round(share * CALL)))
    then, _ = run(after, controller)
    half = len(before) // 2
    held_out = sorted(before[:half], reverse=True)[round(share * half) - 1]
    return (
        abs(_mean(sent) - share),
        abs(_mean(then[:SETTLING]) - share),
        abs(_mean(then[SETTLING:]) - share),
        abs(_mean([need >= held_out for need in before[half:]]) - share),
        abs(_mean([need >= threshold for need in after[SETTLING:]]) - share),
    )


def run(
    needs: Sequence[float], controller: BudgetController
) -> tuple[list[bool], BudgetController]:
    """Who was sent to the cloud, and the controller after them."""
    sent = []
    for need in needs:
        offer = Offer(need, CALL)
        sent.append(controller.admits(offer))
        controller = controller.after(offer, CALL if sent[-1] else 0)
    return sent, controller


def _mean(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
