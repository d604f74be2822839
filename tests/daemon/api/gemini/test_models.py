"""Models in Gemini's shape, through the official SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from homeport.daemon.api.openai.models import WORDS
from support.doors import TOKEN, OpenHouse

# The SDK derives a class from one of aiohttp's, which warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
ALL = [*(f"models/{word}" for word in WORDS), "models/echo/words",
       "models/openrouter/meta/llama-3:free"]  # fmt: skip


@pytest.fixture(params=["v1beta", "v1"])
async def models(house: OpenHouse, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    http = types.HttpOptions(base_url=house.url, api_version=request.param)
    made = genai.Client(api_key=TOKEN, http_options=http)
    yield made.aio.models
    await made.aio.aclose()


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_every_page(models: Any, size: int) -> None:
    found = [model async for model in await models.list(config={"page_size": size})]
    assert [model.name for model in found] == ALL
    assert found[0].supported_actions == ["generateContent", "countTokens"]


async def test_one_of_them(models: Any) -> None:
    found = await models.get(model="echo/words")
    assert (found.name, found.input_token_limit) == ("models/echo/words", 4096)
    assert (await models.get(model="models/auto")).name == "models/auto"
    # A name that programs hard-code.
    assert (await models.get(model="gemini-2.5-pro")).name == "models/gemini-2.5-pro"


async def test_what_is_not_there(house: OpenHouse, models: Any) -> None:
    with pytest.raises(errors.ClientError, match="echo/words") as missing:
        await models.get(model="echo/wrods")
    assert missing.value.status == "NOT_FOUND"
    for query in ("pageToken=x", "pageSize=0"):
        reply = await house.ask("GET", f"/v1beta/models?{query}")
        assert (reply.status, reply.json["error"]["status"]) == (400, "INVALID_ARGUMENT")


async def test_without_the_header_it_is_openais_shape(house: OpenHouse) -> None:
    assert (await house.ask("GET", "/v1/models")).json["object"] == "list"
    assert (await house.ask("GET", "/v1/models/echo/words")).json["object"] == "model"
