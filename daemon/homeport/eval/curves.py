"""What a ranking of prompts is worth: quality over the share of strong calls, or over money.

For each prompt there are a score (higher: more need of the strong model) and the
qualities of the weak and the strong model. Prompts with equal scores are taken
together, as if in random order; a constant score is exactly chance. Each prompt
may count several times or not at all (`counts`), which is how intervals are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from homeport.eval.tracks import Rows


@dataclass(frozen=True, slots=True)
class Ranking:
    """Prompts in order of their scores, in groups of equal scores."""

    groups: tuple[tuple[int, ...], ...]
    """Places in the rows, the neediest first."""
    gains: tuple[float, ...]
    costs: tuple[float, ...]

    def areas(self, counts: Sequence[int]) -> tuple[float, float]:
        """APGR and cost-AUC: areas under the recovered share of the gap, over calls and money."""
        calls = gained = spent = 0.0
        by_calls = by_money = 0.0
        gains, costs = self.gains, self.costs
        for group in self.groups:
            more_calls = more_gain = more_money = 0.0
            for place in group:
                count = counts[place]
                more_calls += count
                more_gain += count * gains[place]
                more_money += count * costs[place]
            height = gained + more_gain / 2
            by_calls += more_calls * height
            by_money += more_money * height
            calls, gained, spent = calls + more_calls, gained + more_gain, spent + more_money
        return _ratio(by_calls, calls * gained), _ratio(by_money, spent * gained)


def ranking_of(scores: Sequence[float], rows: Rows) -> Ranking:
    """Sorts once; its areas are then sums."""
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    groups = [tuple(equal) for _, equal in groupby(order, key=lambda place: scores[place])]
    return Ranking(tuple(groups), tuple(rows.gains), tuple(rows.extra_cost))


def calls_for(scores: Sequence[float], rows: Rows, share: float) -> float:
    """CPT: the smallest percentage of strong calls that recovers this share of the gap."""
    ranking, total = ranking_of(scores, rows), sum(rows.gains)
    calls = gained = 0.0
    for group in ranking.groups:
        more = sum(ranking.gains[place] for place in group)
        if gained + more >= share * total - 1e-9 and more > 0:
            part = max(0.0, (share * total - gained) / more)
            return 100 * (calls + part * len(group)) / len(scores)
        calls, gained = calls + len(group), gained + more
    return float("nan")


def gain_over_random(scores: Sequence[float], rows: Rows) -> float:
    """RGA: the mean height over the straight line of chance, in points of accuracy."""
    area = ranking_of(scores, rows).areas([1] * len(scores))[0]
    return 100 * (area - 0.5) * sum(rows.gains) / len(rows)


def need_found(scores: Sequence[float], rows: Rows) -> float:
    """AUROC-need: how often a prompt in need is ranked above one that is not."""
    needy = [gain > 1e-9 for gain in rows.gains]
    positives = sum(needy)
    negatives = len(needy) - positives
    if not positives or not negatives:
        return float("nan")
    below, found = float(negatives), 0.0
    for group in ranking_of(scores, rows).groups:
        yes = sum(needy[place] for place in group)
        no = len(group) - yes
        found += yes * (below - no / 2)
        below -= no
    return found / (positives * negatives)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
