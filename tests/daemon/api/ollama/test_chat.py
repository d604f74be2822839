"""Ollama's own SDK against a whole daemon, with scripted models behind it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import ollama
import pytest
from pydantic import BaseModel

from support.polling import until
from support.upstreams import Fault, OllamaServer
from support.whole_daemon import WholeDaemon, whole_daemon

ECHO = (
    "name=calm;words=Hello there, world"
    "|name=wise;words=Yes.;thinking=let me see"
    '|name=handy;words=I look.;tool=weather;arguments={"city": "Bern", "days": 2}'
    '|name=json;words={"age": 7}'
    '|name=broken;words=Half;tool=weather;arguments={"city": "Be'
    "|name=shaky;words=one two three four;fault=content_refused;fault_at=2"
)
HI = [{"role": "user", "content": "hi"}]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 32).decode()


@pytest.fixture
async def daemon() -> AsyncIterator[WholeDaemon]:
    async with whole_daemon(ECHO) as started:
        yield started


@pytest.fixture
async def calm() -> AsyncIterator[WholeDaemon]:
    """With one model alone."""
    async with whole_daemon(ECHO.partition("|")[0]) as started:
        yield started


@pytest.fixture
async def sdk(daemon: WholeDaemon) -> AsyncIterator[ollama.AsyncClient]:
    """With the token in the path, as a program that knows of none is set up."""
    client = ollama.AsyncClient(host=daemon.open_url)
    async with client:
        yield client


def asked(daemon: WholeDaemon) -> Any:
    """The prompt that the scripted models were asked last."""
    (adapter,) = (a for a in daemon.daemon.fleet.adapters() if a.provider == "echo")
    return adapter.prompts[-1]  # type: ignore[attr-defined]


async def test_a_chat_whole(sdk: ollama.AsyncClient) -> None:
    answer = await sdk.chat("echo/calm", HI)
    assert answer.message.content == "Hello there, world"
    assert (answer.model, answer.done, answer.done_reason) == ("echo/calm", True, "stop")
    assert (answer.prompt_eval_count, answer.eval_count) == (1, 3)
    assert answer.total_duration is not None
    assert answer.eval_duration is not None
    assert 0 < answer.eval_duration < answer.total_duration


async def test_a_chat_in_lines(sdk: ollama.AsyncClient, daemon: WholeDaemon) -> None:
    lines = [line async for line in await sdk.chat("echo/calm", HI, stream=True)]
    assert "".join(line.message.content or "" for line in lines) == "Hello there, world"
    assert [line.done for line in lines] == [False, False, False, True]
    assert lines[-1].eval_count == 3
    *_, last = await daemon.lines("/api/chat", {"model": "calm", "messages": HI})
    assert last["model"] == "calm"
    assert last["homeport"]["route"] == "echo/calm"
    assert last["homeport"]["place"] == "local"
    assert last["homeport"]["cost_nano"] == 0


def ask_in_a_thread(url: str) -> list[str]:
    with ollama.Client(host=url) as client:
        whole = client.chat("echo/calm", HI)
        pieces = [line.response for line in client.generate("echo/calm", "hi", stream=True)]
        first = client.list().models[0].model
    return [whole.message.content or "", "".join(map(str, pieces)), first or ""]


async def test_the_sdk_that_waits(daemon: WholeDaemon) -> None:
    said = await asyncio.to_thread(ask_in_a_thread, daemon.open_url)
    assert said == ["Hello there, world", "Hello there, world", "auto"]


async def test_thinking_is_apart(sdk: ollama.AsyncClient, daemon: WholeDaemon) -> None:
    answer = await sdk.chat("echo/wise", HI, think=True)
    assert (answer.message.thinking, answer.message.content) == ("let me see", "Yes.")
    assert asked(daemon).sampling.reasoning_effort == "medium"
    lines = [line async for line in await sdk.chat("echo/wise", HI, stream=True, think="high")]
    assert "".join(line.message.thinking or "" for line in lines) == "let me see"
    assert asked(daemon).extras["think"] == "high"
    hidden = await sdk.chat("echo/wise", HI, think=False)
    assert hidden.message.thinking is None
    assert asked(daemon).sampling.reasoning_budget == 0


async def test_a_tool_call_leaves_whole(sdk: ollama.AsyncClient, daemon: WholeDaemon) -> None:
    def weather(city: str, days: int) -> str:
        """Tell the weather.

        Args:
          city: Where.
          days: How far ahead.
        """
        return f"{city} {days}"

    answer = await sdk.chat("echo/handy", HI, tools=[weather])
    (call,) = answer.message.tool_calls or ()
    assert (call.function.name, call.function.arguments) == ("weather", {"city": "Bern", "days": 2})
    assert answer.done_reason == "stop"
    assert asked(daemon).tools[0].parameters["properties"]["city"]["description"] == "Where."
    lines = [line async for line in await sdk.chat("echo/handy", HI, tools=[weather], stream=True)]
    calls = [line.message.tool_calls for line in lines if line.message.tool_calls]
    assert [[one.function.arguments for one in some] for some in calls] == [
        [{"city": "Bern", "days": 2}]
    ]
    result = {"role": "tool", "tool_name": "weather", "content": "sunny"}
    await sdk.chat("echo/calm", [*HI, answer.message, result], tools=[weather])
    made, given = asked(daemon).messages[1].parts[-1], asked(daemon).messages[2].parts[0]
    assert (given.call_id, given.text) == (made.id, "sunny")


async def test_a_broken_tool_call_is_an_error(sdk: ollama.AsyncClient) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {}}}]
    with pytest.raises(ollama.ResponseError, match="no JSON object") as caught:
        await sdk.chat("echo/broken", HI, tools=tools)
    assert caught.value.status_code == 502
    with pytest.raises(ollama.ResponseError, match="no JSON object"):
        async for _ in await sdk.chat("echo/broken", HI, tools=tools, stream=True):
            pass


async def test_an_answer_in_a_shape(sdk: ollama.AsyncClient, daemon: WholeDaemon) -> None:
    class Cat(BaseModel):
        age: int

    answer = await sdk.chat("echo/json", HI, format=Cat.model_json_schema())
    assert Cat.model_validate_json(answer.message.content or "").age == 7
    assert asked(daemon).response_format.schema["properties"]["age"]["type"] == "integer"
    await sdk.generate("echo/json", "hi", format="json")
    assert asked(daemon).response_format.kind == "json"


async def test_images(sdk: ollama.AsyncClient, daemon: WholeDaemon) -> None:
    await sdk.chat("echo/calm", [{"role": "user", "content": "look", "images": [PNG]}])
    (_, image) = asked(daemon).messages[0].parts
    assert (image.data, image.media_type) == (PNG, "image/png")
    await sdk.generate("echo/calm", "look", images=[PNG])
    assert asked(daemon).messages[0].parts[1] == image


async def test_logprobs(sdk: ollama.AsyncClient) -> None:
    answer = await sdk.chat("echo/calm", HI, logprobs=True, top_logprobs=1)
    first = (answer.logprobs or [])[0]
    assert (first.token, first.logprob) == ("Hello", -0.1)
    assert (first.top_logprobs or [])[0].token == "Hello"
    lines = [r async for r in await sdk.generate("echo/calm", "x", logprobs=True, stream=True)]
    assert [line.logprobs[0].token for line in lines if line.logprobs] == [
        "Hello",
        " there,",
        " world",
    ]


async def test_generate(sdk: ollama.AsyncClient, daemon: WholeDaemon) -> None:
    answer = await sdk.generate("echo/wise", "hi", system="be brief")
    assert (answer.response, answer.thinking) == ("Yes.", "let me see")
    assert [message.role for message in asked(daemon).messages] == ["system", "user"]
    await sdk.generate("echo/calm", "def f(", raw=True, options={"num_predict": 2, "num_gpu": 1})
    assert asked(daemon).completion.prompt == "def f("
    assert asked(daemon).sampling.max_tokens == 2
    assert asked(daemon).extras["options"] == {"num_gpu": 1}


async def test_the_bound_is_told(sdk: ollama.AsyncClient) -> None:
    answer = await sdk.chat("echo/calm", HI, options={"num_predict": 1})
    assert (answer.message.content, answer.done_reason) == ("Hello", "length")
    unbounded = await sdk.chat("echo/calm", HI, options={"num_predict": -1})
    assert unbounded.done_reason == "stop"


async def test_an_unknown_model(sdk: ollama.AsyncClient) -> None:
    with pytest.raises(ollama.ResponseError, match=r"model 'echo/clam' not found.*echo/calm") as e:
        await sdk.chat("echo/clam", HI)
    assert e.value.status_code == 404


async def test_a_stream_that_cannot_be_finished(daemon: WholeDaemon) -> None:
    *_, before, last = await daemon.lines("/api/chat", {"model": "echo/shaky", "messages": HI})
    assert before["message"]["content"] == " two"
    assert list(last) == ["error"]
    assert "echo/shaky" in last["error"]


async def test_labels_and_their_headers(calm: WholeDaemon) -> None:
    body = {"model": "auto", "messages": HI, "stream": False, "homeport": {"privacy": "private"}}
    reply = await calm.ask("POST", "/api/chat", body, x_homeport_tags="a,b")
    assert reply.headers["x-homeport-route"].startswith("echo/")
    assert reply.headers["x-homeport-cost"] == "0"
    assert asked(calm).labels.private
    assert asked(calm).labels.tags == ("a", "b")


@pytest.mark.parametrize(
    "name", ["echo/calm:latest", "calm", "calm:latest", "auto:latest", "local"]
)
async def test_names_as_clients_write_them(calm: WholeDaemon, name: str) -> None:
    *_, last = await calm.lines("/api/generate", {"model": name, "prompt": "hi"})
    assert last["model"] == name
    assert last["done"] is True


async def test_a_web_page_is_refused(calm: WholeDaemon) -> None:
    body = {"model": "auto", "messages": HI}
    reply = await calm.ask("POST", "/api/chat", body, origin="http://evil.example")
    assert reply.status == 403
    assert "web pages" in reply.json["error"]


async def test_an_answer_goes_on_over_a_hand_over() -> None:
    async with OllamaServer(fault=Fault("reset", at=2)) as server:
        config = f'[ollama]\nurl = "{server.origin}"\n[probing]\nlocal_ports = false\n'
        config += "[models]\nscan_stores = false\n"
        async with whole_daemon("name=calm;words=Hello, world!", config) as daemon:
            body = {"model": "test:1b", "messages": HI}
            *lines, last = await daemon.lines("/api/chat", body)
    assert "".join(line["message"]["content"] for line in lines) == "Hello, world!"
    assert {line["model"] for line in (*lines, last)} == {"test:1b"}
    assert [line["done"] for line in lines] == [False] * len(lines)
    assert (last["done"], last["homeport"]["route"]) == (True, "echo/calm")
    assert "load_duration" not in last


async def test_a_caller_that_hangs_up_ends_the_answer() -> None:
    async with whole_daemon("name=slow;words=one two;fault=stall;fault_at=1") as daemon:
        async with ollama.AsyncClient(host=daemon.open_url) as sdk:
            stream = await sdk.chat("echo/slow", HI, stream=True)
            assert (await anext(stream)).message.content == "one"
            await stream.aclose()
        await until(lambda: daemon.daemon.in_flight == 0)
        await daemon.daemon.written_down()
        (view,) = daemon.daemon.bus.requests()
        assert view.state == "cancelled"
