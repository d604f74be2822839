"""What is aimed at, and which line of the tables shows it."""

from __future__ import annotations

from typing import NamedTuple

from homeport.eval.regimes import SHIPPED
from homeport.eval.scoring import Sheet


class Target(NamedTuple):
    """One line to look at, what is enough, and what is hoped for."""

    what: str
    regime: str
    track: str
    router: str
    enough: float
    goal: float
    by_money: bool = False


TARGETS = (
    Target(
        "GSM8K, local first, asked again (APGR)",
        *("local-first", "gsm8k", "asked again, signs, prompt", 0.83, 0.88),
    ),
    Target(
        "MMLU-Pro, local first, 1 extra answer",
        *("local-first", "mmlupro", "learned, 1 extra", 0.63, 0.68),
    ),
    Target(
        "MMLU-Pro, local first, 2 extra answers",
        *("local-first", "mmlupro", "learned, 2 extra", 0.65, 0.68),
    ),
    Target(
        "ZeroEval maths and code, local first and prompt",
        *("local-first", "ze-math+crux", "learned, 4 extra", 0.68, 0.72),
    ),
    Target(
        "MMLU, 1,500 labels, prompt only",
        *("1500-labels", "mmlu", "learned from labels", 0.65, 0.68),
    ),
    Target("MMLU, no labels", "no-labels", "mmlu", "number of words", 0.59, 0.62),
    Target("GSM8K, no labels", "no-labels", "gsm8k", "number of words", 0.59, 0.62),
    Target(
        "cost-AUC on MMLU, 1,500 labels",
        *("1500-labels", "mmlu", "learned, per dollar", 0.70, 0.74, True),
    ),
)


def reached(value: float, enough: float, goal: float) -> str:
    """To three decimals, as it is printed."""
    value = round(value, 3)
    return "goal" if value >= goal else "pass" if value >= enough else "missed"


def worst_of_shipped(sheet: Sheet) -> float:
    """The lowest APGR of the one artifact over all tracks."""
    return min(
        [line.apgr for line in sheet.of("shipped") if line.router.name == SHIPPED],
        default=float("nan"),
    )
