"""The results: a summary against the targets, then one table for each regime."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from homeport.eval.drift import Drift
from homeport.eval.paraphrases import Robustness
from homeport.eval.regimes import ALL
from homeport.eval.routing import Router
from homeport.eval.scoring import Line, Sheet
from homeport.eval.targets import TARGETS, Target, reached, worst_of_shipped

_HEAD = (
    "| track | router | n | APGR | 95 % | over length | CPT50 | CPT80 | RGA | need | cost-AUC "
    "| local answers |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)
_LEGEND = (
    "APGR: recovered share of the gap between weak and strong model, averaged over all shares of "
    "strong calls (chance 0.5). In the row of chance the interval is the band of routers that toss "
    "coins; elsewhere it is a bootstrap over prompts. Over length: 95 % interval of the paired "
    "difference in APGR; bold where it excludes 0. CPT: strong calls in % for that share of the "
    "gap. RGA: points of accuracy over chance. Need: AUROC of the prompts that need the strong "
    "model."
)


def results(sheet: Sheet, drift: Drift, robustness: Robustness) -> str:
    """The whole page, as Markdown."""
    parts = ["# How well prompts are routed", "", *_summary(sheet, drift, robustness), "", _LEGEND]
    for regime in ALL:
        parts += ["", f"## {regime.title}", "", regime.about, "", _HEAD]
        parts += [_row(line) for line in sheet.of(regime.name)]
    return "\n".join([*parts, "", *_streams(drift), "", *_rewordings(robustness)]) + "\n"


def write_predictions(sheet: Sheet, out: Path) -> None:
    """One file for each router of a regime, in the format of the scorers: id, track, score."""
    by_file: dict[str, list[Router]] = {}
    for line in sheet.lines:
        name = line.router.name.replace(",", "").replace(" ", "-")
        by_file.setdefault(f"{line.regime.name}.{name}.csv", []).append(line.router)
    for name, routers in by_file.items():
        with (out / name).open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(("id", "track", "score"))
            for router in routers:
                for id_, score in zip(router.rows.ids, router.scores, strict=True):
                    lines.writerow((id_, router.rows.track.name, f"{score:.9g}"))


def _summary(sheet: Sheet, drift: Drift, robustness: Robustness) -> Iterator[str]:
    yield "| what | measured | 95 % | pass | goal | |"
    yield "|---|---|---|---|---|---|"
    for target in TARGETS:
        line = sheet.find(target.regime, target.track, target.router)
        if line is not None:
            yield _target_row(target, line)
    worst = worst_of_shipped(sheet)
    yield _verdict("one artifact, its worst set (APGR)", worst, "", 0.51, 0.54)
    same = robustness.overall
    yield _verdict("same decision in other words, 20 % cloud", same, "", 0.90, 0.95)
    for what, points in (("in domain", drift.in_domain), ("after a shift", drift.shifted)):
        mark = "goal" if points <= 3 else "pass" if points <= 5 else "missed"
        yield f"| budget error, {what} (points) | {points:.1f} | | 5 | 3 | {mark} |"


def _target_row(target: Target, line: Line) -> str:
    value, span = line.apgr, line.apgr_interval
    if target.by_money:
        value, span = line.cost_auc, line.cost_auc_interval
    shown = f"{span.low:.3f} to {span.high:.3f}"
    return _verdict(target.what, value, shown, target.enough, target.goal)


def _verdict(what: str, value: float, span: str, enough: float, goal: float) -> str:
    mark = reached(value, enough, goal)
    return f"| {what} | {value:.3f} | {span} | {enough:g} | {goal:g} | {mark} |"


def _row(line: Line) -> str:
    over, span = line.over_baseline, line.apgr_interval
    shown = f"{over.low:+.3f} to {over.high:+.3f}"
    cells = (
        line.router.rows.track.name,
        line.router.name,
        str(len(line.router.rows)),
        f"{line.apgr:.3f}",
        f"{span.low:.3f} to {span.high:.3f}",
        _number(shown, over.low == over.low),
        _number(f"{line.cpt50:.1f}", line.cpt50 == line.cpt50),
        _number(f"{line.cpt80:.1f}", line.cpt80 == line.cpt80),
        f"{line.gain_over_random:+.2f}",
        f"{line.need_found:.3f}",
        f"{line.cost_auc:.3f}",
        str(line.router.local_answers),
    )
    bold = over.excludes_zero and over.low > 0
    return (
        "| " + " | ".join(f"**{c}**" if bold and i == 5 else c for i, c in enumerate(cells)) + " |"
    )


def _number(text: str, is_one: bool) -> str:
    return text if is_one else ""


def _streams(drift: Drift) -> Iterator[str]:
    yield "## Holding a share of cloud calls"
    yield ""
    yield "Largest error in points over requests of 10, 20, 30 and 50 %, and three shifts."
    yield ""
    yield "| | in domain | first 200 after a shift | from then on |"
    yield "|---|---|---|---|"
    yield f"| controller | {drift.in_domain:.1f} | {drift.settling:.1f} | {drift.shifted:.1f} |"
    yield f"| fixed threshold | {drift.fixed_in_domain:.1f} | | {drift.fixed_shifted:.1f} |"


def _rewordings(robustness: Robustness) -> Iterator[str]:
    yield "## The same in other words"
    yield ""
    yield f"{robustness.pairs:,} pairs made by rule; the same decision at 20 % cloud."
    yield ""
    yield "| rewording | same |"
    yield "|---|---|"
    for name, share in robustness.by_rewording.items():
        yield f"| {name} | {100 * share:.1f} % |"
