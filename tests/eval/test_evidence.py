"""What the prompt-side model adds: each weight scored, none chosen by its own track."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.eval.data import TRAIN, read
from homeport.eval.evidence import PAGE, WEIGHTS, Weighed, best_weight, page
from homeport.eval.main import main
from homeport.eval.tracks import LLMROUTER, MMLU, Rows, Track, rows_of
from support.router_rows import write


def told(track: Track, by_weight: dict[float, list[float]]) -> Weighed:
    """A track of four prompts, of which the last two gain."""
    rows = Rows(track, ["a", "b", "c", "d"], [1, 1, 0, 0], [1, 1, 1, 1], [1.0] * 4)
    flat = [0.0] * 4
    return Weighed(rows, {w: by_weight.get(w, flat) for w in WEIGHTS}, 0.5)


HELPS = [0.0, 0.1, 0.8, 0.9]
HARMS = [0.9, 0.8, 0.1, 0.0]


def test_the_best_weight_is_the_one_that_ranks_best_and_the_least_of_equals() -> None:
    assert best_weight([told(MMLU, {0.5: HELPS, 1.0: HELPS})]) == 0.5
    assert best_weight([told(MMLU, {0.5: HARMS})]) == 0.0
    assert best_weight([told(MMLU, {1.0: HELPS}), told(LLMROUTER, {1.0: HARMS})]) == 0.0


def test_a_track_has_no_say_in_the_weight_it_is_scored_with() -> None:
    one, other = told(MMLU, {1.0: HELPS}), told(LLMROUTER, {1.0: HARMS})
    lines = page([one, other]).splitlines()
    mmlu, llmrouter = (next(line for line in lines if f"| {name} |" in line)
                       for name in ("mmlu", "llmrouter"))  # fmt: skip
    assert mmlu.split("|")[-4].strip() == "0"
    assert llmrouter.split("|")[-4].strip() == "1"
    assert llmrouter.split("|")[-3].strip().startswith("-")


def test_only_training_rows_are_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = write(tmp_path / "data", each=24), tmp_path / "out"
    assert main(["evidence", "--data", str(folder), "--out", str(out)]) == 0
    text = (out / PAGE).read_text("utf-8")
    assert capsys.readouterr().out == text
    count = len(rows_of(read(folder), MMLU, TRAIN))
    assert f"| mmlu | {count} |" in text
