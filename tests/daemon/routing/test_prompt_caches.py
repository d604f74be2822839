"""What each provider keeps of a prompt, and that the table says where that is from."""

from __future__ import annotations

import pytest

from homeport.adapters.base import Usage
from homeport.daemon.routing import prompt_caches
from homeport.daemon.routing.prompt_caches import HABITS, HOUR_MS, habit_of, kept_tokens, lives_ms
from support.scripted import card


def cloud(provider: str) -> prompt_caches.Habit:
    return habit_of(card(f"{provider}/model", place="cloud"))


@pytest.mark.parametrize(
    ("provider", "usage", "kept"),
    [
        ("openai", Usage(input=1_023), 0),
        ("openai", Usage(input=1_500), 1_408),
        ("openai", Usage(input=None), 0),
        ("gemini", Usage(input=4_000), 0),
        ("gemini", Usage(input=5_000), 5_000),
        ("deepseek", Usage(input=200), 192),
        ("anthropic", Usage(input=9_000), 0),
        ("anthropic", Usage(input=9_000, cache_write=2_000), 2_000),
        ("anthropic", Usage(input=9_000, cache_read=6_000, cache_write=2_000), 8_000),
        ("anthropic", Usage(input=9_000, cache_read=60_000), 9_000),
        ("else", Usage(input=9_000), 0),
        ("else", Usage(input=9_000, cache_read=5_000), 8_960),
        ("else", Usage(input=9_000, cache_read=5_000, cache_write=500), 5_500),
    ],
)
def test_what_is_kept(provider: str, usage: Usage, kept: int) -> None:
    assert kept_tokens(cloud(provider), usage) == kept


def test_what_was_marked_for_an_hour_is_kept_for_an_hour() -> None:
    habit = HABITS["anthropic"]
    assert lives_ms(habit, Usage(input=1, cache_write=9)) < HOUR_MS
    assert lives_ms(habit, Usage(input=1, cache_write=9, cache_write_1h=9)) == HOUR_MS


def test_an_engine_keeps_while_it_is_loaded_and_a_server_for_minutes() -> None:
    engine, server = habit_of(card("llamacpp/a")), habit_of(card("ollama/a", host="127.0.0.1:1"))
    assert (engine.keeps, server.keeps) == ("last", "last")
    assert server.lives_ms < engine.lives_ms
    assert kept_tokens(engine, Usage(input=77)) == 77


def test_every_row_has_its_source() -> None:
    told = prompt_caches.__doc__ or ""
    rows = [line for line in told.splitlines() if line.startswith("| `")]
    assert {row.split("`")[1] for row in rows} == HABITS.keys()
    assert all(row.rstrip(" |").endswith(("caching", "kv_cache")) for row in rows)
