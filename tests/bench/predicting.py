"""Predicting from the prompt alone: prompts of 4 kB in several scripts, the artifact that ships.

`measure()` gives sentences by what was measured; run alone it prints them.
"Whole" starts from the text; "added" from what measuring found anyway.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from deciding import PROMPT_BYTES, TEXTS, of_size, times

from homeport.analysis import promptside
from homeport.analysis.checkable import checkable_of
from homeport.analysis.facts import Turn
from homeport.analysis.focus import focus_of
from homeport.analysis.marks import marks_of
from homeport.analysis.prompt_features import features_of
from homeport.analysis.promptside import PromptModel
from homeport.analysis.task import task_of

ARTIFACT = Path(promptside.__file__).with_name("prompt_model.bin")
ROWS = 30
"""Words of every kind and no repeats: what costs most."""
VARIED = "\n".join(
    " ".join(f"{stem}{ending}{row}" for stem in ("light", "ship", "flag", "course"))
    for row in range(ROWS)
    for ending in ("house", "ing", "less", "ful")
)


def measure() -> dict[str, str]:
    """What was measured, and the numbers."""
    data = ARTIFACT.read_bytes()
    start = time.thread_time_ns()
    model = PromptModel.from_bytes(data)
    found = {"reading the artifact": f"{(time.thread_time_ns() - start) / 1e6:.1f} ms"}
    for name, text in {**TEXTS, "no word twice": VARIED}.items():
        whole, added = _taken(model, of_size(text, PROMPT_BYTES))
        found[f"predict, whole, 4 kB, {name}, p50 / p99"] = whole
        found[f"predict, added, 4 kB, {name}, p50 / p99"] = added
    return found


def _taken(model: PromptModel, prompt: str) -> tuple[str, str]:
    """From the text, and beside measuring."""
    focus = focus_of([Turn("user", prompt)])
    marks = marks_of(focus)
    task = task_of(focus, marks, 0)
    checkable = checkable_of(focus, marks, task, "text")
    return (
        times(lambda: model.need_of_text(prompt)),
        times(lambda: model.gain_of(features_of(focus, marks, task, checkable))),
    )


if __name__ == "__main__":
    for what, value in measure().items():
        sys.stdout.write(f"{what}: {value}\n")
