"""Models in Anthropic's shape, through the official SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anthropic
import pytest

from homeport.daemon.api.openai.models import WORDS
from support.doors import TOKEN, OpenHouse


@pytest.fixture
async def sdk(house: OpenHouse) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=house.url, api_key=TOKEN, max_retries=0) as client:
        yield client


@pytest.mark.parametrize("limit", [1, 3, 1000])
async def test_every_page(sdk: anthropic.AsyncAnthropic, limit: int) -> None:
    ids = [model.id async for model in sdk.models.list(limit=limit)]
    assert ids == [*WORDS, "echo/words", "openrouter/meta/llama-3:free"]


async def test_backwards(sdk: anthropic.AsyncAnthropic) -> None:
    page = await sdk.models.list(before_id="echo/words", limit=2)
    assert [model.id for model in page.data] == list(WORDS[-2:])
    assert page.has_more


async def test_one_of_them(sdk: anthropic.AsyncAnthropic) -> None:
    model = await sdk.models.retrieve("openrouter/meta/llama-3:free")
    assert (model.id, model.type, model.lifecycle) == (
        "openrouter/meta/llama-3:free", "model", "active",
    )  # fmt: skip
    assert model.capabilities is not None
    assert model.capabilities.image_input.supported is False
    assert (await sdk.models.retrieve("auto")).id == "auto"


async def test_names_that_programs_hard_code(sdk: anthropic.AsyncAnthropic) -> None:
    assert (await sdk.models.retrieve("claude-opus-4-8")).id == "claude-opus-4-8"
    assert (await sdk.models.retrieve("words")).max_input_tokens == 4096


async def test_what_is_not_there(house: OpenHouse, sdk: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(anthropic.NotFoundError, match="echo/words"):
        await sdk.models.retrieve("echo/wrods")
    with pytest.raises(anthropic.BadRequestError):
        await sdk.models.list(after_id="nope")
    with pytest.raises(anthropic.BadRequestError):
        await sdk.models.list(limit=0)


async def test_without_the_header_it_is_openais_shape(house: OpenHouse) -> None:
    assert (await house.ask("GET", "/v1/models")).json["object"] == "list"
    assert (await house.ask("GET", "/v1/models/echo/words")).json["object"] == "model"
    missing = await house.ask("GET", "/v1/models/nope")
    assert "type" not in missing.json
