"""`POST /v1/responses` over real sockets, with a scripted router behind it."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    Delta,
    Finish,
    Message,
    Opaque,
    StatusDelta,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolResult,
    Wired,
)
from homeport.daemon.config.settings import Config, Storage
from homeport.policies.errors import NothingAnswered, Refused
from homeport.policies.model import Veto
from support.doors import OpenHouse, Reply, a_view, open_house

URL = "/v1/responses"
WIRE = "openai-responses"


def events(reply: Reply) -> list[dict[str, Any]]:
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in reply.body.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line[6:]) for line in lines]


async def test_one_object(house: OpenHouse) -> None:
    reply = await house.ask("POST", URL, {"model": "auto", "input": "hi"})
    assert reply.status == 200, reply.body
    whole = reply.json
    assert whole["output"][0]["content"][0]["text"] == "Hello, wörld"
    assert (whole["object"], whole["status"]) == ("response", "completed")
    assert whole["usage"]["total_tokens"] == 9
    assert whole["homeport"]["route"] == "echo/words"
    assert reply.headers["x-homeport-decision"] == "01test"
    assert reply.headers["x-homeport-cost"] == "0"


async def test_dropped_knobs_are_named(house: OpenHouse) -> None:
    reply = await house.ask("POST", URL, {"input": "hi", "truncation": "auto"})
    assert reply.headers["x-homeport-dropped"] == "truncation"
    assert reply.json["homeport"]["dropped"] == ["truncation"]


async def test_a_stream_in_order(house: OpenHouse) -> None:
    house.daemon.router.script = (
        StatusDelta("queued"), ThinkingDelta("Hm."), TextDelta("Hel"), TextDelta("lo"),
        ToolCallDelta(0, "c1", "f", "{}"), Finish("tool_calls"),
    )  # fmt: skip
    told = events(await house.ask("POST", URL, {"input": "hi", "stream": True}))
    assert [e["sequence_number"] for e in told] == list(range(len(told)))
    assert [e["type"].removeprefix("response.") for e in told] == [
        "created", "in_progress",
        "output_item.added", "content_part.added", "reasoning_text.delta",
        "reasoning_text.done", "content_part.done", "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done",
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
        "output_item.done", "completed",
    ]  # fmt: skip
    whole = told[-1]["response"]
    assert [item["type"] for item in whole["output"]] == ["reasoning", "message", "function_call"]
    assert whole["usage"] is None
    assert whole["homeport"]["decision"] == "01test"


async def test_an_answer_that_was_cut(house: OpenHouse) -> None:
    house.daemon.router.script = (TextDelta("Hel"), Finish("length"))
    last = events(await house.ask("POST", URL, {"input": "hi", "stream": True}))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_what_fails_before_the_first_word_has_its_status(house: OpenHouse) -> None:
    house.daemon.router.script = (NothingAnswered("It broke."),)
    for stream in (True, False):
        reply = await house.ask("POST", URL, {"input": "hi", "stream": stream})
        assert reply.status == 502
        assert reply.json["error"]["code"] == "nothing_answered"


async def test_what_fails_after_it_ends_the_stream_as_failed(house: OpenHouse) -> None:
    pause = partial(asyncio.sleep, 0)
    house.daemon.router.script = (TextDelta("Hel"), pause, NothingAnswered("It broke."))
    told = events(await house.ask("POST", URL, {"input": "hi", "stream": True}))
    assert [e["type"] for e in told][-2:] == ["error", "response.failed"]
    assert told[-1]["response"]["error"]["message"] == "It broke."


async def test_going_on_from_an_answer(house: OpenHouse) -> None:
    house.daemon.router.script = (ToolCallDelta(0, "c1", "f", "{}"), Finish("tool_calls"))
    first = await house.ask("POST", URL, {"input": "hi", "tools": []})
    house.daemon.router.script = (TextDelta("42"), Finish("stop"))
    house.daemon.router.view = a_view(id="02test")
    output = {"type": "function_call_output", "call_id": "c1", "output": "42"}
    body = {"input": [output], "previous_response_id": first.json["id"], "stream": True}
    second = events(await house.ask("POST", URL, body))[-1]["response"]
    assert second["previous_response_id"] == first.json["id"]
    prompt = house.daemon.router.prompts[-1]
    assert [message.role for message in prompt.messages] == ["user", "assistant", "tool"]
    assert prompt.messages[-1].parts == (ToolResult("c1", "42"),)
    sent = json.loads(prompt.raw)
    assert "previous_response_id" not in sent
    assert [item["type"] for item in sent["input"]] == [
        "message", "function_call", "function_call_output",
    ]  # fmt: skip
    await house.ask("POST", URL, {"input": "and?", "previous_response_id": second["id"]})
    messages = house.daemon.router.prompts[-1].messages
    assert [message.role for message in messages] == [
        "user", "assistant", "tool", "assistant", "user",
    ]  # fmt: skip
    assert messages[-1] == Message("user", (Text("and?"),))


async def test_a_server_that_gives_all_its_answers_one_id(house: OpenHouse) -> None:
    first = await house.ask("POST", URL, {"input": "one"})
    for text in ("two", "three"):
        body = {"input": text, "previous_response_id": first.json["id"]}
        assert (await house.ask("POST", URL, body)).json["id"] == first.json["id"]
    said = [message.text for message in house.daemon.router.prompts[-1].messages]
    assert said == ["one", "Hello, wörld", "two", "Hello, wörld", "three"]


async def test_what_goes_on_from_a_private_prompt_is_private(house: OpenHouse) -> None:
    body = {"input": "a secret", "homeport": {"privacy": "private"}}
    first = (await house.ask("POST", URL, body)).json["id"]
    house.daemon.router.view = a_view(id="02test")
    await house.ask("POST", URL, {"input": "go on", "previous_response_id": first})
    assert house.daemon.router.prompts[-1].labels.private
    await house.ask("POST", URL, {"input": "another matter"})
    assert not house.daemon.router.prompts[-1].labels.private


async def test_what_was_found_to_be_private_is_too(house: OpenHouse) -> None:
    house.daemon.router.view = a_view(private=True)
    first = (await house.ask("POST", URL, {"input": "a secret"})).json["id"]
    await house.ask("POST", URL, {"input": "go on", "previous_response_id": first})
    assert house.daemon.router.prompts[-1].labels.private


async def test_an_id_of_ours_that_is_not_kept(house: OpenHouse) -> None:
    body = {"input": "hi", "previous_response_id": "resp_hp_unknown"}
    reply = await house.ask("POST", URL, body)
    assert reply.status == 400
    error = reply.json["error"]
    assert (error["code"], error["param"]) == (
        "previous_response_not_found", "previous_response_id",
    )  # fmt: skip
    assert "send the items" in error["message"]


async def test_an_id_that_only_a_provider_knows_is_carried(house: OpenHouse) -> None:
    elsewhere = {"type": "previous_response_id", "previous_response_id": "resp_theirs"}
    output = {"type": "function_call_output", "call_id": "c1", "output": "42"}
    body = {"input": [output], "previous_response_id": "resp_theirs"}
    first = (await house.ask("POST", URL, body)).json["id"]
    prompt = house.daemon.router.prompts[-1]
    assert json.loads(prompt.raw) == body
    assert prompt.messages[0] == Message("system", (Opaque(WIRE, elsewhere),))
    house.daemon.router.view = a_view(id="02test")
    await house.ask("POST", URL, {"input": "and?", "previous_response_id": first})
    prompt = house.daemon.router.prompts[-1]
    assert prompt.messages[0].parts == (Opaque(WIRE, elsewhere),)
    assert [message.role for message in prompt.messages[1:]] == ["tool", "assistant", "user"]
    sent = json.loads(prompt.raw)
    assert (sent["previous_response_id"], sent["input"][0]) == ("resp_theirs", output)


@pytest.mark.parametrize("background", [True, False])
async def test_an_id_that_nobody_here_knows(house: OpenHouse, background: bool) -> None:
    veto = Veto(model="echo/words", gate="held", reason="cannot read a part")
    house.daemon.router.refusal = Refused("Nothing can.", vetoes=(veto,))
    body = {"input": "hi", "previous_response_id": "resp_theirs", "background": background}
    error = (await house.ask("POST", URL, body)).json["error"]
    assert error["code"] == "previous_response_not_found"
    assert "none may answer" in error["message"]
    body = {"input": "hi", "conversation": "conv_1"}
    assert (await house.ask("POST", URL, body)).status == 403


async def test_who_says_so_is_not_kept(house: OpenHouse) -> None:
    reply = await house.ask("POST", URL, {"input": "hi", "store": False})
    assert reply.json["store"] is False
    assert not house.daemon.texts.path.exists()


async def test_keeping_that_is_switched_off(tmp_path: Path) -> None:
    async with open_house(tmp_path, Config(storage=Storage(responses_days=0))) as house:
        reply = await house.ask("POST", URL, {"input": "hi"})
        assert reply.json["store"] is False
        body = {"input": "hi", "previous_response_id": reply.json["id"]}
        assert (await house.ask("POST", URL, body)).status == 400


async def test_an_upstreams_answer_is_kept_under_the_id_that_was_seen(house: OpenHouse) -> None:
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "Hi", "annotations": []}]}  # fmt: skip
    whole = {"id": "resp_up", "object": "response", "output": [item], "secret_sauce": 1}
    created = b'event: response.created\ndata: {"type":"response.created"}\n\n'
    added = {"type": "response.output_item.added", "output_index": 0, "item": item}
    begun = b"data: " + json.dumps(added).encode() + b"\n\n"
    closing = {"type": "response.completed", "response": whole}
    raw = b"data: " + json.dumps(closing).encode() + b"\n\n"
    wire = "openai-responses"
    script: tuple[Delta, ...] = (
        Wired(wire, created, ()), Wired(wire, begun, (TextDelta("Hi"),)),
        Finish("stop", wire=wire, raw=raw),
    )  # fmt: skip
    house.daemon.router.script = script
    for stream in (True, False):
        reply = await house.ask("POST", URL, {"input": "hi", "stream": stream})
        got = events(reply)[-1]["response"] if stream else reply.json
        assert {**whole, "homeport": got["homeport"]} == got
        kept = await house.ask("GET", f"{URL}/resp_up")
        assert kept.json == got
        assert (await house.ask("DELETE", f"{URL}/resp_up")).status == 200
    await house.ask("POST", URL, {"input": "hi"})
    await house.ask("POST", URL, {"input": "more", "previous_response_id": "resp_up"})
    assert [m.text for m in house.daemon.router.prompts[-1].messages] == ["hi", "Hi", "more"]


async def test_offered_tools_that_nobody_has_are_left_out(house: OpenHouse) -> None:
    router = house.daemon.router
    veto = Veto(model="echo/words", gate="capability", reason="cannot run tools of its own")

    async def refuse() -> None:
        if any(tool.kind == "server" for tool in router.prompts[-1].tools):
            raise Refused("Nothing can.", vetoes=(veto,))

    router.script = (refuse, TextDelta("Hi"), Finish("stop"))
    tools = [{"type": "web_search"}, {"type": "function", "name": "f"}]
    for stream in (False, True):
        reply = await house.ask("POST", URL, {"input": "hi", "tools": tools, "stream": stream})
        assert reply.status == 200, reply.body
        whole = events(reply)[-1]["response"] if stream else reply.json
        assert whole["homeport"]["dropped"] == ["tools.web_search"]
        assert [tool.name for tool in router.prompts[-1].tools] == ["f"]
    assert reply.headers["x-homeport-route"] == "echo/words"
    body = {"input": "hi", "tools": tools[:1], "tool_choice": "required"}
    assert (await house.ask("POST", URL, body)).status == 403
