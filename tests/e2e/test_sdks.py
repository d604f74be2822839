"""The official SDKs in front of every kind of upstream: each is asked the same, in every mode.

One daemon with all upstreams of the lab behind it; `google-genai` has a file of its own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import anthropic
import ollama
import openai
import pytest
import pytest_asyncio

from homeport.lab.catalog import LabModel
from homeport.lab.server import LabServer
from support.daemon import RunningDaemon, running
from support.sdks import MODES, SDKS, TOOL, Heard, Question

pytestmark = pytest.mark.asyncio(loop_scope="module")
ABLE = ("completion", "tools", "vision", "thinking")
MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "gemini": "gemini-2.5-flash",
    "ollama": "lab-home:3b",
}
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
WEATHER = {"name": TOOL, "arguments": {"city": "Rome"}}
SCRIPT: dict[str, Any] = {
    "always_usage": True,
    "answer": [
        {"match": "both", "tool_calls": [WEATHER, {"name": TOOL, "arguments": {"city": "Oslo"}}]},
        {"match": "weather", "tool_calls": [WEATHER]},
        {"match": "think", "thinking": "Let me think.", "text": "I thought."},
        {"match": "stop", "text": "one two END three"},
        {"match": "picture", "text": "A dot."},
        {"match": "place"},
        {"match": "", "text": "Hello there, world."},
    ],
}


@dataclass
class Bench:
    """The daemon, its upstreams, and a client of each SDK."""

    daemon: RunningDaemon
    labs: dict[str, LabServer]
    sdks: dict[str, Any]

    async def ask(self, sdk: str, mode: str, wire: str, question: Question) -> Heard:
        heard: Heard = await self.sdks[sdk].ask(mode, f"{wire}/{MODELS[wire]}", question)
        assert self.labs[wire].log.last.outcome == "whole"
        return heard


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        labs = {
            wire: await stack.enter_async_context(
                LabServer(wire, script=SCRIPT, models=[LabModel(name=name, capabilities=ABLE)])
            )
            for wire, name in MODELS.items()
        }
        daemon = await stack.enter_async_context(
            running(
                tmp_path_factory.mktemp("sdks"),
                config="[listen]\nport = 0\n[probing]\nlocal_ports = false\n"
                "[models]\nscan_stores = false\n"
                f'[ollama]\nurl = "{labs["ollama"].origin}"\n',
                OPENAI_API_KEY="k",
                OPENAI_BASE_URL=labs["openai"].base_url,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=labs["anthropic"].base_url,
                GEMINI_API_KEY="k",
                GOOGLE_GEMINI_BASE_URL=labs["gemini"].base_url,
            )
        )
        await daemon.ask("GET", "/homeport/v1/models?refresh=1")
        sdks = {name: kind(daemon.url, daemon.token) for name, kind in SDKS.items()}
        for sdk in sdks.values():
            stack.push_async_callback(sdk.close)
        yield Bench(daemon, labs, sdks)


def every(*modes: str) -> Any:
    """Each SDK in each of the modes before each upstream."""

    def spread(test: Any) -> Any:
        for name, values in (("wire", MODELS), ("mode", modes), ("sdk", SDKS)):
            test = pytest.mark.parametrize(name, values)(test)
        return test

    return spread


@every(*MODES)
async def test_plain_text_and_usage(bench: Bench, sdk: str, mode: str, wire: str) -> None:
    heard = await bench.ask(sdk, mode, wire, Question([("user", "Say hello.")]))
    assert heard.text == "Hello there, world."
    assert heard.reason in ("stop", "end_turn", "completed")
    assert heard.usage == (2, 3)
    assert heard.pieces > 1 or "stream" not in mode


@every(*MODES)
async def test_a_tool_is_called_and_its_result_answered(
    bench: Bench, sdk: str, mode: str, wire: str
) -> None:
    asked = ("user", "What is the weather in Rome?")
    first = await bench.ask(sdk, mode, wire, Question([asked], tools=True))
    ((id_, name, arguments),) = first.calls
    assert (name, arguments) == (TOOL, {"city": "Rome"})
    assert id_ or sdk == "ollama"
    assert first.reason in ("tool_calls", "tool_use", "completed", "stop")
    turns = [asked, ("call", id_, name, json.dumps(arguments)), ("result", id_, "sunny")]
    second = await bench.ask(sdk, mode, wire, Question(turns, tools=True))
    assert not second.calls
    assert second.text
    assert b"sunny" in bench.labs[wire].log.last.body


@every(*MODES)
async def test_tools_are_called_at_once(bench: Bench, sdk: str, mode: str, wire: str) -> None:
    asked = ("user", "The sky over both?")
    first = await bench.ask(sdk, mode, wire, Question([asked], tools=True))
    assert [call[1:] for call in first.calls] == [
        (TOOL, {"city": "Rome"}),
        (TOOL, {"city": "Oslo"}),
    ]
    ids = [call[0] for call in first.calls]
    assert len(set(ids)) == 2 or sdk == "ollama"
    calls = [("call", id_, name, json.dumps(given)) for id_, name, given in first.calls]
    results = [("result", id_, f"result {at}") for at, id_ in enumerate(ids)]
    second = await bench.ask(sdk, mode, wire, Question([asked, *calls, *results], tools=True))
    assert second.text
    body = bench.labs[wire].log.last.body
    assert 0 < body.find(b"result 0") < body.find(b"result 1")


@every("sync", "async stream")
async def test_structured_output(bench: Bench, sdk: str, mode: str, wire: str) -> None:
    heard = await bench.ask(sdk, mode, wire, Question([("user", "Name a place.")], schema=True))
    assert json.loads(heard.text) == {"city": "word"}


@every("sync", "async stream")
async def test_an_image_arrives(bench: Bench, sdk: str, mode: str, wire: str) -> None:
    asked = Question([("user", "What is in the picture?")], image=PNG)
    heard = await bench.ask(sdk, mode, wire, asked)
    assert heard.text == "A dot."
    assert PNG.encode() in bench.labs[wire].log.last.body


@every("sync", "async stream")
async def test_reasoning_is_apart_from_the_answer(
    bench: Bench, sdk: str, mode: str, wire: str
) -> None:
    heard = await bench.ask(sdk, mode, wire, Question([("user", "Please think.")], thinks=True))
    assert (heard.thinking, heard.text) == ("Let me think.", "I thought.")


@every("sync", "async stream")
async def test_a_stop_sequence(bench: Bench, sdk: str, mode: str, wire: str) -> None:
    if sdk == "openai responses":
        pytest.skip("the Responses wire has no stop sequences")
    heard = await bench.ask(sdk, mode, wire, Question([("user", "Do stop.")], stop="END"))
    assert heard.text.strip() == "one two"


ERRORS: dict[str, dict[int, Any]] = {
    "openai chat": {
        401: openai.AuthenticationError, 404: openai.NotFoundError, 429: openai.RateLimitError,
    },
    "openai responses": {
        401: openai.AuthenticationError, 404: openai.NotFoundError, 429: openai.RateLimitError,
    },
    "anthropic": {
        401: anthropic.AuthenticationError, 404: anthropic.NotFoundError,
        429: anthropic.RateLimitError,
    },
    "ollama": dict.fromkeys((401, 404, 429), ollama.ResponseError),
}  # fmt: skip
ASKED = Question([("user", "Say hello.")])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sdk", SDKS)
async def test_a_wrong_token_and_a_missing_model(bench: Bench, sdk: str, mode: str) -> None:
    stranger = SDKS[sdk](bench.daemon.url, "no-such-token")
    with pytest.raises(ERRORS[sdk][401]):
        await stranger.ask(mode, "auto", ASKED)
    await stranger.close()
    with pytest.raises(ERRORS[sdk][404]) as missing:
        await bench.sdks[sdk].ask(mode, "openai/no-such-model", ASKED)
    assert "no-such-model" in str(missing.value)


@pytest.mark.parametrize("sdk", SDKS)
async def test_a_limit_comes_through_with_its_wait(
    tmp_path_factory: pytest.TempPathFactory, sdk: str
) -> None:
    full = "name=full;fault=rate_limited;retry_after_ms=70000;status=429"
    for mode in ("sync", "async stream"):
        async with running(tmp_path_factory.mktemp("full"), HOMEPORT_ECHO=full) as daemon:
            client = SDKS[sdk](daemon.url, daemon.token)
            with pytest.raises(ERRORS[sdk][429]) as limited:
                await client.ask(mode, "echo/full", ASKED)
            await client.close()
        assert limited.value.status_code == 429
        if sdk != "ollama":  # its client shows no headers
            assert 60 <= int(limited.value.response.headers["retry-after"]) <= 70
