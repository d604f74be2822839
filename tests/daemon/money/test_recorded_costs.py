"""What every recorded answer cost, by us and by `genai-prices` itself.

The package reads the usage of a recording with its own extractors and prices it
with its own decimals; ours is read by the adapters and priced in whole numbers.
Where the two differ, the difference is named here, with its reason.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.anthropic import usage as anthropic_usage
from homeport.adapters.base import Usage
from homeport.adapters.gemini import usage as gemini_usage
from homeport.adapters.openai import usage as openai_usage
from homeport.daemon.money.price import Price
from homeport.daemon.money.price_book import PriceBook
from homeport.policies.model import ModelCard
from support.recordings import for_each, load, recordings

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Wire:
    """How the answers in one folder are read."""

    provider: str
    """Ours, and the name of theirs."""
    flavour: str
    read: Callable[[Any], Usage]
    extractor: str = ""
    """The provider whose extractor reads this shape, where theirs has none."""


WIRES = {
    "openai-chat": Wire("openai", "chat", openai_usage.read_usage),
    "openai-responses": Wire("openai", "responses", openai_usage.read_response_usage),
    "groq-chat": Wire("groq", "default", openai_usage.read_usage),
    "mistral-chat": Wire("mistral", "default", openai_usage.read_usage),
    "deepseek-chat": Wire("deepseek", "chat", openai_usage.read_usage),
    "openrouter-chat": Wire("openrouter", "chat", openai_usage.read_usage),
    "together-chat": Wire("together", "chat", openai_usage.read_usage, extractor="openai"),
    "cerebras-chat": Wire("cerebras", "chat", openai_usage.read_usage),
    "zai-chat": Wire("zai", "chat", openai_usage.read_usage),
    "anthropic-messages": Wire("anthropic", "default", anthropic_usage.read_usage),
    "gemini-generate": Wire("google", "default", gemini_usage.read_usage),
    "gemini-stream": Wire("google", "default", gemini_usage.read_usage),
}

NOT_READ = {
    "more-specific usage": "the package refuses cached tokens beyond the input; ours mends them",
}
"""Usages that the package does not price."""

DIFFERENT: dict[str, str] = {}
"""By recording: why the two costs differ. None does."""


def whole(body: Any) -> dict[str, Any]:
    """An answer, or what a stream says of itself in the end."""
    if not isinstance(body, str):
        return dict(body)
    said: dict[str, Any] = {}
    for line in body.splitlines():
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]" or not data:
            continue
        chunk = json.loads(data)
        inner = next((chunk[n] for n in ("response", "message") if n in chunk), chunk)
        inner = inner if isinstance(inner, dict) else chunk
        for name in ("model", "modelVersion", "usageMetadata"):
            said[name] = inner.get(name) or said.get(name)
        usage = inner.get("usage") or (inner.get("x_groq") or {}).get("usage")
        said["usage"] = {**(said.get("usage") or {}), **(usage or {})}
    return {name: value for name, value in said.items() if value}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PriceBook:
    made = PriceBook(tmp_path_factory.mktemp("cache"))
    asyncio.run(made.load())
    return made


def our_price(book: PriceBook, provider: str, model: str) -> Price | None:
    card = ModelCard(id=f"{provider}/{model}", provider=provider, name=model, place="cloud")
    return book.price(card, int(NOW.timestamp() * 1000))


def their_nano(wire: Wire, said: dict[str, Any], model: str) -> float | None:
    """Their cost; None where they know no price. Raises ValueError for a usage they refuse."""
    from genai_prices.data import providers

    by_id = {provider.id: provider for provider in providers}
    provider = by_id[wire.provider]
    _, usage = by_id[wire.extractor or wire.provider].extract_usage(said, api_flavor=wire.flavour)
    info = provider.find_model(model, all_providers=providers)
    if info is None:
        return None
    cost = info.calc_price(usage, provider, genai_request_timestamp=NOW)
    return float(cost.total_price * 10**9)


def compare(path: Path, book: PriceBook) -> str:
    """What became of one recording; fails where the costs differ without a reason."""
    exchange = load(path)
    if exchange["response"]["status"] != 200:
        return "an error"
    said = whole(exchange["response"]["body"])
    raw = said.get("usage") or said.get("usageMetadata")
    if not raw:
        return "no usage"
    wire = WIRES[path.parent.name]
    model = said.get("model") or said.get("modelVersion") or exchange["request"]["body"]["model"]
    price = our_price(book, wire.provider, model)
    try:
        theirs = their_nano(wire, said, model)
    except ValueError as error:
        if not any(words in str(error) for words in NOT_READ):
            raise
        return "refused by the package"
    if not theirs or price is None:
        assert not theirs, model
        assert price is None or price.free, model
        return "no price"
    ours = price.cost(wire.read(raw))
    assert ours is not None
    if f"{path.parent.name}/{path.stem}" in DIFFERENT:
        return "differs for a reason"
    assert abs(ours - theirs) <= 1.01, (model, raw)
    return "the same"


@pytest.mark.parametrize("folder", list(WIRES))
def test_costs_are_the_same_twice(folder: str, book: PriceBook) -> None:
    paths = recordings(folder)
    if not paths:
        pytest.skip("no recordings on this machine")
    became = Counter(compare(path, book) for path in paths)
    assert became["the same"] >= 0.5 * len(paths), became


@for_each(recordings("openrouter-chat"))
def test_what_openrouter_charged_is_close_to_the_list(path: Path, book: PriceBook) -> None:
    """Its own word is booked; the list price beside it is of the same order."""
    exchange = load(path)
    said = whole(exchange["response"]["body"])
    usage = openai_usage.read_usage(said.get("usage"))
    price = our_price(book, "openrouter", str(said.get("model")))
    if usage.cost_nano is None or price is None:
        pytest.skip("no cost, or no price, of this one")
    listed = price.cost(usage)
    assert listed is not None
    assert usage.cost_nano == pytest.approx(said["usage"]["cost"] * 10**9, abs=1)


@for_each(recordings(*WIRES))
def test_no_recorded_answer_cost_more_than_its_worst_case(path: Path, book: PriceBook) -> None:
    exchange = load(path)
    said = whole(exchange["response"]["body"]) if exchange["response"]["status"] == 200 else {}
    wire = WIRES[path.parent.name]
    usage = wire.read(said.get("usage") or said.get("usageMetadata"))
    model = str(said.get("model") or said.get("modelVersion"))
    price = our_price(book, wire.provider, model)
    if price is None or usage.input is None or usage.output is None:
        pytest.skip("no price, or no usage, of this one")
    cost = price.cost(usage)
    assert cost is not None
    assert cost <= price.worst(usage.input, usage.output)
