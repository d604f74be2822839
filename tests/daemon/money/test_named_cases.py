"""Wrong money that users of other programs reported, each with its numbers.

The titles say whose reports they are; every case is played through our own
readers, prices and ledger.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.anthropic.read import MessageReader
from homeport.adapters.anthropic.usage import read_usage as read_anthropic
from homeport.adapters.base import TextDelta, Usage
from homeport.adapters.openai.usage import read_response_usage
from homeport.adapters.openai.usage import read_usage as read_openai
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.payment import Payments
from homeport.daemon.money.price import Price, flat, price_of
from homeport.daemon.money.price_book import PriceBook
from homeport.daemon.money.price_table import Steps
from homeport.daemon.routing.asking import ask_of
from homeport.daemon.routing.attempt import Attempt
from homeport.policies.errors import HomeportError
from homeport.policies.model import ModelCard
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

NOW_MS = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() * 1000)
CLOUD = card("scripted/paid", place="cloud", price_ref="x/y", max_output=100, context=8192)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PriceBook:
    made = PriceBook(tmp_path_factory.mktemp("cache"))
    asyncio.run(made.load())
    return made


def listed(book: PriceBook, ref: str) -> Price:
    provider, _, name = ref.partition("/")
    price = book.price(ModelCard(id=ref, provider=provider, name=name, place="cloud"), NOW_MS)
    assert price is not None
    return price


def dollars(*parts: tuple[int, float]) -> int:
    """Nano-dollars of (tokens, dollars per million)."""
    return round(sum(tokens * dollar * 1000 for tokens, dollar in parts))


def test_litellm_14849_cache_hits_are_not_charged_twice(book: PriceBook) -> None:
    """$0.76 was booked where $0.18 was charged: 257,955 cached tokens counted in full too."""
    price = listed(book, "google/gemini-2.5-pro")
    usage = read_openai(
        {
            "prompt_tokens": 262_960,
            "completion_tokens": 1_744,
            "total_tokens": 264_704,
            "prompt_tokens_details": {"text_tokens": 262_960, "cached_tokens": 257_955},
        }
    )
    rates = price.rates[-1]
    fresh = 262_960 - 257_955
    parts = fresh * rates.input + 257_955 * rates.cache_read + 1_744 * rates.output
    assert price.cost(usage) == -(-parts // 10**6)
    twice = parts + 257_955 * rates.input
    assert (price.cost(usage) or 0) * 4 < -(-twice // 10**6)
    assert rates.above == 200_000


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (
            read_openai,
            {
                "prompt_tokens": 2600,
                "completion_tokens": 100,
                "prompt_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
            },
        ),
        (
            read_response_usage,
            {
                "input_tokens": 2600,
                "output_tokens": 100,
                "input_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
            },
        ),
    ],
)
def test_litellm_33772_cache_writes_of_openai_are_charged(
    book: PriceBook, read: Any, raw: dict[str, Any]
) -> None:
    """`cache_write_tokens` was dropped, so that a write cost no more than reading."""
    price = listed(book, "openai/gpt-5.6-sol")
    rates = price.rates[0]
    assert rates.cache_write * 4 == rates.input * 5
    parts = 200 * rates.input + 2000 * rates.cache_read + 400 * rates.cache_write
    assert price.cost(read(raw)) == -(-(parts + 100 * rates.output) // 10**6)


TIERED: dict[str, Steps] = {
    "input": ((-1, 5 * 10**9), (200_000, 10 * 10**9)),
    "cache_read": ((-1, 5 * 10**8), (200_000, 10**9)),
    "cache_write": ((-1, 6_250_000_000), (200_000, 12_500_000_000)),
    "output": ((-1, 25 * 10**9), (200_000, 37_500_000_000)),
}


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        # Cached and written tokens are a part of the input that the threshold is about.
        (
            read_anthropic(
                {
                    "input_tokens": 10,
                    "cache_read_input_tokens": 150_000,
                    "cache_creation_input_tokens": 60_000,
                    "output_tokens": 1000,
                }
            ),
            dollars((10, 10), (150_000, 1), (60_000, 12.5), (1000, 37.5)),
        ),
        # They are not added to an input that holds them already.
        (
            read_openai(
                {
                    "prompt_tokens": 150_000,
                    "completion_tokens": 1000,
                    "prompt_tokens_details": {"cached_tokens": 120_000},
                }
            ),
            dollars((30_000, 5), (120_000, 0.5), (1000, 25)),
        ),
        # At the threshold the lower tier still holds; the whole request is above it, or none.
        (Usage(input=200_000, output=1000), dollars((200_000, 5), (1000, 25))),
        (Usage(input=200_001, output=1000), dollars((200_001, 10), (1000, 37.5))),
    ],
)
def test_litellm_30207_the_tier_is_that_of_the_whole_input(usage: Usage, cost: int) -> None:
    price = price_of(TIERED, [], source="a person's own", date="")
    assert price is not None
    assert price.cost(usage) == cost


def test_bifrost_5354_the_last_word_of_a_stream_replaces_the_first() -> None:
    """Some servers say the whole prompt at the start, and what was cached at the end."""
    start = {"input_tokens": 20_000, "cache_read_input_tokens": 0, "output_tokens": 1}
    end = {"input_tokens": 500, "cache_read_input_tokens": 19_500, "output_tokens": 40}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "model": "k3", "usage": start}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": end},
        {"type": "message_stop"},
    ]
    reader = MessageReader()
    for event in events:
        reader.read(json.dumps(event).encode())
    usage = reader.finish().usage
    assert (usage.input, usage.cache_read, usage.output) == (20_000, 19_500, 40)


def test_aider_5518_a_cached_prompt_is_not_charged_again_in_full(book: PriceBook) -> None:
    """10.9 times the true cost was shown for a prompt that came from the cache whole."""
    price = listed(book, "anthropic/claude-haiku-4-5")
    usage = read_anthropic(
        {"input_tokens": 9, "cache_read_input_tokens": 17_102, "output_tokens": 4}
    )
    rates = price.rates[0]
    parts = 9 * rates.input + 17_102 * rates.cache_read + 4 * rates.output
    assert price.cost(usage) == -(-parts // 10**6)
    wrong = -(-(17_111 * rates.input + parts) // 10**6)
    assert wrong > 10 * (price.cost(usage) or 0)


def test_claude_usage_162_an_hour_in_the_cache_costs_more(book: PriceBook) -> None:
    """Writes that are kept for an hour were booked at the price of five minutes."""
    price = listed(book, "anthropic/claude-haiku-4-5")
    usage = read_anthropic(
        {
            "input_tokens": 0,
            "cache_creation_input_tokens": 3904,
            "cache_creation": {"ephemeral_1h_input_tokens": 3904, "ephemeral_5m_input_tokens": 0},
            "output_tokens": 0,
        }
    )
    assert price.cost(usage) == -(-3904 * 2 * price.rates[0].input // 10**6)


async def spend(home: House) -> str:
    """One prompt; its text."""
    text = ""
    try:
        async with home.router.answer(prompt()) as answer:
            async for delta in answer.deltas():
                text += delta.text if isinstance(delta, TextDelta) else ""
    finally:
        await home.router.settled()
    return text


async def test_litellm_41344_a_paid_fallback_of_a_free_model_is_paid_for(tmp_path: Path) -> None:
    """The budget was asked about the free model, and the paid one ran."""
    free = card("scripted/free")
    at_home = ScriptedAdapter({free.id: Script(words=(), fails="overloaded")}, [free])
    away = ScriptedAdapter({CLOUD.id: Script()}, [CLOUD])
    away.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [at_home, away], limits=LedgerLimits(day_nano=1)) as home:
        home.around.prices[CLOUD.id] = flat(10**9, 2 * 10**9, source="a test")
        with pytest.raises(HomeportError):
            await spend(home)
        (window,) = home.rooms.ledger.budget().windows
        assert at_home.asked
        assert not away.asked
        assert (window.spent_nano, window.reserved_nano) == (0, 0)


@pytest.mark.parametrize("room_for", [0, 1, 3])
async def test_litellm_34732_40095_no_two_prompts_pass_the_same_check(
    tmp_path: Path, room_for: int
) -> None:
    """Prompts at once, the first ever of their client too, all saw the budget untouched."""
    ask = ask_of(prompt(), 60_000)
    adapter = ScriptedAdapter({CLOUD.id: Script()}, [CLOUD])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=10**9)) as home:
        home.around.prices[CLOUD.id] = flat(10**9, 2 * 10**9, source="a test")
        rooms = home.rooms
        (candidate,) = rooms.fleet.candidates(ask)
        worst = candidate.worst_cost_nano
        assert worst
        limit = worst * room_for + worst // 2
        rooms.ledger.set_limits(LedgerLimits(day_nano=limit))
        payments = Payments(rooms.ledger, rooms.price_of, ask, rooms.clock_ms)
        attempts = [Attempt(f"r{n}", 1, CLOUD, "", rooms.clock_ms) for n in range(8)]
        windows = await asyncio.gather(
            *(payments.reserve(attempt, candidate, attempt.id) for attempt in attempts)
        )
        assert windows.count(None) == room_for
        (window,) = rooms.ledger.budget().windows
        assert window.spent_nano + window.reserved_nano == worst * room_for <= limit


async def test_a_stream_without_usage_is_booked_as_an_estimate(tmp_path: Path) -> None:
    """Unknown usage is never nothing."""
    script = Script(usage=Usage(certain=False))
    adapter = ScriptedAdapter({CLOUD.id: script}, [CLOUD])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=10**9)) as home:
        home.around.prices[CLOUD.id] = flat(10**9, 2 * 10**9, source="a test")
        home.set_policy(mode="cloud-only")
        assert await spend(home) == "Hello there."
        view = home.rooms.bus.requests()[-1]
        (window,) = home.rooms.ledger.budget().windows
    assert view.cost_nano == window.spent_nano > 6_000
    assert not view.certain
