"""A kept prompt goes back through its own door, and its answer has that door's shape."""

from __future__ import annotations

import asyncio
from typing import Any

from support.doors import Reply
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
