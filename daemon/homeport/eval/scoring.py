"""Scores routers against the baselines of their track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from homeport.eval import curves, intervals
from homeport.eval.intervals import Areas, Interval
from homeport.eval.regimes import Regime
from homeport.eval.routing import Router

BASELINE = "length"
"""What differences are taken to."""
_BAND = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    regime: Regime
    router: Router
    apgr: float
    apgr_interval: Interval
    over_baseline: Interval
    """Of the paired difference in APGR to length."""
    cost_auc: float
    cost_auc_interval: Interval
    cpt50: float
    cpt80: float
    gain_over_random: float
    need_found: float

    @property
    def track(self) -> str:
        """Its name."""
        return self.router.rows.track.name


class Sheet:
    """All lines, in the order in which they were added."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._baselines: dict[str, Areas] = {}

    def __repr__(self) -> str:
        return f"Sheet({len(self.lines)} lines)"

    def add(self, regime: Regime, router: Router) -> None:
        """Scores one router. The baseline of a track comes before what is compared with it."""
        rows, scores = router.rows, router.scores
        ranking = curves.ranking_of(scores, rows)
        draws = intervals.resamples(len(rows))
        sampled = intervals.areas(ranking, draws)
        if router.name == BASELINE:
            self._baselines[rows.track.name] = sampled
        baseline = self._baselines.get(rows.track.name)
        if router.name == "random":
            sampled = _band(router)
        apgr, cost_auc = ranking.areas([1] * len(rows))
        self.lines.append(
            Line(
                regime=regime,
                router=router,
                apgr=apgr,
                apgr_interval=intervals.interval(sampled.by_calls),
                over_baseline=_over(sampled, baseline),
                cost_auc=cost_auc,
                cost_auc_interval=intervals.interval(sampled.by_money),
                cpt50=curves.calls_for(scores, rows, 0.5),
                cpt80=curves.calls_for(scores, rows, 0.8),
                gain_over_random=curves.gain_over_random(scores, rows),
                need_found=curves.need_found(scores, rows),
            )
        )

    def find(self, regime: str, track: str, router: str) -> Line | None:
        """One line, by its names."""
        for line in self.lines:
            if (line.regime.name, line.track, line.router.name) == (regime, track, router):
                return line
        return None

    def of(self, regime: str) -> Sequence[Line]:
        """The lines of one table."""
        return [line for line in self.lines if line.regime.name == regime]


def _over(sampled: Areas, baseline: Areas | None) -> Interval:
    if baseline is None:
        return Interval(float("nan"), float("nan"))
    return intervals.difference(sampled.by_calls, baseline.by_calls)


def _band(router: Router) -> Areas:
    """Where routers that toss coins end up on these very prompts."""
    chance, rows = np.random.default_rng(intervals.SEED), router.rows
    once = np.ones((1, len(rows)))
    tossed = [
        intervals.areas(curves.ranking_of(chance.random(len(rows)).tolist(), rows), once)
        for _ in range(_BAND)
    ]
    return Areas(
        np.concatenate([one.by_calls for one in tossed]),
        np.concatenate([one.by_money for one in tossed]),
    )
