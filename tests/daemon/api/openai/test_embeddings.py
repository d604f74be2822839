"""`POST /v1/embeddings` through the official SDK, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from homeport.daemon.api.openai.embeddings import WIRE, read
from homeport.policies.errors import BadRequest, NotFound
from support.doors import TOKEN, OpenHouse
from support.recordings import for_each, load, recordings


@pytest.fixture
async def sdk(house: OpenHouse) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=f"{house.url}/v1", api_key=TOKEN, max_retries=0
    ) as client:
        yield client


async def test_the_sdk_asks_for_base64_and_gets_numbers(
    house: OpenHouse, sdk: openai.AsyncOpenAI
) -> None:
    raw = await sdk.embeddings.with_raw_response.create(
        model="a", input=["x", "y"], dimensions=2, user="me"
    )
    answer = raw.parse()
    assert [row.embedding for row in answer.data] == [[0.0, -0.5], [1.0, -0.5]]
    assert [row.index for row in answer.data] == [0, 1]
    assert (answer.model, answer.usage.prompt_tokens) == ("vectors/a", 7)
    assert answer.model_extra is not None
    assert answer.model_extra["homeport"]["route"] == "vectors/a"
    assert raw.headers["x-homeport-decision"] == "01test"
    assert raw.headers["x-homeport-cost"] == "0"
    (asked,) = house.daemon.embeddings.asked
    assert (asked.inputs, asked.dimensions, asked.wire) == (("x", "y"), 2, WIRE)
    assert asked.extras == {"user": "me"}
    assert asked.labels.model == "a"


async def test_numbers_where_they_are_asked_for(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.embeddings.create(model="a", input="x", encoding_format="float")
    assert answer.data[0].embedding == [0.0, -0.5]
    plain = await house.ask("POST", "/v1/embeddings", {"model": "a", "input": "x"})
    assert plain.json["data"][0]["embedding"] == [0.0, -0.5]


async def test_tokens(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    await sdk.embeddings.create(model="a", input=[1, 2, 3])
    await sdk.embeddings.create(model="a", input=[[1, 2], [3]])
    assert [asked.inputs for asked in house.daemon.embeddings.asked] == [
        ((1, 2, 3),),
        ((1, 2), (3,)),
    ]


async def test_what_the_caller_asks_of_the_routing(house: OpenHouse) -> None:
    body = {"input": "x", "homeport": {"private": True}}
    await house.ask("POST", "/v1/embeddings", body, x_homeport_session="s")
    labels = house.daemon.embeddings.asked[0].labels
    assert (labels.model, labels.private, labels.session) == ("auto", True, "s")


@pytest.mark.parametrize(
    "body",
    [
        {"model": "a"},
        {"input": []},
        {"input": ""},
        {"input": ["x", ""]},
        {"input": [[]]},
        {"input": [1, "x"]},
        {"input": ["x", 1]},
        {"input": [-1]},
        {"input": [1.5]},
        {"input": [True]},
        {"input": {"text": "x"}},
        {"input": [{"text": "x"}]},
        {"input": ["x"] * 2049},
        {"input": "x", "dimensions": 0},
        {"input": "x", "encoding_format": "hex"},
        {"input": "x", "homeport": {"nonsense": 1}},
    ],
)
async def test_what_is_refused(house: OpenHouse, body: dict[str, Any]) -> None:
    reply = await house.ask("POST", "/v1/embeddings", body)
    assert reply.status == 400
    assert reply.json["error"]["message"]
    assert house.daemon.embeddings.asked == []


async def test_errors_have_the_shape_of_the_wire(house: OpenHouse, sdk: openai.AsyncOpenAI) -> None:
    house.daemon.embeddings.refusal = NotFound("There is none.", code="model_not_found")
    with pytest.raises(openai.NotFoundError, match="There is none"):
        await sdk.embeddings.create(model="a", input="x")
    house.daemon.embeddings.refusal = BadRequest("Name one.", code="ambiguous_model")
    with pytest.raises(openai.BadRequestError, match="Name one"):
        await sdk.embeddings.create(model="a", input="x")
    assert house.house.answered == {("none", "refused"): 2}


@for_each(recordings("openai-embeddings"))
def test_recorded_requests(path: Path) -> None:
    import json

    body = load(path)["request"]["body"]
    inputs, as_base64 = read(json.dumps(body).encode(), {})
    assert list(inputs.inputs) == body["input"]
    assert inputs.labels.model == body["model"]
    assert as_base64
