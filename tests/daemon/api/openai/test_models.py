"""`GET /v1/models` through the official SDK."""

from __future__ import annotations

from pathlib import Path

import openai
import pytest

from support.doors import TOKEN, open_house


async def test_the_list_and_one_of_it(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path) as house,
        openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key=TOKEN, max_retries=0) as sdk,
    ):
        ids = [model.id async for model in sdk.models.list()]
        assert ids[:3] == ["auto", "local", "cloud"]
        assert "auto:local-only" in ids
        assert "openrouter/meta/llama-3:free" in ids
        one = await sdk.models.retrieve("auto")
        assert one.owned_by == "homeport"
        reply = await house.ask("GET", "/v1/models/openrouter/meta/llama-3:free")
        assert reply.json["homeport"]["place"] == "cloud"
        escaped = await sdk.models.retrieve("openrouter/meta/llama-3:free")
        assert escaped.id == "openrouter/meta/llama-3:free"
        with pytest.raises(openai.NotFoundError, match="echo/words"):
            await sdk.models.retrieve("ecko/words")
