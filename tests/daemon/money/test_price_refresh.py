"""Newer prices than the installed ones: fetched where the person wants it, from a real server."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.daemon.config.settings import Prices
from homeport.daemon.egress.permits import Egress
from homeport.daemon.money import price_refresh
from homeport.daemon.money.price_book import PriceBook
from homeport.daemon.money.price_refresh import PriceRefresh
from homeport.policies.model import ModelCard
from support.file_server import FileServer, Step

CARD = ModelCard(id="openai/new-5", provider="openai", name="new-5", place="cloud")
NOW_MS = 1_790_000_000_000
OTHERS = ["anthropic", "google", "mistral", "groq", "x-ai", "deepseek", "azure", "aws", "cohere"]
KEPT = {"prices-2.json", "prices-fetched.json"}


def listed(input_usd: str, *, ids: list[str] | None = None) -> bytes:
    """A list of the makers of `genai-prices`, with a model that the installed one lacks."""
    prices = {"input_mtok": input_usd, "output_mtok": "2"}
    model = {"id": "new-5", "match": {"equals": "new-5"}, "prices": prices}
    providers = [
        {"id": one, "name": one, "api_pattern": one, "models": [model]}
        for one in ids or ["openai", *OTHERS]
    ]
    return msgspec.json.encode(providers)


class Fetching:
    """A book of prices, and what keeps it new."""

    def __init__(self, folder: Path, url: str, **prices: Any) -> None:
        self.prices = Prices(**{"refresh": True, "url": url, **prices})
        self.may_leave = True
        self.blocked: str | None = None
        self.book = PriceBook(folder, takes_fetched=lambda: self.prices.refresh)
        self.refresh = PriceRefresh(
            self.book,
            Egress(blocked=lambda _: self.blocked),
            wanted=lambda: self.prices,
            may_leave=lambda: self.may_leave,
        )

    def input_nano(self) -> int | None:
        """Of the new model, for a million tokens."""
        price = self.book.price(CARD, NOW_MS)
        return price.input_nano_per_mtok if price else None


async def test_a_newer_list_is_in_force_once_and_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [datetime.now(UTC).date()]
    async with FileServer(listed("1.5")) as server:
        fetching = Fetching(tmp_path, server.url)
        await fetching.book.load()
        assert fetching.input_nano() is None, "the installed list does not know it"
        assert await fetching.refresh.fetch_if_due()
        assert fetching.input_nano() == 1_500_000_000
        days.append(datetime.now(UTC).date())
        told = repr(fetching.book)
        assert told in [f"<PriceBook genai-prices of {day.isoformat()}>" for day in days]
        assert not await fetching.refresh.fetch_if_due(), "once a day"
        again = Fetching(tmp_path, server.url)
        await again.book.load()
        assert again.input_nano() == 1_500_000_000
        assert not await again.refresh.fetch_if_due()
        (asked,) = server.requests
        assert "authorization" not in asked
        monkeypatch.setattr(price_refresh, "DAY_S", 0.0)
        server.content = listed("3")
        assert await again.refresh.fetch_if_due()
        assert again.input_nano() == 3_000_000_000
        unwanted = Fetching(tmp_path, server.url, refresh=False)
        await unwanted.book.load()
        assert unwanted.input_nano() is None, "where it is not wanted the installed list counts"


NO_LISTS = (
    (b"<html>Sign in to this network</html>", [], "could not be made"),
    (listed("0", ids=["openai"]), [], "lacks some that belong in it"),
    (listed("much"), [], "could not be made"),
    (listed("1"), [Step("status", status=503)], "answered 503 instead of its prices"),
    (listed("1"), [Step("cut", count=50)], "could not be asked"),
)


async def test_what_is_no_list_changes_nothing_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FileServer(listed("1.5")) as server:
        fetching = Fetching(tmp_path, server.url)
        assert await fetching.refresh.fetch_if_due()
        monkeypatch.setattr(price_refresh, "DAY_S", 0.0)
        monkeypatch.setattr(price_refresh, "AGAIN_S", 0.0)
        for content, script, said in NO_LISTS:
            server.content, server.script = content, [*script]
            assert not await fetching.refresh.fetch_if_due()
            assert said in fetching.book.refresh_trouble
            assert "Traceback" not in fetching.book.refresh_trouble
            assert fetching.input_nano() == 1_500_000_000
        again = Fetching(tmp_path, server.url)
        await again.book.load()
        assert again.input_nano() == 1_500_000_000
        assert set(os.listdir(tmp_path)) == KEPT
        monkeypatch.setattr(price_refresh, "AGAIN_S", 3600.0)
        asked = len(server.requests)
        assert not await fetching.refresh.fetch_if_due()
        assert len(server.requests) == asked, "not again within the hour"


async def test_nothing_is_asked_while_it_may_not_leave(tmp_path: Path) -> None:
    async with FileServer(listed("1.5")) as server:
        fetching = Fetching(tmp_path, server.url)
        fetching.may_leave = False
        assert not await fetching.refresh.fetch_if_due()
        fetching.may_leave, fetching.blocked = True, "Offline by choice."
        assert not await fetching.refresh.fetch_if_due()
        assert fetching.book.refresh_trouble == "Offline by choice."
        assert server.requests == []


async def test_a_list_without_an_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(price_refresh, "MOST_BYTES", 100_000)
    async with FileServer(b"[" * 1_000, [Step("endless")]) as server:
        fetching = Fetching(tmp_path, server.url)
        assert not await fetching.refresh.fetch_if_due()
        assert "sent more than" in fetching.book.refresh_trouble


def test_nobody_can_change_prices_on_the_way() -> None:
    with pytest.raises(ValueError, match="start with https"):
        Prices(url="http://prices.example/data.json")
