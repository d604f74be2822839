"""Routes that change Ollama's own store are refused, each with what to do instead."""

from __future__ import annotations

import ollama
import pytest

from homeport.daemon.api.ollama.refused import INSTEAD, not_served
from support.doors import OpenHouse


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("POST", "/api/create", "create"),
        ("POST", "/api/copy", "copy"),
        ("DELETE", "/api/delete", "delete"),
        ("POST", "/api/push", "push"),
        ("POST", "/api/blobs/sha256:0", "blobs"),
        ("GET", "/api/blobs/sha256:0", "blobs"),
    ],
)
async def test_refusals(house: OpenHouse, method: str, path: str, what: str) -> None:
    reply = await house.ask(method, path, {"model": "x"})
    assert (reply.status, reply.json) == (403, {"error": not_served(what).sentence})
    assert INSTEAD[what] in reply.json["error"]


async def test_the_sdk_shows_the_sentence(house: OpenHouse) -> None:
    from support.doors import TOKEN

    async with ollama.AsyncClient(host=f"{house.url}/t/{TOKEN}") as sdk:
        with pytest.raises(ollama.ResponseError, match="does not serve /api/delete"):
            await sdk.delete("x")
        with pytest.raises(ollama.ResponseError, match="does not serve /api/copy"):
            await sdk.copy("x", "y")
