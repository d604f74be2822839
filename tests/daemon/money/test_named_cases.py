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
from homeport.daemon.money.price import Price, flat, price_of
from homeport.daemon.money.price_book import PriceBook
from homeport.daemon.money.price_table import Steps
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


def own(**dollars_per_million: float) -> Price:
    """A price without tiers."""
    steps: dict[str, Steps] = {
        name: ((-1, round(usd * 10**9)),) for name, usd in dollars_per_million.items()
    }
    price = price_of(steps, [], source="a person's own", date="")
    assert price is not None
    return price


def test_litellm_14849_cache_hits_are_not_charged_twice(book: PriceBook) -> None:
    """$0.7642 was booked where $0.1849 was due: 257,955 cached tokens counted in full too."""
    usage = read_openai(
        {
            "prompt_tokens": 262_960,
            "completion_tokens": 1_744,
            "total_tokens": 264_704,
            "prompt_tokens_details": {"text_tokens": 262_960, "cached_tokens": 257_955},
        }
    )
    assert own(input=1.25, cache_read=0.625, output=10).cost(usage) == 184_918_125
    # At the list's own price for more than 200,000 tokens, of which the wrong sum was made.
    price = listed(book, "google/gemini-2.5-pro")
    rates = price.rates[-1]
    assert (rates.above, rates.input, rates.output) == (200_000, 25 * 10**8, 15 * 10**9)
    fresh = 262_960 - 257_955
    parts = fresh * rates.input + 257_955 * rates.cache_read + 1_744 * rates.output
    assert price.cost(usage) == -(-parts // 10**6) < 184_918_125


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
    price = own(input=5, cache_read=0.5, cache_write=6.25, output=30)
    assert price.cost(read(raw)) == 7_500_000
    rates = listed(book, "openai/gpt-5.6-sol").rates[0]
    assert rates.cache_write * 4 == rates.input * 5, "the list has a price of its own for it"


def test_litellm_33772_what_is_written_is_not_charged_as_input_too() -> None:
    """172,000 tokens, 155,000 from the cache and 3,000 into it: $0.16625, and not $0.86."""
    raw = {
        "prompt_tokens": 172_000,
        "completion_tokens": 0,
        "prompt_tokens_details": {"cached_tokens": 155_000, "cache_write_tokens": 3_000},
    }
    price = own(input=5, cache_read=0.5, cache_write=6.25, output=30)
    assert price.cost(read_openai(raw)) == 166_250_000


TIERED: dict[str, Steps] = {
    "input": ((-1, 5 * 10**9), (200_000, 10 * 10**9)),
    "cache_read": ((-1, 5 * 10**8), (200_000, 10**9)),
    "cache_write": ((-1, 6_250_000_000), (200_000, 12_500_000_000)),
    "output": ((-1, 25 * 10**9), (200_000, 37_500_000_000)),
}


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        # The prompt of the report, all of it written to the cache: $7.32, and not half of it.
        (
            read_anthropic(
                {"input_tokens": 0, "cache_creation_input_tokens": 585_659, "output_tokens": 0}
            ),
            7_320_737_500,
        ),
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


def streamed(start: dict[str, Any], end: dict[str, Any]) -> Usage:
    """What a stream says that tells these at its start and its end."""
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"id": "m", "model": "k3", "usage": start}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": end},
        {"type": "message_stop"},
    ]
    reader = MessageReader()
    for event in events:
        reader.read(json.dumps(event).encode())
    return reader.finish().usage


@pytest.mark.parametrize(
    ("start", "end", "cost"),
    [
        (
            {"input_tokens": 20_000, "cache_read_input_tokens": 0, "output_tokens": 1},
            {"input_tokens": 500, "cache_read_input_tokens": 19_500, "output_tokens": 40},
            dollars((500, 5), (19_500, 0.5), (40, 25)),
        ),
        # As another provider of the same kind was seen to say it.
        (
            {"input_tokens": 8834, "output_tokens": 0},
            {
                "input_tokens": 18,
                "output_tokens": 426,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 8831,
                "cache_creation": {"ephemeral_5m_input_tokens": 0},
            },
            dollars((18, 5), (8831, 0.5), (426, 25)),
        ),
    ],
)
def test_bifrost_5354_the_last_word_of_a_stream_replaces_the_first(
    start: dict[str, Any], end: dict[str, Any], cost: int
) -> None:
    """Some servers say the whole prompt at the start, and what was cached at the end."""
    price = own(input=5, cache_read=0.5, cache_write=6.25, output=25)
    assert price.cost(streamed(start, end)) == cost


def test_bifrost_3451_what_a_stream_writes_to_the_cache_is_charged_once() -> None:
    """$1.86 was logged where $1.06 was charged."""
    start = {"input_tokens": 6, "cache_creation_input_tokens": 159_217, "output_tokens": 1}
    price = own(input=5, cache_read=0.5, cache_write=6.25, output=25)
    assert price.cost(streamed(start, {"output_tokens": 2_745})) == 1_063_761_250


def test_aider_5518_a_cached_prompt_is_not_charged_again_in_full(book: PriceBook) -> None:
    """10.9 times the true cost was shown for a prompt that came from the cache: 0.17 cents."""
    price = listed(book, "anthropic/claude-haiku-4-5")
    usage = read_anthropic(
        {"input_tokens": 9, "cache_read_input_tokens": 17_102, "output_tokens": 4}
    )
    assert price.cost(usage) == dollars((9, 1), (17_102, 0.1), (4, 5)) == 1_739_200
    assert dollars((17_111, 1), (17_102, 0.1)) > 10 * 1_739_200, "what was shown"


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
