"""Counts of tokens, through the official SDK."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anthropic
import pytest

from homeport.daemon.routing.counting import Counted
from support.doors import TOKEN, open_house


@pytest.mark.parametrize(("exact", "told"), [(True, "exact"), (False, "estimate")])
async def test_a_count(tmp_path: Path, exact: bool, told: str) -> None:
    messages: Any = [{"role": "user", "content": "hi"}]
    async with open_house(tmp_path) as house:
        house.daemon.router.counted = Counted(42, exact=exact, model="anthropic/claude")
        async with anthropic.AsyncAnthropic(base_url=house.url, api_key=TOKEN) as sdk:
            raw = await sdk.messages.with_raw_response.count_tokens(model="auto", messages=messages)
            assert (await raw.parse()).input_tokens == 42
            assert raw.headers["x-homeport-count"] == told
            assert raw.headers["x-homeport-route"] == "anthropic/claude"
            with pytest.raises(anthropic.BadRequestError):
                await sdk.messages.count_tokens(model="auto", messages=[])
