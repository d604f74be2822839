"""Rewordings keep the question."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.analysis.promptside import PromptModel
from homeport.eval import paraphrases
from support import router_rows

ARTIFACT = Path(__file__).parents[2] / "policies" / "homeport" / "analysis" / "prompt_model.bin"
QUESTION = "Find the largest prime below 20, because Ann buys so many.\nA. 17\nB. 19"


@pytest.mark.parametrize(
    ("name", "reworded"),
    [
        ("other words", "determine the largest prime below 20, since Ann purchases so many."),
        ("style of options", "\n(A) 17\n(B) 19"),
        ("layout", "so many.\n\nA. 17\n\nB. 19"),
        ("courtesy", "please"),
        ("lower case", "find the largest prime below 20, because ann buys so many.\nA. 17"),
    ],
)
def test_each_rewording(name: str, reworded: str) -> None:
    assert reworded in paraphrases.REWORDINGS[name](QUESTION)


@router_rows.needs_real_data
def test_reworded_prompts_mostly_take_the_same_way() -> None:
    from homeport.eval.bench import Bench
    from homeport.eval.data import read

    bench = Bench(read(router_rows.REAL))
    bench.shipped = PromptModel.from_bytes(ARTIFACT.read_bytes())
    found = paraphrases.measured(bench)
    assert found.overall >= 0.9
    assert found.pairs > 5_000
