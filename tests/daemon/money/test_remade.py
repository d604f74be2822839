"""Every figure that is booked can be made again from its row, and the price that the row names."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homeport.adapters.base import Finish, Usage
from homeport.daemon.money.entries import TOKEN_CLASSES
from homeport.daemon.money.ledger import Ledger, LedgerLimits
from homeport.daemon.money.own_prices import OwnPrices
from homeport.daemon.money.payment import Payments
from homeport.daemon.money.price import Price
from homeport.daemon.money.price_book import PriceBook
from homeport.daemon.routing.asking import ask_of
from homeport.daemon.routing.attempt import Attempt
from homeport.daemon.storage.database import Database
from homeport.policies.model import ModelCard
from support.deciding import candidate
from support.ledgers import Clock
from support.scripted import card, prompt

ASK = ask_of(prompt(), 60_000)
WORST = 10**12
MODELS = (
    "anthropic/claude-sonnet-4-5",
    "google/gemini-2.5-flash",
    "google/gemini-2.5-pro",
    "openai/gpt-4.1",
    "openai/gpt-4o-audio-preview",
    "openai/o3",
    "perplexity/sonar-pro",
)
COUNTS = st.none() | st.integers(0, 300_000)
USAGES = st.builds(
    Usage,
    certain=st.booleans(),
    cost_nano=st.none() | st.integers(0, 10**9),
    searches=st.none() | st.integers(0, 9),
    **dict.fromkeys(TOKEN_CLASSES, COUNTS),
)
ENDS = st.tuples(
    st.sampled_from(MODELS),
    USAGES,
    st.sampled_from(["done", "done", "budget", "reset", "rate_limited"]),
    st.sampled_from(["", "", "priority", "flex", "default"]),
)
End = tuple[str, Usage, str, str]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PriceBook:
    book = PriceBook(tmp_path_factory.mktemp("cache"))
    asyncio.run(book.load())
    return book


def sold(model: str) -> ModelCard:
    provider = model.split("/")[0]
    return card(model, place="cloud", price_ref=model, provider=provider, context=1_000_000)


async def booked(book: PriceBook, ends: list[End], path: Path) -> list[Attempt]:
    clock = Clock()

    def price_of(of: ModelCard, terms: Mapping[str, str] = {}) -> Price | None:
        return book.price(of, clock(), terms)

    db = await Database.open(path)
    ledger = Ledger(db, LedgerLimits(), clock, survive_power_cuts=lambda: False)
    await ledger.open()
    attempts = [
        await settled(ledger, price_of, clock, str(number), end) for number, end in enumerate(ends)
    ]
    await db.close()
    return attempts


async def settled(ledger: Ledger, price_of: Any, clock: Clock, request: str, end: End) -> Attempt:
    model, usage, outcome, tier = end
    payments = Payments(ledger, price_of, ASK, clock)
    attempt = Attempt(request, 1, sold(model), "", clock)
    assert not price_of(attempt.card).free
    chosen = replace(candidate(), card=attempt.card, worst_cost_nano=WORST)
    assert await payments.reserve(attempt, chosen, request) is None
    extras = {"service_tier": tier} if tier else {}
    if outcome != "rate_limited":
        attempt.finish = Finish("stop", usage, extras=extras)
    await payments.settle(attempt, outcome)
    return attempt


def rows(path: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM entry ORDER BY n")]


def remade(row: Mapping[str, Any], book: PriceBook) -> tuple[int | None, int]:
    """What its tokens come to by the price that it names, and what is booked for that."""
    terms = json.loads(row["terms"] or "{}")
    price = book.price(sold(row["model"]), row["ended_ms"] if terms else row["at_ms"], terms)
    assert price is not None
    assert (price.source, price.date) == (row["price_source"], row["price_date"])
    if row["listed_nano"] is None:
        return None, 0 if row["outcome"] == "rate_limited" else row["worst_nano"]
    usage = Usage(searches=row["searches"], **{of: row[f"{of}_tokens"] for of in TOKEN_CLASSES})
    listed = price.cost(usage)
    assert listed is not None
    if row["charged_nano"] is not None:
        return listed, row["charged_nano"]
    if row["outcome"] == "budget":
        listed = min(listed, row["worst_nano"])
    return listed, listed


async def test_what_else_than_tokens_is_charged_stands_in_the_row(
    book: PriceBook, tmp_path: Path
) -> None:
    ends: list[End] = [
        ("anthropic/claude-sonnet-4-5", whole(searches=3), "done", ""),
        ("openai/gpt-4.1", whole(), "done", "priority"),
        ("openai/gpt-4.1", whole(), "done", "default"),
    ]
    attempts = await booked(book, ends, tmp_path / "ledger.db")
    found = rows(tmp_path / "ledger.db")
    priority = '{"service_tier":"priority"}'
    assert [(row["searches"], row["terms"]) for row in found] == [
        *((3, None), (None, priority), (None, None)),
    ]
    searched, granted, usual = [attempt.view for attempt in attempts]
    assert (searched.searches, searched.terms) == (3, ())
    assert (granted.searches, granted.terms) == (None, (("service_tier", "priority"),))
    assert (usual.searches, usual.terms) == (None, ())
    assert granted.cost_nano != usual.cost_nano


async def test_a_figure_by_a_price_of_ones_own_outlives_its_file(
    book: PriceBook, tmp_path: Path
) -> None:
    file = tmp_path / "prices.toml"
    said = 'model = "openai/gpt-4.1"\ninput = 1.25\ncache_read = 0.05\noutput = 10.5\nrequest = 1'
    file.write_text(f"[[price]]\n{said}\n")
    book = PriceBook(book.fetched.parent, own=OwnPrices(file))
    await book.load()
    ends: list[End] = [("openai/gpt-4.1", whole(cache_read=40_000), "done", "")]
    await booked(book, ends, tmp_path / "ledger.db")
    (row,) = rows(tmp_path / "ledger.db")
    source, _, figures = row["price_source"].partition(": ")
    assert source == "your prices.toml"
    usd = {name: float(amount) for name, amount in [one.split() for one in figures.split(", ")]}
    assert usd == {"input": 1.25, "cache_read": 0.05, "output": 10.5, "request": 1.0}
    millionths = 210_000 * usd["input"] + 40_000 * usd["cache_read"] + 5_000 * usd["output"]
    assert row["cost_nano"] == round(1_000 * millionths + 10**9 * usd["request"])


def whole(**fields: int) -> Usage:
    return Usage(input=250_000, output=5_000, **fields)


@given(ends=st.lists(ENDS, min_size=1, max_size=8))
@example(ends=[("anthropic/claude-sonnet-4-5", whole(searches=3), "done", "")])
@example(ends=[("openai/gpt-4.1", whole(cache_read=9), "done", "priority")])
@example(ends=[("openai/gpt-4o-audio-preview", whole(**dict.fromkeys(TOKEN_CLASSES[4:7], 400)),
                "done", "")])  # fmt: skip
@settings(max_examples=20, deadline=None)
def test_each_figure_can_be_made_again(book: PriceBook, ends: list[End]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        asyncio.run(booked(book, ends, path))
        found = rows(path)
    assert len(found) == len(ends)
    for row in found:
        assert remade(row, book) == (row["listed_nano"], row["cost_nano"])
