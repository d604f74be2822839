"""Every door gives a kept answer again, whole and streamed, as its SDK wants it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.sdks import SDKS, Question
from support.whole_daemon import QUIET, TOKEN, WholeDaemon, whole_daemon

CACHED = f"{QUIET}[cache]\nexact = true\nany_temperature = true\n"
MODEL = "name=calm;words=Hello there, wörld."
ASKED = Question([("user", "Why is the sky blue?")])


async def last_of(daemon: WholeDaemon) -> Any:
    await daemon.daemon.written_down()
    await daemon.daemon.caching().written_down()
    return daemon.daemon.bus.requests()[-1]


@pytest.mark.parametrize("sdk", SDKS)
async def test_each_sdk_takes_it(sdk: str) -> None:
    async with whole_daemon(MODEL, CACHED) as daemon:
        client = SDKS[sdk](daemon.url if sdk != "ollama" else daemon.open_url, TOKEN)
        try:
            for mode in ("async", "async stream"):
                first = await client.ask(mode, "auto", ASKED)
                await last_of(daemon)
                again = await client.ask(mode, "auto", ASKED)
                given = await last_of(daemon)
                assert (first.text, first.reason) == (again.text, again.reason)
                assert first.usage == again.usage
                assert given.cache.outcome == "hit"
                assert (given.cost_nano, given.attempts) == (0, ())
        finally:
            await client.close()


async def test_geminis_door_and_our_own() -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}]}
    async with whole_daemon(MODEL, CACHED) as daemon:
        path = "/v1beta/models/auto:streamGenerateContent?alt=sse"
        for outcome in ("miss", "hit"):
            reply = await daemon.ask("POST", path, body)
            assert b"w\xc3\xb6rld" in reply.body
            assert (await last_of(daemon)).cache.outcome == outcome
        asked = {"prompt": "Why?", "cache": "on, ttl=60"}
        for outcome in ("hit", "hit"):  # what came by Gemini's
            *_, done = await daemon.lines("/homeport/v1/ask", asked)
            assert done["result"]["response"] == "Hello there, wörld."
            assert done["result"]["cache"]["outcome"] == outcome
            await last_of(daemon)


async def test_an_answer_says_where_it_came_from() -> None:
    body: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "Why?"}]}
    path = "/v1/chat/completions"
    async with whole_daemon(MODEL) as daemon:
        first = await daemon.ask("POST", path, body, x_homeport_cache="on")
        asked = await last_of(daemon)
        again = await daemon.ask("POST", path, body, x_homeport_cache="on, max-age=60")
        await last_of(daemon)
        streamed = await daemon.ask(
            "POST", path, body | {"stream": True, "homeport": {"cache": "only"}}
        )
        unlike = await daemon.ask("POST", path, body, x_homeport_cache="only, namespace=b")
        wrong = await daemon.ask("POST", path, body, x_homeport_cache="sometimes")
        plain = await daemon.ask("POST", path, body)
    assert first.headers["x-homeport-cache"] == "miss"
    assert again.headers["x-homeport-cache"].startswith(f"hit; of={asked.id}; age=")
    assert again.headers["x-homeport-cost"] == "0"
    assert again.json["homeport"]["cache"]["of"] == asked.id
    last = [json.loads(line[6:]) for line in streamed.body.decode().splitlines()
            if line.startswith("data: {")][-1]  # fmt: skip
    assert last["homeport"]["cache"]["outcome"] == "hit"
    assert (unlike.status, unlike.json["error"]["code"]) == (404, "not_cached")
    assert wrong.status == 400
    assert "x-homeport-cache" not in plain.headers


async def test_what_is_voted_down_is_not_given_again() -> None:
    asked = {"prompt": "Why?", "cache": "on"}
    async with whole_daemon(MODEL) as daemon:
        for _ in range(2):
            await daemon.lines("/homeport/v1/ask", asked)
            given = await last_of(daemon)
        assert given.cache.outcome == "hit"
        reply = await daemon.ask(
            "POST", "/homeport/v1/feedback", {"decision": given.id, "verdict": "down"}
        )
        assert reply.status == 200, reply.body
        assert reply.json["model"] == "echo/calm"
        await daemon.lines("/homeport/v1/ask", asked)
        assert (await last_of(daemon)).cache.outcome == "miss"


async def test_stats_spend_and_the_cache_say_what_it_saved() -> None:
    asked = {"prompt": "Why?", "cache": "on"}
    async with whole_daemon(MODEL) as daemon:
        for _ in range(3):
            await daemon.lines("/homeport/v1/ask", asked)
            await last_of(daemon)
        stats = (await daemon.ask("GET", "/homeport/v1/stats")).json
        spend = (await daemon.ask("GET", "/homeport/v1/spend")).json
        report = (await daemon.ask("GET", "/homeport/v1/cache")).json
        cleared = (await daemon.ask("POST", "/homeport/v1/cache", {"clear": True})).json
    assert [(row["requests"], row["cached"]) for row in stats["rows"]] == [(3, 2)]
    assert spend["cached"] == {"answers": 2, "saved_nano": 0, "unknown": 0}
    assert (report["hits"], report["misses"]) == (2, 1)
    assert report["rows"][0]["hits"] == 2
    assert cleared == {"forgotten": 1}
