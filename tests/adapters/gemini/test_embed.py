"""Texts out, vectors in."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Inputs, Usage
from homeport.adapters.gemini.contents import NotWritable
from homeport.adapters.gemini.embed import Garbage, bodies, together, usage_of, vectors_of


def test_a_batch_holds_a_hundred_texts() -> None:
    inputs = Inputs(tuple(map(str, range(250))), dimensions=64, extras={"taskType": "CLUSTERING"})
    batches = list(bodies(inputs, "m"))
    assert [count for _, count in batches] == [100, 100, 50]
    assert batches[2][0]["requests"][0] == {
        "model": "models/m",
        "content": {"parts": [{"text": "200"}]},
        "taskType": "CLUSTERING",
        "outputDimensionality": 64,
    }


def test_tokens_of_another_model_mean_nothing() -> None:
    with pytest.raises(NotWritable):
        list(bodies(Inputs(((1, 2),)), "m"))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"embeddings": []},
        {"embeddings": [1]},
        {"embeddings": [{"values": []}]},
        {"embeddings": [{"values": ["1"]}]},
        {"embeddings": [{"values": [True]}]},
    ],
)
def test_what_is_no_vector(answer: Any) -> None:
    with pytest.raises(Garbage):
        vectors_of(answer, 1)


def test_vectors() -> None:
    assert vectors_of({"embeddings": [{"values": [1, 0.5]}]}, 1) == [(1.0, 0.5)]


def test_usage_is_unknown_until_it_is_told() -> None:
    told = usage_of({"usageMetadata": {"promptTokenCount": 3}})
    assert (told.input, told.output, told.certain) == (3, 0, True)
    untold = usage_of({})
    assert (untold.input, untold.certain) == (None, False)
    assert together([told, told]).input == 6
    assert together([told]) is told
    assert together([told, untold]) == together([]) == Usage(certain=False)
