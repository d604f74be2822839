"""The checks of an answer on real answers: Mixtral's to the public questions of GSM8K."""

from __future__ import annotations

import csv
import gzip
import json
from typing import NamedTuple

import pytest

from homeport.analysis.checks.agreement import agree
from homeport.analysis.checks.arithmetic import wrong_share
from homeport.analysis.checks.final import final_of
from homeport.eval.local_answers import votes
from homeport.eval.local_first import ASKED_AGAIN
from homeport.eval.tracks import GSM8K
from support.router_rows import REAL, needs_real_data

pytestmark = needs_real_data


class Answered(NamedTuple):
    """One question."""

    text: str
    """The first answer in full."""
    first: str
    """The number in it, as the data has it."""
    again: str
    is_right: bool


@pytest.fixture(scope="module")
def rows() -> list[Answered]:
    with gzip.open(REAL / "local_answers" / "gsm8k_mixtral_texts.jsonl.gz", "rt") as lines:
        texts = {row["id"]: row["answer_text"] for row in map(json.loads, lines)}
    answers: dict[tuple[str, str], str] = {}
    with gzip.open(REAL / "local_answers" / "answers.csv.gz", "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            answers[row["id"], row["model"]] = row["answer"]
    right = set()
    with gzip.open(REAL / "routellm" / "outcomes.csv.gz", "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["model"] == GSM8K.weak and float(row["score"]) == 1:
                right.add(row["id"])
    return [
        Answered(text, answers[id_, GSM8K.weak], answers[id_, ASKED_AGAIN], id_ in right)
        for id_, text in texts.items()
    ]


def share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def test_agreement_is_that_of_the_evaluation(rows: list[Answered]) -> None:
    assert rows
    for row in rows:
        said = agree(row.text, f"#### {row.again}", "number") is True
        assert said == bool(votes(row.first, [row.again])[0]), row


def test_the_result_is_taken_out_of_the_text(rows: list[Answered]) -> None:
    found = []
    for row in rows:
        final = final_of(row.text, "number")
        number = None if final is None else final.number
        found.append(number is not None and float(number.value) == float(row.first))
    assert share(found) > 0.97


def test_a_sum_that_does_not_come_out_tells_of_a_wrong_answer(rows: list[Answered]) -> None:
    wrong = [bool(wrong_share(row.text)) for row in rows]
    pairs = list(zip(rows, wrong, strict=True))
    assert share([row.is_right for row, is_wrong in pairs if is_wrong]) < 0.2
    assert share([row.is_right for row, is_wrong in pairs if not is_wrong]) > 0.6
