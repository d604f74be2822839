"""`POST /v1/messages` through the official SDK, over both doors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest

from homeport.adapters.base import (
    Finish,
    PartEnd,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
    Wired,
)
from homeport.policies.errors import NotFound, NothingAnswered, OverBudget
from support.anthropic_server import closing, event, more, opening, start, stop
from support.doors import TOKEN, OpenHouse
from support.polling import a_moment

MESSAGES: Any = [{"role": "user", "content": "hi"}]
ASKED: Any = {"model": "auto", "max_tokens": 99, "messages": MESSAGES}
CALLS = (
    ThinkingDelta("hm, "),
    ThinkingDelta("so"),
    TextDelta("Let me see."),
    ToolCallDelta(0, "call_1", "weather", '{"city":'),
    ToolCallDelta(0, arguments='"Paris"}'),
    ToolCallDelta(1, "call_2", "clock", "{}"),
    Finish(reason="tool_calls", usage=Usage(input=20, output=9, cache_read=5, reasoning=2)),
)


@pytest.fixture(params=["tcp", "unix"])
async def sdk(
    house: OpenHouse, request: pytest.FixtureRequest
) -> AsyncIterator[anthropic.AsyncAnthropic]:
    if request.param == "tcp":
        client = anthropic.AsyncAnthropic(base_url=house.url, api_key=TOKEN, max_retries=0)
    else:
        transport = httpx2.AsyncHTTPTransport(uds=str(house.socket))
        client = anthropic.AsyncAnthropic(
            base_url="http://homeport", api_key="unused", max_retries=0,
            http_client=httpx2.AsyncClient(transport=transport),
        )  # fmt: skip
    async with client:
        yield client


async def test_a_whole_answer(sdk: anthropic.AsyncAnthropic) -> None:
    raw = await sdk.messages.with_raw_response.create(**ASKED)
    message = await raw.parse()
    assert message.content[0].type == "text"
    assert message.content[0].text == "Hello, wörld"
    assert (message.stop_reason, message.role, message.model) == (
        "end_turn", "assistant", "echo/words",
    )  # fmt: skip
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 2)
    assert raw.headers["request-id"] == raw.headers["x-homeport-decision"] == "01test"
    assert raw.headers["x-homeport-cost"] == "0"
    assert message.model_extra is not None
    assert message.model_extra["homeport"]["route"] == "echo/words"


async def test_a_stream(sdk: anthropic.AsyncAnthropic) -> None:
    async with sdk.messages.stream(**ASKED) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        message = await stream.get_final_message()
    assert text == "Hello, wörld"
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens == 2


async def test_the_last_event_says_where_it_came_from(sdk: anthropic.AsyncAnthropic) -> None:
    stream = await sdk.messages.create(**ASKED, stream=True)
    events = [event async for event in stream]
    assert [event.type for event in events] == [
        "message_start", "content_block_start", "content_block_delta", "content_block_delta",
        "content_block_stop", "message_delta", "message_stop",
    ]  # fmt: skip
    assert events[-1].model_extra is not None
    assert events[-1].model_extra["homeport"]["route"] == "echo/words"


@pytest.mark.parametrize("streams", [False, True])
async def test_thinking_and_calls(
    house: OpenHouse, sdk: anthropic.AsyncAnthropic, streams: bool
) -> None:
    house.daemon.router.script = CALLS
    if streams:
        async with sdk.messages.stream(**ASKED) as stream:
            message: anthropic.types.Message = await stream.get_final_message()
    else:
        message = await sdk.messages.create(**ASKED)
    thinking, text, one, two = message.content
    assert (thinking.type, text.type, one.type, two.type) == (
        "thinking", "text", "tool_use", "tool_use",
    )  # fmt: skip
    assert thinking.type == "thinking"
    assert thinking.thinking == "hm, so"
    assert thinking.signature == "homeport:echo:"
    assert one.type == "tool_use"
    assert (one.id, one.name, one.input) == ("call_1", "weather", {"city": "Paris"})
    assert two.type == "tool_use"
    assert two.input == {}
    assert message.stop_reason == "tool_use"
    usage = message.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (15, 5, 9)
    assert usage.output_tokens_details is not None
    assert usage.output_tokens_details.thinking_tokens == 2

    # What was shown is accepted back.
    result: Any = {"type": "tool_result", "tool_use_id": "call_1", "content": "sunny"}
    turns: Any = [*MESSAGES, message.to_param(), {"role": "user", "content": [result]}]
    await sdk.messages.create(**ASKED | {"messages": turns})
    prompt = house.daemon.router.prompts[-1]
    assert [m.role for m in prompt.messages] == ["user", "assistant", "tool"]


async def test_the_synchronous_sdk(house: OpenHouse) -> None:
    def ask() -> tuple[str, str]:
        with anthropic.Anthropic(base_url=house.url, auth_token=TOKEN, max_retries=0) as client:
            whole = client.messages.create(**ASKED).content[0]
            with client.messages.stream(**ASKED) as stream:
                return getattr(whole, "text", ""), stream.get_final_text()

    assert await asyncio.to_thread(ask) == ("Hello, wörld", "Hello, wörld")


@pytest.mark.parametrize("stream", [False, True])
async def test_errors_before_the_answer(
    house: OpenHouse, sdk: anthropic.AsyncAnthropic, stream: bool
) -> None:
    router = house.daemon.router
    router.refusal = NotFound("There is no model 'x'.", code="model_not_found", param="model")
    with pytest.raises(anthropic.NotFoundError) as missing:
        await sdk.messages.create(**ASKED, stream=stream)
    assert missing.value.type == "not_found_error"
    assert missing.value.request_id
    router.refusal = OverBudget("The day's budget is used up.")
    with pytest.raises(anthropic.RateLimitError) as spent:
        await sdk.messages.create(**ASKED, stream=stream)
    assert spent.value.response.headers["x-should-retry"] == "false"
    router.refusal = NothingAnswered("Every model failed.", retry_after_s=3)
    with pytest.raises(anthropic.InternalServerError) as failed:
        await sdk.messages.create(**ASKED, stream=stream)
    assert failed.value.response.headers["retry-after"] == "3"
    assert failed.value.type == "api_error"


async def test_a_stream_that_cannot_be_finished_ends_with_an_error(house: OpenHouse) -> None:
    house.daemon.router.script = (
        TextDelta("Hel"),
        a_moment,
        NothingAnswered("Every model failed."),
    )
    reply = await house.ask("POST", "/v1/messages", ASKED | {"stream": True})
    last = reply.body.decode().strip().split("\n\n")[-1]
    assert last.startswith("event: error\ndata: ")
    told = json.loads(last.partition("data: ")[2])
    assert told["type"] == "error"
    assert told["error"]["type"] == "api_error"
    assert told["request_id"] == "01test"
    async with anthropic.AsyncAnthropic(base_url=house.url, api_key=TOKEN, max_retries=0) as client:
        with pytest.raises(anthropic.APIStatusError):
            async for _ in await client.messages.create(**ASKED, stream=True):
                pass


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/v1/messages", 401, "authentication_error"),
        ("GET", "/v1/messages", 405, "invalid_request_error"),
        ("POST", "/v1/messages/batches", 404, "not_found_error"),
    ],
)
async def test_errors_before_the_door_have_its_shape(
    house: OpenHouse, method: str, path: str, status: int, kind: str
) -> None:
    token = "" if status == 401 else f"Bearer {TOKEN}"
    reply = await house.ask(method, path, door="tcp", authorization=token)
    assert reply.status == status
    assert reply.json["type"] == "error"
    assert reply.json["error"]["type"] == kind
    assert reply.json["request_id"] == reply.headers["request-id"]


async def test_a_page_is_refused_in_shape(house: OpenHouse) -> None:
    reply = await house.ask("POST", "/v1/messages?beta=true", {}, origin="https://evil")
    assert (reply.status, reply.json["error"]["type"]) == (403, "permission_error")


WIRED = (
    opening() + start(0, type="thinking", thinking="", signature=""),
    more(0, type="thinking_delta", thinking="hm") + more(0, type="signature_delta", signature="s"),
    stop(0) + start(1, type="text", text="") + event("ping"),
    more(1, type="text_delta", text="event: content_block_start\n"),
    stop(1) + start(2, type="compaction", content=""),
    more(2, type="compaction_delta", content="x") + stop(2),
)
PASSED = (
    *(Wired("anthropic", data, ()) for data in WIRED),
    Finish(reason="stop", wire="anthropic", raw_reason="end_turn", raw=closing()),
)


async def test_an_upstreams_events_go_through_as_they_are(house: OpenHouse) -> None:
    house.daemon.router.script = PASSED
    reply = await house.ask("POST", "/v1/messages", ASKED | {"stream": True})
    before, cut, after = reply.body.partition(b',"homeport":')
    assert cut
    _, end = json.JSONDecoder().raw_decode(after.decode())
    assert before + after.decode()[end:].encode() == b"".join(WIRED) + closing()


async def test_an_upstreams_events_are_gathered_without_loss(
    house: OpenHouse, sdk: anthropic.AsyncAnthropic
) -> None:
    house.daemon.router.script = PASSED
    reply = await house.ask("POST", "/v1/messages", ASKED)
    assert reply.json["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "event: content_block_start\n"},
        {"type": "compaction", "content": "x"},
    ]
    assert (reply.json["id"], reply.json["model"]) == ("msg_1", "claude-test-4-5")
    assert reply.json["usage"]["output_tokens"] == 4
    assert reply.json["usage"]["cache_read_input_tokens"] == 2
    async with sdk.messages.stream(**ASKED) as stream:
        message = await stream.get_final_message()
    assert message.model == "claude-test-4-5"


@pytest.mark.parametrize("streams", [False, True])
async def test_another_model_goes_on_where_an_upstream_broke_off(
    house: OpenHouse, sdk: anthropic.AsyncAnthropic, streams: bool
) -> None:
    house.daemon.router.script = (
        Wired("anthropic", opening() + start(0, type="text", text=""), ()),
        Wired("anthropic", more(0, type="text_delta", text="Hel"), (TextDelta("Hel"),)),
        TextDelta("lo"),
        PartEnd(),
        TextDelta("more"),
        Finish(reason="length", usage=Usage(input=7, output=2)),
    )
    if streams:
        async with sdk.messages.stream(**ASKED) as stream:
            message: anthropic.types.Message = await stream.get_final_message()
    else:
        message = await sdk.messages.create(**ASKED)
    assert [getattr(block, "text", "") for block in message.content] == ["Hello", "more"]
    assert message.stop_reason == "max_tokens"


async def test_claude_codes_way_of_asking(house: OpenHouse, sdk: anthropic.AsyncAnthropic) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    await sdk.beta.messages.create(
        model="claude-opus-4-8",
        max_tokens=16_000,
        system=[{"type": "text", "text": "You are.", "cache_control": mark}],  # type: ignore[list-item]
        messages=MESSAGES,
        tools=[{"name": "Bash", "description": "Runs.", "input_schema": {"type": "object"}}],
        metadata={"user_id": "user_1"},
        thinking={"type": "adaptive"},
        betas=["claude-code-20250219", "context-1m"],
        extra_body={"context_management": {"edits": []}, "a_later_field": 1},
        extra_headers={"x-claude-code-session-id": "s-1"},
    )
    prompt = house.daemon.router.prompts[-1]
    assert prompt.labels.model == "claude-opus-4-8"
    assert prompt.labels.session == "s-1"
    assert dict(prompt.forward)["anthropic-beta"] == "claude-code-20250219,context-1m"
    assert prompt.messages[0].parts[0].extras == {"cache_control": mark}
    assert prompt.extras["a_later_field"] == 1
    assert prompt.extras["metadata"] == {"user_id": "user_1"}
    assert prompt.raw


@pytest.mark.parametrize(
    ("wire", "dropped"),
    [("openai-chat", ["context_management", "mcp_servers"]), ("anthropic", None)],
)
async def test_fields_that_another_wire_has_no_word_for_are_named(
    house: OpenHouse, wire: str, dropped: list[str] | None
) -> None:
    house.daemon.router.script = (TextDelta("Hi"), Finish("stop", wire=wire))
    body = {
        "messages": [{"role": "user", "content": "hi"}],
        "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
        "mcp_servers": [{"type": "url", "url": "https://mcp.test", "name": "m"}],
        "metadata": {"user_id": "u"}, "thinking": {"type": "adaptive"}, "container": None,
    }  # fmt: skip
    whole = await house.ask("POST", "/v1/messages", body)
    assert whole.json["homeport"].get("dropped") == dropped
    streamed = await house.ask("POST", "/v1/messages", body | {"stream": True})
    last = streamed.body.rpartition(b"data: ")[2]
    assert json.loads(last)["homeport"].get("dropped") == dropped
