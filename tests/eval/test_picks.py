"""What answers to questions with options say beside agreeing or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.prompt_features import KINDS
from homeport.eval.learner import SparseRow
from homeport.eval.picks import OPTIONS, PICKS, lengths, picks, width_of, with_picks

ANSWERS = st.sampled_from([*OPTIONS, "", "K", "AB", "42"])


@given(ANSWERS, ANSWERS, ANSWERS, ANSWERS)
def test_every_pair_of_options_has_places_of_its_own(a: str, b: str, c: str, d: str) -> None:
    def read(answer: str) -> str:
        return answer if len(answer) == 1 and answer in OPTIONS else ""

    same = (read(a), read(b)) == (read(c), read(d))
    assert (picks(a, b) == picks(c, d)) == same
    assert len({*picks(a, b)}) == 3
    assert max(picks(a, b)) < PICKS


@pytest.mark.parametrize("agree", [True, False])
def test_a_length_counts_by_whether_the_answers_agree(agree: bool) -> None:
    far, square, signed, bent = lengths([1000.0], agree=agree)
    assert square == far * far
    assert (signed, bent) == ((far, square) if agree else (-far, -square))


def test_a_longer_answer_tells_more() -> None:
    assert lengths([2000.0], agree=True)[0] > lengths([20.0], agree=True)[0]


@given(st.integers(0, len(KINDS) - 1), st.lists(ANSWERS, min_size=2, max_size=5))
def test_picks_stand_behind_the_row(kind: int, answers: list[str]) -> None:
    before = SparseRow((0, 3), (1.0, 2.0))
    row = with_picks(before, 5, kind, answers, [7.0 for _ in answers])
    assert (row.places[:2], row.values[:2]) == before
    behind = row.places[2:]
    assert len(set(behind)) == len(behind) == len(row.values) - 2
    assert min(behind) >= 5
    assert max(behind) < 5 + width_of(len(answers))
