"""The price book against `genai-prices` itself, and how it comes by its table."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Usage
from homeport.daemon.money.own_prices import OwnPrices
from homeport.daemon.money.price_book import FREE, Price, PriceBook
from homeport.policies.model import ModelCard

OURS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "openrouter": "openrouter",
    "groq": "groq",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "xai": "x-ai",
    "x-ai": "x-ai",
    "together": "together",
    "fireworks": "fireworks",
    "cerebras": "cerebras",
    "azure": "azure",
    "perplexity": "perplexity",
}
"""Our names of providers, and theirs."""

TOKENS = (
    (0, 0, 0, 0),
    (1, 0, 0, 1),
    (1000, 200, 100, 500),
    (128_000, 0, 0, 4000),
    (199_999, 0, 0, 1),
    (200_000, 1000, 0, 1),
    (200_001, 0, 5000, 8192),
    (272_000, 272_000, 0, 0),
    (272_001, 0, 0, 100),
    (999_999, 123_457, 1, 65_536),
)
MOMENTS = (
    datetime(2025, 1, 1, 12, tzinfo=UTC),
    datetime(2026, 9, 10, 0, 0, tzinfo=UTC),
    datetime(2026, 11, 21, 3, 59, tzinfo=UTC),
    datetime(2026, 11, 21, 4, 0, tzinfo=UTC),
    datetime(2026, 11, 21, 16, 29, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the table in it, made once."""
    folder = tmp_path_factory.mktemp("cache")
    asyncio.run(PriceBook(folder).load())
    return folder


@pytest.fixture
async def book(cache: Path) -> PriceBook:
    book = PriceBook(cache)
    await book.load()
    assert book.ready
    assert not book.trouble
    return book


def card(ref: str, **fields: Any) -> ModelCard:
    provider, _, name = ref.partition("/")
    defaults: dict[str, Any] = {"id": ref, "provider": provider, "name": name, "place": "cloud"}
    return ModelCard(**defaults | fields)


def at_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def priced_at(book: PriceBook, ref: str, moment: datetime, **context: str) -> Price:
    price = book.price(card(ref), at_ms(moment), context)
    assert price is not None, ref
    return price


def providers() -> Iterator[tuple[str, Any]]:
    from genai_prices.data import providers as all_providers

    by_id = {provider.id: provider for provider in all_providers}
    for ours, theirs in OURS.items():
        yield ours, by_id[theirs]


def refs(chance: random.Random) -> Iterator[tuple[str, Any, Any]]:
    """Some models of every provider, all those with conditions; (ref, provider, model)."""
    for name, provider in providers():
        often = [m for m in provider.models if isinstance(m.prices, list) or m.price_variants]
        others = [m for m in provider.models if m not in often]
        for model in often[:40] + chance.sample(others, min(12, len(others))):
            found = provider.find_model(model.id)
            if found is not None:
                yield f"{name}/{model.id}", provider, found


def exact(provider: Any, model: Any, tokens: tuple[int, ...], moment: datetime) -> float:
    """Nano-dollars by `genai-prices`."""
    from genai_prices import Usage as TheirUsage

    whole, cached, written, answer = tokens
    usage = TheirUsage(
        input_tokens=whole,
        cache_read_tokens=cached or None,
        cache_write_tokens=written or None,
        output_tokens=answer,
        **zero_media(model, moment),
    )
    cost = model.calc_price(usage, provider, genai_request_timestamp=moment)
    return float(cost.total_price * 10**9)


def zero_media(model: Any, moment: datetime) -> dict[str, int]:
    """Classes that `genai-prices` wants to be told of explicitly where they overlap."""
    names = ("input_audio", "cache_audio_read", "input_image", "cache_image_read", "input_video")
    prices = model.get_prices(moment).__dict__
    return {f"{name}_tokens": 0 for name in names if prices.get(f"{name}_mtok") is not None}


def test_costs_are_those_of_genai_prices(cache: Path) -> None:
    book = PriceBook(cache)
    asyncio.run(book.load())
    chance = random.Random(1)  # noqa: S311 - no secret
    compared = 0
    for ref, provider, model in refs(chance):
        for moment in MOMENTS:
            price = book.price(card(ref), at_ms(moment))
            if price is None or price is FREE:
                continue
            for tokens in chance.sample(TOKENS, 3):
                cost = price.cost(Usage(*tokens))
                assert cost is not None
                wanted = exact(provider, model, tokens, moment)
                # Ours is rounded up, of list prices that may have been rounded up themselves.
                slack = 1 + sum(tokens) / 10**6
                assert wanted - 1e-3 <= cost <= wanted + slack, (ref, moment, tokens)
                assert cost <= price.worst(tokens[0], tokens[3])
                compared += 1
    assert compared > 2000


async def test_what_runs_at_home_is_free_and_what_is_not_known_is_unknown(book: PriceBook) -> None:
    assert book.price(card("ollama/qwen", place="local"), 0) is FREE
    assert book.price(card("shed/qwen", place="lan"), 0) is FREE
    assert book.price(card("openai/no-such-model"), 0) is None
    assert book.price(card("nobody/gpt-5"), 0) is None
    assert book.price(card("whatever"), 0) is None
    assert book.price(card("shed/gpt", place="lan", price_ref="openai/gpt-5"), 0) is not FREE


async def test_what_is_not_counted_in_tokens_is_unknown(book: PriceBook) -> None:
    for ref in ("openai/whisper-1", "mistral/mistral-ocr-2512", "google/gemini-2.5-flash-image"):
        assert book.price(card(ref), at_ms(MOMENTS[-1])) is None


async def test_a_model_that_is_offered_for_nothing_is_free(book: PriceBook) -> None:
    free = next(
        model.id
        for name, provider in providers()
        for model in provider.models
        if name == "openrouter" and model.id.endswith(":free")
    )
    assert book.price(card(f"openrouter/{free}"), 0) is FREE


async def test_a_price_says_where_it_is_from_and_since_when(book: PriceBook) -> None:
    price = priced_at(book, "deepseek/deepseek-v4-pro", datetime(2026, 9, 1, 12, tzinfo=UTC))
    assert price.source.startswith("genai-prices ")
    assert price.date == "2026-08-17"
    assert price.input_nano_per_mtok == 660_000_000
    assert price.output_nano_per_mtok == 1_980_000_000


async def test_the_worst_case_counts_the_dearest_hour_of_the_day(book: PriceBook) -> None:
    ref = "deepseek/deepseek-v4-pro"
    calm = priced_at(book, ref, datetime(2026, 11, 21, 12, tzinfo=UTC))
    busy = priced_at(book, ref, datetime(2026, 11, 21, 2, tzinfo=UTC))
    assert calm.expected(10**6, 0) < busy.expected(10**6, 0)
    worst = {price.worst(10**6, 0, kept=False) for price in (calm, busy)}
    assert worst == {busy.expected(10**6, 0)}


async def test_the_worst_case_counts_a_price_that_starts_tomorrow(book: PriceBook) -> None:
    ref = "deepseek/deepseek-v4-flash"
    before = priced_at(book, ref, datetime(2026, 8, 16, 12, tzinfo=UTC))
    long_before = priced_at(book, ref, datetime(2026, 8, 1, 12, tzinfo=UTC))
    assert before.expected(10**6, 10**6) == long_before.expected(10**6, 10**6)
    assert before.worst(0, 10**6) >= 660_000_000


async def test_what_a_request_says_of_itself_changes_its_price(book: PriceBook) -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    usual = priced_at(book, "openai/gpt-4.1", moment)
    priority = priced_at(book, "openai/gpt-4.1", moment, service_tier="priority")
    other = priced_at(book, "openai/gpt-4.1", moment, service_tier="something")
    assert priority.input_nano_per_mtok == 3_500_000_000 > usual.input_nano_per_mtok
    assert priority.worst(1000, 1000) > usual.worst(1000, 1000)
    assert other == usual
    early = priced_at(
        book, "openai/gpt-4.1", datetime(2026, 10, 1, tzinfo=UTC), service_tier="priority"
    )
    assert early.input_nano_per_mtok == usual.input_nano_per_mtok


async def test_audio_is_dearer_and_text_need_not_reserve_for_it(book: PriceBook) -> None:
    price = priced_at(book, "google/gemini-2.5-flash", MOMENTS[-1])
    assert price.worst(10**6, 0, media=False) < price.worst(10**6, 0)
    heard = price.cost(Usage(input=1000, output=0, input_audio=1000))
    assert heard == 1_000_000


async def test_the_persons_own_prices_come_first(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\nmodel = "openai/gpt-5"\ninput = 7\noutput = 9\n')
    book = PriceBook(cache, own=OwnPrices(file))
    await book.load()
    price = book.price(card("openai/gpt-5"), 0)
    assert price is not None
    assert (price.input_nano_per_mtok, price.source) == (7 * 10**9, "your prices.toml")
    listed = book.price(card("openai/gpt-5-mini"), 1_795_262_400_000)
    assert listed is not None
    assert listed.source.startswith("genai-prices")
    assert book.listed("openai/gpt-5", 1_795_262_400_000) is not None
    assert book.listed("openai/gtp-5", 1_795_262_400_000) is None


async def test_own_prices_are_held_against_the_list(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text('[[price]]\nmodel = "openai/gpt-5"\ninput = 0.00125\noutput = 0.01\n')
    book = PriceBook(cache, own=OwnPrices(file))
    assert await book.look()
    assert "less than a million tokens cost anywhere" in book.own.trouble
    await book.load()
    assert "openai/gpt-5: `input` = 0.00125 is 1,000 times below the $1.25" in book.own.trouble
    assert book.price(card("openai/gpt-5"), 1_795_262_400_000) is None
    file.write_text('[[price]]\nmodel = "openai/gpt-5"\ninput = 1\noutput = 8\n')
    assert await book.look()
    price = book.price(card("openai/gpt-5"), 1_795_262_400_000)
    assert price is not None
    assert (price.input_nano_per_mtok, book.own.trouble) == (10**9, "")


async def test_own_prices_that_were_never_good_leave_no_price_at_all(
    cache: Path, tmp_path: Path
) -> None:
    file = tmp_path / "prices.toml"
    file.write_text("[[price]]\n")
    book = PriceBook(cache, own=OwnPrices(file))
    await book.load()
    assert book.price(card("openai/gpt-5"), 1_795_262_400_000) is None
    file.unlink()
    assert book.own.look()
    assert book.price(card("openai/gpt-5"), 1_795_262_400_000) is not None


# -- coming by the table -----------------------------------------------------------


async def test_nothing_is_known_until_the_table_is_there(tmp_path: Path) -> None:
    book = PriceBook(tmp_path / "cache")
    assert not book.ready
    loading = asyncio.ensure_future(book.load())
    await asyncio.sleep(0)
    assert book.price(card("openai/gpt-5"), 0) is None
    await loading
    assert book.ready
    assert book.price(card("openai/gpt-5"), 0) is not None
    assert [f.name for f in (tmp_path / "cache").iterdir()] == ["prices-2.json"]
    assert repr(book).startswith("<PriceBook genai-prices ")


async def test_a_damaged_or_outdated_table_is_made_again(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "prices-2.json"
    whole = (cache / "prices-2.json").read_bytes()
    for damaged in (b"", whole[:1000], whole.replace(b'"stamp":"', b'"stamp":"0'), b"[]"):
        path.write_bytes(damaged)
        book = PriceBook(tmp_path)
        await book.load()
        assert book.price(card("openai/gpt-5"), 0) is not None
        assert path.read_bytes() == whole


async def test_a_table_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    book = PriceBook(tmp_path / "file")
    await book.load()
    assert book.ready
    assert "could not be made" in book.trouble
    assert book.price(card("openai/gpt-5"), 0) is None
    assert book.price(card("ollama/x", place="local"), 0) is FREE


async def test_a_program_that_cannot_be_run_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    book = PriceBook(tmp_path)
    await book.load()
    assert book.ready
    assert "cannot be run: No such file" in book.trouble


async def test_without_the_package_prices_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.daemon.money.price_book.source_stamp", lambda: "")
    book = PriceBook(tmp_path)
    await book.load()
    assert "not installed" in book.trouble


async def test_the_compiling_program_gets_no_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    spy = tmp_path / "python"
    spy.write_text(f"#!/bin/sh\nenv > {tmp_path}/environment\nexit 3\n")
    spy.chmod(0o755)
    book = PriceBook(tmp_path / "cache")
    await book.load()
    assert "sk-secret" not in (tmp_path / "environment").read_text()
    assert "could not be made" in book.trouble


def test_the_daemon_does_not_import_genai_prices() -> None:
    script = (
        "import sys, homeport.daemon.money.price_book\n"
        "heavy = {'genai_prices', 'pydantic', 'importlib.metadata'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=dict(os.environ))
