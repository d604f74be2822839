"""A kept prompt goes back through its own door, and its answer has that door's shape."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from homeport.client import paths
from homeport.daemon.outbox.item import CHANGED_ON_DISK
from support.doors import Reply
from support.interfaces import needs_an_interface
from support.outboxes import off_peak_but_not_now
from support.whole_daemon import QUIET, WholeDaemon, whole_daemon

ALWAYS = f'{QUIET}[outbox]\noff_peak = "00:00-00:00"\n'
SAID = [{"role": "user", "content": "Why?"}]
CONTENTS = [{"role": "user", "parts": [{"text": "Why?"}]}]
DOORS: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/chat/completions", {"messages": SAID, "stream": True}, "chat.completion"),
    ("/v1/completions", {"prompt": "Why?", "stream": True}, "text_completion"),
    ("/v1/responses", {"input": "Why?", "stream": True, "background": True}, "completed"),
    ("/v1/messages", {"max_tokens": 9, "messages": SAID, "stream": True}, "end_turn"),
    ("/v1beta/models/local:streamGenerateContent", {"contents": CONTENTS}, "STOP"),
    ("/api/chat", {"messages": SAID}, "message"),
    ("/api/generate", {"prompt": "Why?"}, "response"),
]


async def answer_of(daemon: WholeDaemon, kept: Reply) -> Reply:
    """Once it is there."""
    assert kept.status == 202, kept.body
    path = f"/homeport/v1/outbox/{kept.headers['x-homeport-outbox']}/answer"
    async with asyncio.timeout(20):
        while (reply := await daemon.ask("GET", path)).status == 202:
            await asyncio.sleep(0.02)
    return reply


async def test_every_door_answers_what_it_kept_in_its_own_shape() -> None:
    async with whole_daemon("name=home;words=At home", config=ALWAYS) as daemon:
        await daemon.daemon.set_offline(True)
        for path, body, shape in DOORS:
            asked = body if "/models/" in path else {"model": "local", **body}
            kept = await daemon.ask("POST", path, asked, x_homeport_defer="off-peak")
            answer = await answer_of(daemon, kept)
            assert answer.status == 200, path
            assert b"At home" in answer.body, path
            assert shape.encode() in answer.body, path
        asked = {"prompt": "Why?", "model": "local", "defer": "off-peak"}
        kept = await daemon.ask("POST", "/homeport/v1/ask", asked)
        item = (await daemon.ask("GET", "/homeport/v1/outbox?limit=1000")).json["items"][-1]
        kept.headers["x-homeport-outbox"] = item["id"]
        answer = await answer_of(daemon, kept)
        assert answer.json["response"].startswith("At home")
        assert answer.json["place"] == "local"


async def test_an_answer_that_was_changed_on_disk_is_given_to_nobody() -> None:
    asks: dict[str, dict[str, Any]] = {
        "/v1/chat/completions": {"messages": SAID},
        "/v1/responses": {"input": "Why?"},
    }
    async with whole_daemon("name=home;words=At home", config=ALWAYS) as daemon:
        await daemon.daemon.set_offline(True)
        for path, asked in asks.items():
            body = {"model": "local", **asked}
            kept = await daemon.ask("POST", path, body, x_homeport_defer="off-peak")
            await answer_of(daemon, kept)
            with sqlite3.connect(paths.outbox_path()) as raw:
                raw.execute("UPDATE item SET answer = replace(answer, 'At home', 'ALTERED')")
            raw.close()
            item = kept.headers["x-homeport-outbox"]
            answer = await answer_of(daemon, kept)
            assert (answer.status, answer.json["item"]["sentence"]) == (410, CHANGED_ON_DISK)
            shown = await daemon.ask("GET", f"/homeport/v1/outbox/{item}")
            response = await daemon.ask("GET", f"/v1/responses/{item}")
            assert (shown.json["item"]["state"], shown.json["answer"]) == ("failed", None)
            for reply in (answer, shown, response):
                assert b"ALTERED" not in reply.body


async def test_an_error_comes_in_the_shape_of_its_wire_with_its_status() -> None:
    async with whole_daemon("name=home;words=At home", config=ALWAYS) as daemon:
        await daemon.daemon.set_offline(True)
        for path, body, shape in (
            ("/v1/messages", {"max_tokens": 9, "messages": SAID}, b'{"type":"error"'),
            ("/v1/chat/completions", {"messages": SAID}, b'{"error":{"message"'),
            ("/api/chat", {"messages": SAID}, b'{"error":"'),
        ):
            asked = {"model": "no-such-model", **body}
            kept = await daemon.ask("POST", path, asked, x_homeport_defer="off-peak")
            answer = await answer_of(daemon, kept)
            assert answer.status == 404, path
            assert answer.body.startswith(shape), path


NOT_NOW = QUIET + '[cache]\nexact = true\n[outbox]\nat_once = 1\noff_peak = "{}"\n'
CHAT = "/v1/chat/completions"


def cool(text: str) -> dict[str, Any]:
    said = [{"role": "user", "content": text}]
    return {"model": "local", "messages": said, "temperature": 0}


async def test_what_is_kept_is_answered_before_its_hours() -> None:
    config = NOT_NOW.format(off_peak_but_not_now())
    async with whole_daemon("name=home;words=At home", config=config) as daemon:
        first = await daemon.ask("POST", CHAT, cool("Why?"))
        again = await daemon.ask("POST", CHAT, cool("Why?"), x_homeport_defer="off-peak")
        other = await daemon.ask("POST", CHAT, cool("How?"), x_homeport_defer="off-peak")
        assert (first.status, again.status, other.status) == (200, 200, 202)
        assert again.headers["x-homeport-cache"].startswith("hit; of=")
        assert again.headers["x-homeport-deferred"] == "false"
        assert again.json["homeport"]["cost_nano"] == 0
        lines = [
            {"custom_id": text, "url": url, "body": body}
            for text, url, body in (
                ("How?", CHAT, cool("How?")),
                ("vectors", "/v1/embeddings", {"model": "local", "input": "Why?"}),
                ("wrong", CHAT, {"model": "local"}),
                ("Why?", CHAT, cool("Why?")),
            )
        ]
        order = {"batch": "0123456789", "lines": lines, "when": "off-peak"}
        assert (await daemon.ask("POST", "/homeport/v1/outbox", order)).status == 200
        items = await lines_of(daemon, until="Why?")
        await daemon.daemon.written_down()
        assert daemon.daemon.ledger.spend_view().requests_today == 1
    assert {name: item["state"] for name, item in items.items()} == {
        "Why?": "answered",
        "How?": "queued",
        "vectors": "queued",
        "wrong": "queued",
    }
    assert items["Why?"]["cost_nano"] == 0


async def lines_of(daemon: WholeDaemon, *, until: str) -> dict[str, Any]:
    """The lines of the file by their name, once this one is answered."""
    async with asyncio.timeout(20):
        while True:
            page = await daemon.ask("GET", "/homeport/v1/outbox?batch=0123")
            items = {item["custom_id"]: item for item in page.json["items"]}
            if items[until]["state"] != "queued":
                return items
            await asyncio.sleep(0.02)


@needs_an_interface
async def test_a_line_whose_answer_is_kept_does_not_wait_for_the_link() -> None:
    priced = '[[model]]\nid = "echo/sky"\ninput_usd = 1.0\noutput_usd = 1.0\n'
    config = f"{QUIET}[cache]\nexact = true\n{priced}"
    async with whole_daemon("name=sky;place=cloud;words=Up here", config=config) as daemon:
        asked = cool("Why?") | {"model": "cloud"}
        assert (await daemon.ask("POST", CHAT, asked)).status == 200
        await daemon.daemon.set_offline(True)
        lines = [{"custom_id": "kept", "url": CHAT, "body": asked}]
        order = {"batch": "0123456789", "lines": lines}
        await daemon.ask("POST", "/homeport/v1/outbox", order)
        items = await lines_of(daemon, until="kept")
        await daemon.daemon.written_down()
        assert daemon.daemon.ledger.spend_view().requests_today == 1
    assert (items["kept"]["state"], items["kept"]["cost_nano"]) == ("answered", 0)
