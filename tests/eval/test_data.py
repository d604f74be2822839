"""Reading a folder of router-quality data."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.eval.data import DataMissing, Outcome, read


def test_everything_in_the_folder_is_read(small: Path) -> None:
    data = read(small)
    assert len(data.prompts) == 7 * 40
    prompt = data.prompts["routellm-mmlu-1"]
    assert (prompt.corpus, prompt.dataset, prompt.split) == ("routellm", "mmlu", "public_test")
    assert data.outcomes["routellm-mmlu-1"]["gpt-4-1106"] == Outcome(1.0, 30.0, 1.0, None)
    assert data.answers["routellm-gsm8k-0"]["gemma-2-9b-it"] in {"4", "5", ""}
    assert len(data.answer_texts) == 40
    assert repr(data) == "RouterData(280 prompts, 280 with local answers)"


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataMissing, match=r"llmrouter/prompts\.jsonl\.gz could not be read: No such"
    ):
        read(tmp_path)


def test_what_is_not_packed_is_named(tmp_path: Path, small: Path) -> None:
    folder = tmp_path / "llmrouter"
    folder.mkdir()
    (folder / "prompts.jsonl.gz").write_text("{}")
    with pytest.raises(DataMissing, match="Not a gzipped file"):
        read(tmp_path)
