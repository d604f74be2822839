"""Inputs and vectors on Ollama's wire."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Embedded, Inputs
from homeport.adapters.http.upstream_errors import Garbage
from homeport.adapters.ollama.embed import read, write
from homeport.adapters.ollama.write import NotWritable
from support.asks import model_card

CARD = model_card("ollama/m", context=512)


def test_a_long_text_is_cut_only_for_those_who_expect_it() -> None:
    extras = {"options": {"num_gpu": 1, "num_ctx": 9}, "keep_alive": "5m"}
    own = write(Inputs(("a",), wire="ollama", extras=extras), CARD, keep_alive_s=9)
    assert (own["truncate"], own["keep_alive"]) == (True, "5m")
    assert own["options"] == {"num_gpu": 1, "num_ctx": 512}
    refused = Inputs(("a",), wire="ollama", extras={"truncate": False})
    assert write(refused, CARD, keep_alive_s=None)["truncate"] is False
    other = write(Inputs(("a",), wire="openai-embeddings", extras=extras), CARD, keep_alive_s=9)
    assert (other["truncate"], other["keep_alive"]) == (False, "9s")


def test_tokens_cannot_be_told() -> None:
    with pytest.raises(NotWritable):
        write(Inputs(((1, 2),)), CARD, keep_alive_s=None)


@given(st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_whatever_comes_is_read_or_refused(vectors: Any) -> None:
    try:
        embedded = read({"embeddings": vectors}, 1)
    except Garbage:
        return
    assert isinstance(embedded, Embedded)
    assert not embedded.usage.certain
