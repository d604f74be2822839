"""Vectors and counts, through the official SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from google import genai
from google.genai import types

from homeport.daemon.routing.counting import Counted
from support.doors import TOKEN, OpenHouse

# The SDK derives a class from one of aiohttp's, which warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
ONE = "/v1beta/models/vectors/a:embedContent"
SEVERAL = "/v1beta/models/vectors/a:batchEmbedContents"


def a_text(text: Any, **settings: Any) -> dict[str, Any]:
    return {"content": {"parts": [{"text": text}]}, **settings}


@pytest.fixture
async def models(house: OpenHouse) -> AsyncIterator[Any]:
    made = genai.Client(api_key=TOKEN, http_options=types.HttpOptions(base_url=house.url))
    yield made.aio.models
    await made.aio.aclose()


async def test_vectors(house: OpenHouse, models: Any) -> None:
    config = types.EmbedContentConfig(task_type="RETRIEVAL_QUERY", output_dimensionality=2)
    found = await models.embed_content(model="vectors/a", contents=["a", "b"], config=config)
    assert [vector.values for vector in found.embeddings] == [[0.0, -0.5], [1.0, -0.5]]
    asked = house.daemon.embeddings.asked[-1]
    assert (asked.inputs, asked.dimensions, asked.wire) == (("a", "b"), 2, "gemini")
    assert asked.extras == {"taskType": "RETRIEVAL_QUERY"}
    assert asked.labels.model == "vectors/a"


async def test_one_vector(house: OpenHouse) -> None:
    reply = await house.ask("POST", ONE, a_text("a", output_dimensionality=3))
    assert reply.json["embedding"] == {"values": [0.0, -0.5]}
    assert reply.json["usageMetadata"] == {"promptTokenCount": 7, "totalTokenCount": 7}
    assert reply.headers["x-homeport-route"] == reply.json["homeport"]["route"] == "vectors/a"
    assert house.daemon.embeddings.asked[-1].dimensions == 3
    assert (await house.ask("POST", ONE, {"content": "a"})).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ONE, {}),
        (ONE, a_text("")),
        (ONE, a_text(7)),
        (ONE, {"content": {"parts": [{"inlineData": {"data": ""}}]}}),
        (SEVERAL, {}),
        (SEVERAL, {"requests": [a_text("a", taskType="A"), a_text("b")]}),
        (SEVERAL, {"requests": [a_text("a")] * 2049}),
    ],
)
async def test_what_cannot_be_embedded(house: OpenHouse, path: str, body: Any) -> None:
    reply = await house.ask("POST", path, body)
    assert (reply.status, reply.json["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(("exact", "told"), [(True, "exact"), (False, "estimate")])
async def test_a_count(house: OpenHouse, models: Any, exact: bool, told: str) -> None:
    house.daemon.router.counted = Counted(42, exact=exact, model="gemini/gemini-2.5-pro")
    counted = await models.count_tokens(model="auto", contents="hi")
    assert counted.total_tokens == 42
    headers = counted.sdk_http_response.headers
    assert headers["x-homeport-count"] == told
    assert headers["x-homeport-route"] == "gemini/gemini-2.5-pro"
