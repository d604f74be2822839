"""Recorded exchanges: every request is taken, and streams are told in the same events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from homeport.adapters.base import (
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)
from homeport.daemon.api.responses.output import Output
from homeport.daemon.api.responses.read import read
from support.doors import OpenHouse, open_house
from support.recordings import for_each, load, recordings

WIRE = "openai-responses"
ALL = recordings(WIRE)
STANDARD = (
    "response.output_item.", "response.content_part.", "response.output_text.",
    "response.refusal.", "response.function_call_arguments.", "response.custom_tool_call_input.",
    "response.reasoning_summary_part.", "response.reasoning_summary_text.",
)  # fmt: skip


def streams() -> list[Path]:
    return [path for path in ALL if isinstance(load(path)["response"]["body"], str)]


def events_of(path: Path) -> list[dict[str, Any]]:
    lines = load(path)["response"]["body"].splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OpenHouse]:
    """One for all: no recording goes on from another."""
    async with open_house(tmp_path_factory.mktemp("h")) as opened:
        yield opened


@pytest.mark.asyncio(loop_scope="module")
@for_each(ALL)
async def test_every_request_is_taken(house: OpenHouse, path: Path) -> None:
    body = load(path)["request"]["body"]
    if not isinstance(body, dict):
        pytest.skip("the request has no body")
    reply = await house.ask("POST", "/v1/responses", body)
    assert reply.status == 200, reply.body
    # An answer in the background is given by this daemon, not by the one it asks.
    body.pop("background", None)
    assert json.loads(house.daemon.router.prompts[-1].raw) == body


@pytest.mark.asyncio(loop_scope="module")
@for_each(ALL)
async def test_nothing_of_a_request_is_lost(house: OpenHouse, path: Path) -> None:
    body = load(path)["request"]["body"]
    if not isinstance(body, dict):
        pytest.skip("the request has no body")
    asked = await read(json.dumps(body).encode(), {}, house.daemon.responses)  # type: ignore[arg-type]
    carried = str(asked.prompt)
    for text in texts_in([body.get("input"), body.get("previous_response_id")]):
        assert repr(text)[1:-1] in carried
    functions = [tool["name"] for tool in body.get("tools") or () if tool["type"] == "function"]
    assert set(functions) <= {tool.name for tool in asked.prompt.tools}


def texts_in(value: Any) -> Iterator[str]:
    """Every text below, save what is inline."""
    if isinstance(value, str) and value and not value.startswith("data:"):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("type", "role"):
                yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def deltas_of(events: list[dict[str, Any]]) -> Iterator[Delta]:
    """What the events say, as an adapter would."""
    for event in events:
        kind, index = event["type"].removeprefix("response."), event.get("output_index", 0)
        item = event.get("item", {})
        if kind in ("output_text.delta", "reasoning_summary_text.delta"):
            yield TextDelta(event["delta"]) if "output" in kind else ThinkingDelta(event["delta"])
        elif kind in ("content_part.done", "reasoning_summary_part.done"):
            yield PartEnd()
        elif kind == "output_item.added" and item["type"] == "function_call":
            yield ToolCallDelta(index, item["call_id"], item["name"])
        elif kind == "function_call_arguments.delta":
            yield ToolCallDelta(index, arguments=event["delta"])
        elif kind == "function_call_arguments.done":
            yield PartEnd()
        elif kind == "output_item.added" and item["type"] == "reasoning":
            yield ThinkingDelta("", id=item["id"])
        elif kind == "output_item.done" and item["type"] not in (
            "message", "function_call", "reasoning",
        ):  # fmt: skip
            yield OpaqueDelta(WIRE, item)


@for_each(streams())
def test_a_stream_is_told_in_the_same_events(path: Path) -> None:
    recorded = events_of(path)
    told: list[dict[str, Any]] = []
    output = Output(
        "a", lambda kind, /, **fields: told.append({"type": f"response.{kind}", **fields}),
        summaries=True,
    )  # fmt: skip
    for delta in deltas_of(recorded):
        output.add(delta)
    output.finish(Finish("stop"))
    standard = [event for event in recorded if event["type"].startswith(STANDARD)]
    assert shape(told) == shape(standard)


def shape(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Names and places; whole items of OpenAI's own kinds count once."""
    names = ("type", "output_index", "content_index", "summary_index", "delta")
    return [tuple(event.get(name) for name in names) for event in events]
