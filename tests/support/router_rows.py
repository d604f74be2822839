"""A small folder of router-quality data, made up; and the real one, where it is beside us."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

REAL = Path(__file__).parents[2].parent / "shared" / "router-data"
needs_real_data = pytest.mark.skipif(
    not (REAL / "routellm").is_dir(), reason="no router-quality data beside the repository"
)

# corpus: data sets, weak model, strong model, models with local answers
_CORPORA = {
    "routellm": (("mmlu", "gsm8k"), "mixtral-8x7b-instruct", "gpt-4-1106"),
    "llmrouter": (("trivia_qa",), "llama-3.1-8b-instruct", "llama-3.1-nemotron-51b-instruct"),
    "zeroeval": (("gsm", "math-l5", "crux"), "Meta-Llama-3.1-8B-Instruct", "gpt-4o-2024-08-06"),
    "mmlupro": (("mmlupro-law",), "Meta-Llama-3_1-8B-Instruct", "gemini-1.5-pro-002"),
}
_ASKED = (
    *("mixtral-8x7b-instruct", "mixtral-8x7b-instruct (asked again)", "gemma-2-9b-it"),
    *("Meta-Llama-3.1-8B-Instruct", "Qwen2.5-7B-Instruct", "Phi-3.5-mini-instruct"),
    *("Qwen2-7B-Instruct", "Meta-Llama-3_1-8B-Instruct", "Mixtral-8x7B-Instruct-v0.1"),
    "Phi-3-mini-4k-instruct",
)
_NO_TRAINING = {"gsm8k", "gsm"}


def write(folder: Path, each: int = 40) -> Path:
    """So many prompts of each data set; hard ones are long and speak of integrals."""
    chance = Random(1)
    answers: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    for corpus, (data_sets, weak, strong) in _CORPORA.items():
        prompts, outcomes = [], []
        for name in data_sets:
            for number in range(each):
                row = _prompt(corpus, name, number, chance)
                prompts.append(row)
                hard = "integral" in row["prompt"]
                outcomes.append(_outcome(row["id"], weak, chance.random() > 0.2 + 0.5 * hard))
                outcomes.append(_outcome(row["id"], strong, chance.random() > 0.1))
                answers += [
                    {"id": row["id"], "model": model, "answer": chance.choice(["4", "5", ""])}
                    for model in _ASKED
                ]
                if name == "gsm8k":
                    texts.append({"id": row["id"], "answer_text": "2 + 2 = <<2+2=4>>4\n#### 4"})
        _lines(folder / corpus / "prompts.jsonl.gz", prompts)
        _table(folder / corpus / "outcomes.csv.gz", outcomes)
    _table(folder / "local_answers" / "answers.csv.gz", answers)
    _lines(folder / "local_answers" / "gsm8k_mixtral_texts.jsonl.gz", texts)
    return folder


def _prompt(corpus: str, name: str, number: int, chance: Random) -> dict[str, Any]:
    matter = "Find the integral of this function and say why." if number % 2 else "Name a bird."
    return {
        "id": f"{corpus}-{name}-{number}",
        "corpus": corpus,
        "dataset": name,
        "split": "public_test" if number % 4 < 2 or name in _NO_TRAINING else "train",
        "group": number,
        "overlaps_routellm": False,
        "prompt": f"{matter} Number {chance.randrange(99)}.\nA. 4\nB. 5",
    }


def _outcome(id_: str, model: str, right: bool) -> dict[str, Any]:
    return {
        "id": id_,
        "model": model,
        "score": int(right),
        "tokens_in": 30,
        "tokens_out": 1,
        "cost_usd": "",
        "tok_src": "est",
    }


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _table(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
