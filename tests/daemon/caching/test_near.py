"""A prompt that says the same in other words: found among neighbours, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.adapters.base import Message, Prompt, Sampling, Text
from homeport.daemon.caching.near import nearest
from support.cached import cached_house, cool
from support.scripted import Script, ScriptedAdapter, card

FRANCE = "What is the capital of France?"


async def test_the_most_alike_of_those_that_say_the_same() -> None:
    others = [
        (b"a", "Could you please tell me what the capital of France is?"),
        (b"b", "what's the capital of france"),
        (b"c", "What is the capital of Finland?"),
    ]
    near = await nearest(FRANCE, others)
    assert near is not None
    assert near.key == b"b"
    assert 0.5 < near.similarity < 1
    assert await nearest(FRANCE, others[2:]) is None
    assert await nearest(FRANCE, []) is None


async def test_other_words_are_given_the_same_answer(tmp_path: Path) -> None:
    model = ScriptedAdapter({"local/a": Script()}, [card("local/a")])
    async with cached_house(tmp_path, [model], near=True) as house:
        _, asked = await house.ask(FRANCE)
        text, view = await house.ask("what's the capital of france")
        _, other = await house.ask("What is the capital of Finland?")
    assert text == "Hello there."
    assert view.cache is not None
    assert (view.cache.outcome, view.cache.of) == ("near", asked.id)
    assert view.cache.similarity
    assert other.cache is not None
    assert other.cache.outcome == "miss"
    assert len(model.asked) == 2


SYSTEM = Message("system", (Text("Answer in French."),))


@pytest.mark.parametrize(
    "asked",
    [
        Prompt((SYSTEM, *cool("what's the capital of france").messages),
               sampling=Sampling(temperature=0)),
        Prompt(cool("what's the capital of france").messages,
               sampling=Sampling(temperature=0, max_tokens=5)),
    ],
    ids=["instructions", "length"],
)  # fmt: skip
async def test_all_else_must_be_the_same(tmp_path: Path, asked: Prompt) -> None:
    model = ScriptedAdapter({"local/a": Script()}, [card("local/a")])
    async with cached_house(tmp_path, [model], near=True) as house:
        await house.ask(FRANCE)
        _, view = await house.ask(asked)
    assert view.cache is not None
    assert view.cache.outcome == "miss"


def written_in(folder: Path) -> bytes:
    """All that is on disk of the cache."""
    return b"".join(path.read_bytes() for path in folder.glob("cache.db*"))


async def test_it_is_off_unless_asked_for_and_then_keeps_no_words(tmp_path: Path) -> None:
    model = ScriptedAdapter({"local/a": Script()}, [card("local/a")])
    async with cached_house(tmp_path, [model]) as house:
        await house.ask("What is the secret word?")
        await house.ask("what's the secret word")
        assert await house.kept() == 2
    kept = written_in(tmp_path)
    assert b"Hello" in kept
    assert b"secret word" not in kept
    assert len(model.asked) == 2
