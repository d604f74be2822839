"""`homeport eval train`: the artifact and its data card."""

from __future__ import annotations

import sys
from pathlib import Path

from homeport.eval import data as router_data
from homeport.eval.artifact import card_of, train_artifact, training_ids

ARTIFACT, CARD = "prompt_model.bin", "prompt_model.card.json"


def make(folder: Path, out: Path) -> None:
    """Trains on the training rows of the folder, and writes both files."""
    data = router_data.read(folder)
    ids = training_ids(data)
    sys.stderr.write(f"training on {len(ids)} prompts\n")
    artifact = train_artifact(data).to_bytes()
    out.mkdir(parents=True, exist_ok=True)
    (out / ARTIFACT).write_bytes(artifact)
    (out / CARD).write_text(card_of(data, ids, artifact), encoding="utf-8")
    sys.stdout.write(f"{out / ARTIFACT}\n{out / CARD}\n")
