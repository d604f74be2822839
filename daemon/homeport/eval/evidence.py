"""What the prompt-side model adds to the ability curve that decisions predict quality by.

For each track with training rows, and on these alone: the curve of the weak and the strong
model over difficulty, plus so much (`WEIGHTS`) of the logits of a prompt-side model that
saw no outcome of the track's corpus, as it is with a person's own prompts. The weight of a
track is chosen on the others, and what that is worth is scored on it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import fmean

from homeport.analysis.promptside import Gain, sigmoid
from homeport.daemon.fleet.abilities import expected, prior_of
from homeport.eval import baselines
from homeport.eval import data as router_data
from homeport.eval.bench import Bench
from homeport.eval.curves import ranking_of
from homeport.eval.intervals import Areas, Interval, areas, difference, resamples
from homeport.eval.tracks import LLMROUTER, MMLU, MMLU_PRO, ZE_MATHS_CODE, Rows, Track
from homeport.policies.model import ModelCard

WEIGHTS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 2.0)
WEAK_PARAMETERS: Mapping[Track, int] = {
    MMLU: 46_700_000_000,
    LLMROUTER: 8_000_000_000,
    ZE_MATHS_CODE: 8_000_000_000,
    MMLU_PRO: 8_000_000_000,
}
"""Of the weak model of each track that has training rows."""
PAGE = "EVIDENCE.md"
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Weighed:
    """One track under every weight."""

    rows: Rows
    scores: Mapping[float, Sequence[float]]
    """By weight."""
    length: float
    """APGR of length alone."""

    def area(self, weight: float) -> float:
        """APGR."""
        return ranking_of(self.scores[weight], self.rows).areas([1] * len(self.rows))[0]

    def resampled(self, weight: float) -> Areas:
        """The areas of each resample."""
        return areas(ranking_of(self.scores[weight], self.rows), resamples(len(self.rows)))

    def gained(self, weight: float) -> Interval:
        """Of the difference to the curve alone."""
        return difference(self.resampled(weight).by_calls, self.resampled(0.0).by_calls)


def weighed(bench: Bench, track: Track) -> Weighed:
    """One track, by a model that never saw its corpus."""
    rows = bench.labelled(track)
    model = bench.elsewhere(track.corpus)
    gains = [model.gain_of(bench.features(id_)) for id_ in rows.ids]
    curves = list(_curves(track, baselines.difficulty(bench.data, rows)))
    scores = {weight: [_gain(*both, weight) for both in zip(curves, gains, strict=True)]
              for weight in WEIGHTS}  # fmt: skip
    length = ranking_of(baselines.length(bench.data, rows), rows)
    return Weighed(rows, scores, length.areas([1] * len(rows))[0])


def _curves(track: Track, difficulties: Sequence[float]) -> Iterable[Gain]:
    """What the daemon would predict of both models, knowing nothing but who they are."""
    weak = ModelCard(
        id="weak", provider="", name=track.weak, place="local", parameters=WEAK_PARAMETERS[track]
    )
    strong = ModelCard(id="strong", provider="", name=track.strong, place="cloud")
    priors = [prior_of(weak), prior_of(strong)]
    for hard in difficulties:
        local, cloud = [
            expected(prior.points, prior.sd**2 + prior.task_sd**2, round(hard)) for prior in priors
        ]
        yield Gain(local, cloud)


def _gain(curve: Gain, evidence: Gain, weight: float) -> float:
    local = sigmoid(_logit(curve.local) + weight * _logit(evidence.local))
    return sigmoid(_logit(curve.cloud) + weight * _logit(evidence.cloud)) - local


def _logit(chance: float) -> float:
    within = min(1.0 - _NEAR, max(_NEAR, chance))
    return log(within / (1.0 - within))


def best_weight(tracks: Iterable[Weighed]) -> float:
    """The one with the best mean APGR; of equals the least."""
    known = list(tracks)
    return max(WEIGHTS, key=lambda weight: (fmean([each.area(weight) for each in known]), -weight))


def page(found: Sequence[Weighed]) -> str:
    """The table, as Markdown."""
    names = [f"{weight:g}" for weight in WEIGHTS]
    lines = [
        "# The prompt-side model beside the ability curve\n",
        f"| track | n | length | {' | '.join(names)} | chosen on the others | gain | 95 % |",
        f"|{'---|' * (len(names) + 6)}",
    ]
    for own in found:
        chosen = best_weight([other for other in found if other is not own])
        gain, around = own.area(chosen) - own.area(0.0), own.gained(chosen)
        cells = [f"{own.area(weight):.3f}" for weight in WEIGHTS]
        lines.append(
            f"| {own.rows.track.name} | {len(own.rows)} | {own.length:.3f} | {' | '.join(cells)} "
            f"| {chosen:g} | {gain:+.3f} | {around.low:+.3f} to {around.high:+.3f} |"
        )
    means = [f"{fmean([each.area(weight) for each in found]):.3f}" for weight in WEIGHTS]
    length = fmean([each.length for each in found])
    lines.append(f"| mean | | {length:.3f} | {' | '.join(means)} | | | |")
    return "\n".join(lines) + "\n"


def evaluate(folder: Path, out: Path) -> None:
    """Writes the table and prints it."""
    bench = Bench(router_data.read(folder))
    text = page([weighed(bench, track) for track in WEAK_PARAMETERS])
    out.mkdir(parents=True, exist_ok=True)
    (out / PAGE).write_text(text, encoding="utf-8")
    sys.stdout.write(text)
