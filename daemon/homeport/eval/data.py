"""Reads a folder of router-quality data: prompts, what models scored on them, local answers."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

CORPORA = ("llmrouter", "mmlupro", "routellm", "zeroeval")
"""Whose training rows may be trained on."""
TRAIN, PUBLIC_TEST = "train", "public_test"


class DataMissing(Exception):
    """The folder does not hold what is read here; the text says what."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question of a benchmark."""

    id: str
    corpus: str
    dataset: str
    split: str
    group: int
    """Near duplicates share it, and it never spans two splits."""
    text: str


class Outcome(NamedTuple):
    """How one model did on one prompt."""

    score: float
    tokens_in: float
    tokens_out: float
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class RouterData:
    """Everything in the folder, in the order of its files."""

    prompts: Mapping[str, Prompt]
    outcomes: Mapping[str, Mapping[str, Outcome]]
    """By prompt, then by model."""
    answers: Mapping[str, Mapping[str, str]]
    """Normalised answers of local models, by prompt, then by model."""
    answer_texts: Mapping[str, str]
    """A local model's answer in full, where it was kept."""

    def __repr__(self) -> str:
        return f"RouterData({len(self.prompts)} prompts, {len(self.answers)} with local answers)"


def read(folder: Path) -> RouterData:
    """Reads the four corpora. Raises `DataMissing`."""
    prompts: dict[str, Prompt] = {}
    outcomes: dict[str, dict[str, Outcome]] = {}
    for corpus in CORPORA:
        for row in _json_lines(folder / corpus / "prompts.jsonl.gz"):
            prompt = _prompt(row)
            prompts[prompt.id] = prompt
        for id_, model, outcome in _outcomes(folder / corpus / "outcomes.csv.gz"):
            outcomes.setdefault(id_, {})[model] = outcome
    local = folder / "local_answers"
    return RouterData(prompts, outcomes, _answers(local), _answer_texts(local))


def _prompt(row: Mapping[str, Any]) -> Prompt:
    return Prompt(
        row["id"], row["corpus"], row["dataset"], row["split"], row["group"], row["prompt"]
    )


def _outcomes(path: Path) -> Iterator[tuple[str, str, Outcome]]:
    for row in _csv_rows(path):
        cost = float(row["cost_usd"]) if row["cost_usd"] else None
        tokens = float(row["tokens_in"] or 0), float(row["tokens_out"] or 300)
        yield row["id"], row["model"], Outcome(float(row["score"]), *tokens, cost)


def _answers(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in _csv_rows(folder / "answers.csv.gz"):
        found.setdefault(row["id"], {})[row["model"]] = row["answer"]
    return found


def _answer_texts(folder: Path) -> dict[str, str]:
    rows = _json_lines(folder / "gsm8k_mixtral_texts.jsonl.gz")
    return {row["id"]: row["answer_text"] for row in rows}


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except OSError as error:
        raise DataMissing(f"{path} could not be read: {error.strerror or error}") from error


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)
    except OSError as error:
        raise DataMissing(f"{path} could not be read: {error.strerror or error}") from error
