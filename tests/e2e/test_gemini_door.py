"""Gemini's wire from end to end: the real daemon between the official SDK and upstreams."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import types
from pydantic import BaseModel

from homeport.lab.server import LabServer
from support.daemon import RunningDaemon, running
from support.doors import Reply
from support.recordings import load, recordings
from support.whole_daemon import whole_daemon

# The SDK derives a class from one of aiohttp's, which warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class:DeprecationWarning")
RECORDED = recordings("gemini-generate", "gemini-stream", "gemini-count-tokens")
ECHO = "name=home;words=Hello there, world;capabilities=tools,thinking,images,json,json_schema"
ECHO += ' | name=shape;words={"city": "Paris", "size": 3};capabilities=json,json_schema'
HI: Any = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


class City(BaseModel):
    """What is asked for."""

    city: str
    size: int


@pytest.fixture
async def lab() -> AsyncIterator[LabServer]:
    async with LabServer("gemini", script="Grüße from afar.") as server:
        yield server


@pytest.fixture
async def daemon(tmp_path: Path, lab: LabServer) -> AsyncIterator[RunningDaemon]:
    async with running(
        tmp_path, HOMEPORT_ECHO=ECHO, GEMINI_API_KEY="key", GOOGLE_GEMINI_BASE_URL=lab.origin
    ) as started:
        yield started


@pytest.fixture
async def sdk(daemon: RunningDaemon) -> AsyncIterator[Any]:
    http = types.HttpOptions(base_url=daemon.url)
    made = genai.Client(api_key=daemon.token, http_options=http)
    yield made.aio
    await made.aio.aclose()


async def of_the_lab(daemon: RunningDaemon) -> str:
    """A model of the lab's that answers."""
    models = (await daemon.ask("GET", "/homeport/v1/models?refresh=1")).json["models"]
    able = [m["id"] for m in models if m["id"].startswith("gemini/")]
    return next(model for model in able if "embed" not in model)


async def stream(daemon: RunningDaemon, model: str, body: Any) -> Reply:
    return await daemon.ask("POST", f"/v1beta/models/{model}:streamGenerateContent?alt=sse", body)


def without_ours(body: bytes) -> bytes:
    """A stream without the field that is added to its last event."""
    before, cut, after = body.partition(b',"homeport":')
    assert cut
    text = after.decode()
    return before + text[json.JSONDecoder().raw_decode(text)[1] :].encode()


async def test_bytes_go_through_as_they_are(daemon: RunningDaemon, lab: LabServer) -> None:
    model = await of_the_lab(daemon)
    body = HI | {"aLaterField": {"x": 1.50}, "generation_config": {"top_k": 4}}
    reply = await stream(daemon, model, body)
    assert reply.status == 200, reply.body
    sent = lab.log.prompts[-1]
    told = json.loads(sent.body)
    assert told.pop("generation_config") == {"top_k": 4, "maxOutputTokens": 8192}
    assert told == {name: value for name, value in body.items() if name != "generation_config"}
    path = f"/v1beta/models/{model.partition('/')[2]}:streamGenerateContent?alt=sse"
    async with httpx2.AsyncClient(base_url=lab.origin) as client:
        direct = (await client.post(path, content=sent.body)).content
    assert nameless(without_ours(reply.body)) == nameless(direct)
    assert direct.count(b"data: ") > 3


def nameless(body: bytes) -> bytes:
    """Without the ids of the answer."""
    return re.sub(rb'"responseId":"[^"]*"', b"", body)


async def test_recorded_requests_are_accepted(daemon: RunningDaemon, lab: LabServer) -> None:
    if not RECORDED:
        pytest.skip("no recordings on this machine")
    model = await of_the_lab(daemon)
    for path in RECORDED:
        body = load(path)["request"]["body"]
        method = load(path)["request"]["uri"].partition("?")[0].rpartition(":")[2]
        reply = await daemon.ask("POST", f"/v1beta/models/{model}:{method}", body)
        assert reply.status == 200, (path.name, reply.body)
        if method == "countTokens":
            continue
        sent = lab.log.prompts[-1].json
        assert sent["contents"] == body["contents"], path.name
        assert sent.get("tools") == body.get("tools"), path.name


async def test_another_model_goes_on_when_it_breaks_off(
    daemon: RunningDaemon, lab: LabServer, sdk: Any
) -> None:
    model = await of_the_lab(daemon)
    await lab.set_faults("reset@2")
    chunks = [
        chunk async for chunk in await sdk.models.generate_content_stream(model=model, contents="x")
    ]
    assert "".join(chunk.text or "" for chunk in chunks).startswith("Grüße")
    assert chunks[-1].candidates[0].finish_reason is types.FinishReason.STOP


async def test_an_answer_in_a_shape(daemon: RunningDaemon, sdk: Any) -> None:
    config = types.GenerateContentConfig(
        response_mime_type="application/json", response_schema=City
    )
    answer = await sdk.models.generate_content(model="echo/shape", contents="x", config=config)
    assert answer.parsed == City(city="Paris", size=3)
    assert answer.sdk_http_response.headers["x-homeport-route"] == "echo/shape"


async def test_names_that_programs_hard_code(daemon: RunningDaemon, sdk: Any) -> None:
    answer = await sdk.models.generate_content(model="gemini-2.5-pro", contents="hi")
    assert answer.text
    private = await daemon.ask(
        "POST", "/v1beta/models/auto:generateContent", HI | {"homeport": {"private": True}}
    )
    assert private.json["homeport"]["place"] == "local"


async def test_googles_tools_are_left_out_where_nobody_has_them() -> None:
    body = HI | {"tools": [{"google_search": {}}]}
    async with whole_daemon("name=home;words=Hello") as here:
        reply = await here.ask("POST", "/v1beta/models/auto:generateContent", body)
    assert reply.status == 200, reply.body
    assert reply.json["homeport"]["dropped"] == ["tools.googleSearch"]
    assert reply.headers["x-homeport-dropped"] == "tools.googleSearch"


async def test_vectors_counts_lists_and_chats(daemon: RunningDaemon, sdk: Any) -> None:
    model = await of_the_lab(daemon)
    listed = [found async for found in await sdk.models.list()]
    embedder = next(m.name for m in listed if "embedContent" in (m.supported_actions or ()))
    found = await sdk.models.embed_content(model=embedder, contents=["a", "b"])
    assert len(found.embeddings) == 2
    counted = await sdk.models.count_tokens(model=model, contents="hi")
    assert counted.total_tokens > 0
    assert counted.sdk_http_response.headers["x-homeport-count"] == "exact"
    chat = sdk.chats.create(model="echo/home")
    for _ in range(2):
        assert (await chat.send_message("hi")).text == "Hello there, world"


async def test_the_key_is_in_no_log(daemon: RunningDaemon) -> None:
    path = f"/v1beta/models/nobody/knows:generateContent?key={daemon.token}"
    async with httpx2.AsyncClient(base_url=daemon.url) as client:
        reply = await client.post(path, json=HI)
    assert (reply.status_code, reply.json()["error"]["status"]) == (404, "NOT_FOUND")
    assert daemon.token not in daemon.log
