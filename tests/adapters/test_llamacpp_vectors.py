"""Embeddings of the embedded engine with the real llama.cpp."""

from __future__ import annotations

import contextlib
import importlib.util
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from homeport.adapters.base import AttemptFailed, Embedded, Embedder, Inputs
from homeport.adapters.llamacpp import LlamaCppAdapter
from homeport.policies.model import ModelCard
from support.engine import LIMITS, adapter_for, hear, prompt
from support.model import demo_model
from support.small_bert import TOKENS, WIDTH, write_small_bert

pytestmark = pytest.mark.engine
Running = tuple[LlamaCppAdapter, ModelCard]


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    adapter = adapter_for(folder)
    try:
        (card,) = await adapter.models(None)
        yield adapter, card
    finally:
        await adapter.close()


@pytest.fixture
async def bert(tmp_path: Path) -> AsyncIterator[Running]:
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("the llama.cpp engine is not installed (make install)")
    write_small_bert(tmp_path / "small-bert.gguf")
    async with running(tmp_path) as made:
        yield made


async def embed(made: Running, *inputs: object) -> Embedded:
    adapter, card = made
    return await adapter.embed(Inputs(inputs), card, limits=LIMITS, permit=None)  # type: ignore[arg-type]


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    return (
        math.sumprod(one, other)
        if hasattr(math, "sumprod")
        else sum(a * b for a, b in zip(one, other, strict=True))
    )


async def test_a_model_that_was_made_for_it(bert: Running) -> None:
    adapter, card = bert
    assert isinstance(adapter, Embedder)
    assert card.capabilities == ("embeddings",)
    assert not card.continues
    found = await embed(bert, "the cat sat on the mat", "the dog ran far", "the dog ran far")
    one, two, again = found.vectors
    assert len(one) == WIDTH
    assert all(abs(likeness(v, v) - 1) < 1e-5 for v in found.vectors)
    assert likeness(two, again) == pytest.approx(1)
    assert likeness(one, two) < 0.999
    # Six words and four, each text between two tokens of the model's own.
    assert (found.usage.input, found.usage.output) == (8 + 6 + 6, 0)
    assert adapter.loaded()[card.id].state == "ready"


async def test_tokens_are_taken_as_they_are(bert: Running) -> None:
    words = [TOKENS.index(f"\u2581{word}") for word in ("the", "cat")]
    framed = (TOKENS.index("[CLS]"), *words, TOKENS.index("[SEP]"))
    by_text, by_tokens = await embed(bert, "the cat"), await embed(bert, framed)
    assert likeness(by_text.vectors[0], by_tokens.vectors[0]) == pytest.approx(1)
    with pytest.raises(AttemptFailed, match="Input 1 holds no text"):
        await embed(bert, framed, (10**6,))


async def test_an_input_that_is_too_long_is_told_with_its_number(bert: Running) -> None:
    with pytest.raises(AttemptFailed, match="Input 1 has 102 tokens") as caught:
        await embed(bert, "cat", "cat " * 100)
    assert caught.value.failure.kind == "context_overflow"
    assert len((await embed(bert, "cat")).vectors) == 1


async def test_a_model_that_chats_gives_the_mean(tmp_path: Path) -> None:
    model = demo_model()
    (tmp_path / model.name).symlink_to(model)
    async with running(tmp_path) as made:
        adapter, card = made
        assert "pooling" in card.capabilities
        found = await embed(
            made, "The cat sat on the mat.", "A kitten sits on a rug.", "Revenue grew by 12 %."
        )
        cat, kitten, revenue = found.vectors
        assert likeness(cat, kitten) > likeness(cat, revenue)
        # It answers as before, with the same worker.
        assert (await hear(adapter, card, prompt("Say hi"))).text
        again = await embed(made, "The cat sat on the mat.")
        assert likeness(cat, again.vectors[0]) == pytest.approx(1, abs=1e-4)
