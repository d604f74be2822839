"""What each door says of a prompt that is kept, and that SDKs can read it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from homeport.client.wire import AskDeferred
from support.doors import Reply
from support.whole_daemon import QUIET, TOKEN, WholeDaemon, whole_daemon

CLOUD = """
[[server]]
name = "skies"
url = "https://models.example.com/v1"
place = "cloud"
[outbox]
items = 40
"""
SAID = [{"role": "user", "content": "Why?"}]
A_CHAT = {"model": "skies/gpt-5", "messages": SAID}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}]}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[WholeDaemon]:
    """A model at home, and a cloud that no way leads to."""
    async with whole_daemon("name=home;words=At home", config=f"{QUIET}{CLOUD}") as up:
        await up.daemon.set_offline(True)
        yield up


def homeport_of(reply: Reply) -> dict[str, Any]:
    """The object that names the item, wherever it stands in the answer."""
    text = reply.body.decode()
    start = text.index('"homeport":') + len('"homeport":')
    made: dict[str, Any] = json.JSONDecoder().raw_decode(text, start)[0]
    return made


DOORS: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/chat/completions", {"model": "cloud", "messages": SAID}, '"choices":[]'),
    ("/v1/chat/completions", {"model": "cloud", "messages": SAID, "stream": True}, "[DONE]"),
    ("/v1/completions", {"model": "cloud", "prompt": "Why?"}, '"choices":[]'),
    ("/v1/completions", {"model": "cloud", "prompt": "Why?", "stream": True}, "[DONE]"),
    ("/v1/responses", {"model": "cloud", "input": "Why?"}, '"status":"queued"'),
    ("/v1/responses", {"model": "cloud", "input": "Why?", "stream": True}, "response.queued"),
    ("/v1/responses", {"model": "cloud", "input": "Why?", "background": True}, '"queued"'),
    ("/v1/messages", {"model": "cloud", "max_tokens": 9, "messages": SAID}, '"content":[]'),
    (
        "/v1/messages",
        {"model": "cloud", "max_tokens": 9, "messages": SAID, "stream": True},
        "message_stop",
    ),
    ("/v1beta/models/cloud:generateContent", GEMINI, '"candidates":[]'),
    ("/v1beta/models/cloud:streamGenerateContent", GEMINI, "[{"),
    ("/v1beta/models/cloud:streamGenerateContent?alt=sse", GEMINI, "data: {"),
    ("/api/chat", {"model": "cloud", "messages": SAID}, '"done_reason":"deferred"'),
    ("/api/generate", {"model": "cloud", "prompt": "Why?", "stream": False}, '"response":""'),
]


async def test_every_door_keeps_it_and_says_so_in_its_own_shape(daemon: WholeDaemon) -> None:
    for path, body, shown in DOORS:
        reply = await daemon.ask("POST", path, body, x_homeport_defer="true")
        assert (reply.status, reply.headers["x-homeport-deferred"]) == (202, "true"), path
        assert shown in reply.body.decode(), path
        told = homeport_of(reply)
        assert told["deferred"] is True
        assert told["because"].startswith("You chose to be offline")
        assert reply.headers["x-homeport-outbox"] == told["outbox"]
        assert reply.headers["location"] == told["answer"]
        kept = (await daemon.ask("GET", told["answer"])).json
        assert (kept["item"]["state"], kept["request"]) == ("queued", body), path
    items = (await daemon.ask("GET", "/homeport/v1/outbox")).json
    assert len(items["items"]) == len(DOORS)
    assert items["outbox"]["queued"] == len(DOORS)


async def test_our_own_wire_says_it_in_a_line(daemon: WholeDaemon) -> None:
    import msgspec

    asked = {"prompt": "Why?", "model": "cloud", "defer": "online"}
    reply = await daemon.ask("POST", "/homeport/v1/ask", asked)
    assert reply.status == 202
    line = msgspec.json.decode(reply.body, type=AskDeferred)
    assert (line.item.state, line.item.client) == ("queued", "homeport")


async def test_the_body_may_ask_for_it_too(daemon: WholeDaemon) -> None:
    body = {"model": "cloud", "messages": SAID, "homeport": {"defer": True, "tags": "a"}}
    assert (await daemon.ask("POST", "/v1/chat/completions", body)).status == 202


async def test_the_same_key_twice_is_kept_once(daemon: WholeDaemon) -> None:
    body = {"model": "cloud", "messages": SAID}
    ids = []
    other = {"model": "cloud", "messages": [{"role": "user", "content": "Something else?"}]}
    for key, asked in (("a", body), ("a", body), ("b", body), ("a", other)):
        reply = await daemon.ask(
            "POST", "/v1/chat/completions", asked, x_homeport_defer="true", idempotency_key=key
        )
        assert reply.status == 202
        ids.append(reply.headers["x-homeport-outbox"])
    assert ids[0] == ids[1]
    assert len({*ids}) == 3
    assert (await daemon.ask("GET", "/homeport/v1/status")).json["outbox"]["queued"] == 3


async def test_sdks_read_it_without_an_error(daemon: WholeDaemon) -> None:
    headers = {"x-homeport-defer": "true"}
    sdk = openai.AsyncOpenAI(base_url=f"{daemon.url}/v1", api_key=TOKEN, default_headers=headers)
    ask: Any = {"model": "cloud", "messages": SAID}
    whole: Any = await sdk.chat.completions.create(**ask)
    assert whole.choices == []
    assert whole.homeport["deferred"] is True
    chunks: list[Any] = [
        chunk async for chunk in await sdk.chat.completions.create(**ask, stream=True)
    ]
    assert [chunk.homeport["state"] for chunk in chunks] == ["queued"]
    response = await sdk.responses.create(model="cloud", input="Why?")
    assert (response.status, response.output) == ("queued", [])
    assert (await sdk.responses.retrieve(response.id)).status == "queued"
    await daemon.ask("POST", f"/homeport/v1/outbox/{response.id}", {"action": "drop"})
    assert (await sdk.responses.retrieve(response.id)).status == "cancelled"
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.retrieve(whole.id)
    other = anthropic.AsyncAnthropic(base_url=daemon.url, api_key=TOKEN, default_headers=headers)
    message: Any = await other.messages.create(model="cloud", max_tokens=9, messages=SAID)  # type: ignore[arg-type]
    assert (message.content, message.homeport["deferred"]) == ([], True)
    await sdk.close()
    await other.close()


async def test_a_model_of_the_cloud_that_nobody_knows_yet_may_be_waited_for(
    daemon: WholeDaemon,
) -> None:
    body = {"model": "skies/gpt-5", "messages": SAID}
    reply = await daemon.ask("POST", "/v1/chat/completions", body, x_homeport_defer="true")
    assert reply.status == 202


async def test_what_home_may_answer_is_answered_now_and_says_so(daemon: WholeDaemon) -> None:
    body = {"model": "local", "messages": SAID}
    reply = await daemon.ask("POST", "/v1/chat/completions", body, x_homeport_defer="true")
    assert (reply.status, reply.headers["x-homeport-deferred"]) == (200, "false")
    assert reply.json["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"x_homeport_privacy": "private", "x_homeport_defer": "true"}, 403, "refused"),
        ({"x_homeport_defer": "off-peak"}, 400, "no_off_peak"),
        ({"x_homeport_defer": "tomorrow"}, 400, "bad_request"),
        ({"x_homeport_defer": "false"}, 403, "refused"),
    ],
)
async def test_what_waiting_would_not_help_is_refused(
    daemon: WholeDaemon, wish: dict[str, str], status: int, code: str
) -> None:
    body = {"model": "cloud", "messages": SAID}
    reply = await daemon.ask("POST", "/v1/chat/completions", body, **wish)
    assert (reply.status, reply.json["error"]["code"]) == (status, code)
    assert (await daemon.ask("GET", "/homeport/v1/outbox")).json["items"] == []


async def test_a_full_outbox_refuses_in_the_wire_s_own_shape(daemon: WholeDaemon) -> None:
    lines = [
        {"custom_id": str(n), "url": "/v1/chat/completions", "body": A_CHAT} for n in range(40)
    ]
    order = {"batch": "0123456789", "lines": lines}
    taken = (await daemon.ask("POST", "/homeport/v1/outbox", order)).json
    assert (taken["added"], taken["known"]) == (40, 0)
    assert (await daemon.ask("POST", "/homeport/v1/outbox", order)).json["known"] == 40
    body = {"model": "cloud", "messages": SAID}
    reply = await daemon.ask("POST", "/v1/chat/completions", body, x_homeport_defer="true")
    assert (reply.status, reply.json["error"]["code"]) == (413, "outbox_full")
    page = (await daemon.ask("GET", "/homeport/v1/outbox?batch=0123&limit=30")).json
    assert (len(page["items"]), page["more"]) == (30, True)
    after = page["items"][-1]["id"]
    rest = (await daemon.ask("GET", f"/homeport/v1/outbox?batch=0123&after={after}")).json
    assert (len(rest["items"]), rest["more"]) == (10, False)
    dropped = await daemon.ask("POST", "/homeport/v1/outbox/0123456789", {"action": "drop"})
    assert {item["state"] for item in dropped.json["items"]} == {"cancelled"}


@pytest.mark.parametrize(
    ("order", "param"),
    [
        ({"batch": "short", "lines": []}, "batch"),
        ({"batch": "0123456789", "lines": [{"custom_id": "", "url": "/v1/messages", "body": {}}]},
         "lines[0]"),
        ({"batch": "0123456789", "lines": [{"custom_id": "a", "url": "/v1/images", "body": {}}]},
         "url"),
        ({"batch": "0123456789", "lines": [{"custom_id": "a", "url": "/v1/messages", "body": []}]},
         "lines[0].body"),
    ],
)  # fmt: skip
async def test_lines_that_cannot_be_kept(
    daemon: WholeDaemon, order: dict[str, Any], param: str
) -> None:
    reply = await daemon.ask("POST", "/homeport/v1/outbox", order)
    assert (reply.status, reply.json["error"]["param"]) == (400, param)


async def test_an_item_that_is_not_there(daemon: WholeDaemon) -> None:
    for method, path, body in (
        ("GET", "/homeport/v1/outbox/ob0", None),
        ("POST", "/homeport/v1/outbox/ob0", {"action": "retry"}),
        ("GET", "/homeport/v1/outbox/ob0/answer", None),
    ):
        reply = await daemon.ask(method, path, body)
        assert (reply.status, reply.json["error"]["code"]) == (404, "item_not_found")
