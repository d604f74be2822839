"""Training: reproducible to the byte, on training rows alone, with a card that says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from homeport.analysis.promptside import PromptModel
from homeport.eval import making
from homeport.eval.artifact import card_of, train_artifact, training_ids
from homeport.eval.data import TRAIN, read
from support import router_rows

SHIPPED = Path(__file__).parents[2] / "policies" / "homeport" / "analysis"


def trained_in_a_process(data: Path, out: Path, seed: str) -> bytes:
    command = [sys.executable, "-m", "homeport.eval", "train", "--data", data, "--out", out]
    env = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run(command, env=env, check=True, capture_output=True)
    assert json.loads((out / making.CARD).read_text("utf-8"))["sources"]
    return (out / making.ARTIFACT).read_bytes()


def test_two_processes_make_the_same_bytes(small: Path, tmp_path: Path) -> None:
    first = trained_in_a_process(small, tmp_path / "one", "1")
    assert first == trained_in_a_process(small, tmp_path / "two", "2")
    PromptModel.from_bytes(first)


def test_only_training_rows_are_read(small: Path) -> None:
    data = read(small)
    ids = training_ids(data)
    assert ids
    assert {data.prompts[id_].split for id_ in ids} == {TRAIN}
    tests = {id_ for id_, prompt in data.prompts.items() if prompt.split != TRAIN}
    without = replace(data, outcomes={k: v for k, v in data.outcomes.items() if k not in tests})
    assert train_artifact(without, bits=8) == train_artifact(data, bits=8)


def test_a_corpus_can_be_left_out(small: Path) -> None:
    data = read(small)
    left = training_ids(data, ["zeroeval"])
    assert {data.prompts[id_].corpus for id_ in left} == {"zeroeval"}


def test_it_learns_what_was_put_there(small: Path) -> None:
    model = train_artifact(read(small), bits=10)
    hard = model.gain("Find the integral of this function and say why. Number 3.\nA. 4\nB. 5")
    easy = model.gain("Name a bird. Number 3.\nA. 4\nB. 5")
    assert hard.difference > easy.difference


def test_the_card_names_sources_and_licences(small: Path) -> None:
    data = read(small)
    ids = training_ids(data)
    card = json.loads(card_of(data, ids, b"abc"))
    assert card["artifact"]["bytes"] == 3
    assert [source["corpus"] for source in card["sources"]] == [
        *("llmrouter", "mmlupro", "routellm", "zeroeval")
    ]
    assert sum(sum(source["prompts"].values()) for source in card["sources"]) == len(ids)


@router_rows.needs_real_data
@pytest.mark.skipif(not os.environ.get("HOMEPORT_PROVE"), reason="a long proof")
def test_what_ships_is_what_training_makes(tmp_path: Path) -> None:
    made = trained_in_a_process(router_rows.REAL, tmp_path, "3")
    assert made == (SHIPPED / making.ARTIFACT).read_bytes()
    card = (tmp_path / making.CARD).read_text("utf-8")
    assert card == (SHIPPED / making.CARD).read_text("utf-8")
