"""Which prompts are looked at, which answers are kept: each reason is a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import CacheWish, Finish, Sampling, TextDelta
from homeport.daemon.caching.entry import Body
from homeport.daemon.caching.keeping import kept_out, not_kept
from homeport.daemon.config.settings import Cache
from support.asks import ask
from support.scripted import prompt

COLD = prompt("Why?", sampling=Sampling(temperature=0))
WARM = prompt("Why?")


@pytest.mark.parametrize("asked", [WARM, prompt("Why?", sampling=Sampling(temperature=0.7))])
def test_answers_that_would_differ_are_the_same_where_that_is_wished(asked: Any) -> None:
    assert "temperature" in kept_out(asked, ask(), None, Cache())
    assert not kept_out(asked, ask(), CacheWish(), Cache())
    assert not kept_out(asked, ask(), None, Cache(any_temperature=True))
    assert not kept_out(COLD, ask(), None, Cache())


@pytest.mark.parametrize(
    ("fields", "bounds", "said"),
    [
        ({"privacy": "private"}, Cache(), "cache.private"),
        ({"tags": ("a", "no-cache")}, Cache(), "no-cache"),
        ({"tags": ("pay-rent",)}, Cache(never=("pay-*",)), "pay-rent"),
        ({"strategy": "compare"}, Cache(), "compared"),
        ({}, Cache(bytes=0), "cache.bytes"),
    ],
)
def test_a_wish_overrules_none_of_these(fields: dict[str, Any], bounds: Cache, said: str) -> None:
    assert said in kept_out(COLD, ask(**fields), CacheWish(), bounds)


def test_a_private_prompt_is_looked_at_where_the_person_says_so() -> None:
    assert not kept_out(COLD, ask(privacy="private"), None, Cache(private=True))


@pytest.mark.parametrize(
    ("text", "size", "said"),
    [
        ("The sky is blue.", 100, ""),
        ("I'm sorry, but I can't help with that.", 100, "refuses"),
        ("The sky is blue.", 20_000_000, "too long"),
    ],
)
def test_which_answers_are_kept(text: str, size: int, said: str) -> None:
    body = Body((TextDelta(text),), Finish("stop"))
    assert said in not_kept(body, size, Cache())
    assert bool(not_kept(body, size, Cache())) is bool(said)


def test_nothing_said_is_nothing_kept() -> None:
    assert not_kept(Body((), Finish("stop")), 10, Cache()) == "it is empty"
