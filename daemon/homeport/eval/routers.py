"""`homeport eval router`: every router of every regime, scored on the public test rows."""

from __future__ import annotations

import sys
from pathlib import Path

from homeport.eval import data as router_data
from homeport.eval import drift, paraphrases, regimes
from homeport.eval.bench import Bench
from homeport.eval.making import ARTIFACT
from homeport.eval.report import results, write_predictions
from homeport.eval.scoring import Sheet

RESULTS = "RESULTS.md"


def evaluate(folder: Path, out: Path) -> None:
    """Trains, predicts, scores; writes the table and one file of predictions for each router."""
    bench = Bench(router_data.read(folder))
    out.mkdir(parents=True, exist_ok=True)
    (out / ARTIFACT).write_bytes(bench.shipped.to_bytes())
    sheet = Sheet()
    for regime in regimes.ALL:
        sys.stderr.write(f"{regime.title}\n")
        for router in regime.routers(bench):
            sheet.add(regime, router)
    sys.stderr.write("budgets and paraphrases\n")
    text = results(sheet, drift.measured(bench), paraphrases.measured(bench))
    write_predictions(sheet, out)
    (out / RESULTS).write_text(text, encoding="utf-8")
    sys.stdout.write(text)
