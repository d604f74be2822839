"""The tracks and their rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.eval.data import PUBLIC_TEST, TRAIN, read
from homeport.eval.tracks import GSM8K, MMLU, TRACKS, ZE_MATHS_CODE, rows_of


def test_only_rows_of_the_track_and_split_are_taken(small: Path) -> None:
    data = read(small)
    rows = rows_of(data, ZE_MATHS_CODE, TRAIN)
    assert {data.prompts[id_].dataset for id_ in rows.ids} == {"math-l5", "crux"}
    assert {data.prompts[id_].split for id_ in rows.ids} == {TRAIN}
    assert not rows_of(data, GSM8K, TRAIN).ids


def test_gain_is_strong_less_weak(small: Path) -> None:
    rows = rows_of(read(small), MMLU, PUBLIC_TEST)
    pairs = zip(rows.strong, rows.weak, strict=True)
    assert rows.gains == [strong - weak for strong, weak in pairs]


def test_the_strong_model_costs_its_price(small: Path) -> None:
    rows = rows_of(read(small), MMLU, PUBLIC_TEST)
    assert rows.extra_cost[0] == pytest.approx((30 * 10 + 1 * 30) / 1e6)


def test_some_rows_can_be_taken(small: Path) -> None:
    rows = rows_of(read(small), MMLU, PUBLIC_TEST)
    two = rows.first(frozenset(rows.ids[3:5]))
    assert (two.ids, two.gains) == (rows.ids[3:5], rows.gains[3:5])


def test_names_are_those_of_the_scorers() -> None:
    assert [track.name for track in TRACKS] == [
        *("mmlu", "gsm8k", "llmrouter", "ze-gsm", "ze-math+crux", "mmlupro")
    ]
