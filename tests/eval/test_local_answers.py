"""What answers of local models say when they are compared."""

from __future__ import annotations

import pytest

from homeport.eval.learner import SparseRow
from homeport.eval.local_answers import ALWAYS, votes, with_votes


@pytest.mark.parametrize(
    ("first", "others", "agree", "against", "different"),
    [
        ("4", ["4", "4"], 2, 0, 1),
        ("4", ["5", "5"], 0, 2, 2),
        ("4", ["4", "5"], 1, 1, 2),
        ("4", ["", "4"], 1, 0, 1),
        ("", ["", ""], 0, 0, 1),
    ],
)
def test_agreement_is_counted(
    first: str, others: list[str], agree: int, against: int, different: int
) -> None:
    assert votes(first, others)[:3] == (agree, against, different)
    assert len(votes(first, others)) == ALWAYS + len(others)


def test_an_answer_that_could_not_be_read_is_told() -> None:
    seen = votes("", ["", "4"])
    assert seen[3:5] == (1, 1)


def test_votes_stand_behind_the_prompt() -> None:
    row = with_votes(SparseRow((0, 3), (1.0, 2.0)), 5, 1, (7.0, 8.0))
    assert row == SparseRow((0, 3, 5, 6, 9, 10), (1.0, 2.0, 7.0, 8.0, 7.0, 8.0))
