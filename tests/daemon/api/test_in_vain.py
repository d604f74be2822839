"""A prompt that may be kept and whose provider fails while the link looks up: it is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from homeport.daemon.outbox import outcome
from homeport.daemon.outbox.outbox import Outbox
from homeport.lab.server import LabServer
from support.doors import Reply
from support.interfaces import needs_an_interface
from support.whole_daemon import QUIET, WholeDaemon, whole_daemon

pytestmark = needs_an_interface
SAID = [{"role": "user", "content": "Why?"}]
CHAT: dict[str, Any] = {"model": "skies/lab-sky", "messages": SAID}
ASK: dict[str, Any] = {"prompt": "Why?", "model": "skies/lab-sky", "defer": "online"}
OUTBOX = "/homeport/v1/outbox"
PATIENCE = "[timeouts]\nconnect_s = 20.0\nfirst_token_s = {0}\ngap_s = {0}\nlearned = false\n"


@asynccontextmanager
async def under(*faults: str) -> AsyncIterator[tuple[WholeDaemon, LabServer]]:
    """A daemon with one provider, which has shown its models and then fails so."""
    async with LabServer("openai", script="Because.", models=["lab-sky"]) as lab:
        server = f'[[server]]\nname = "skies"\nurl = "{lab.base_url}"\nplace = "cloud"\n'
        model = '[[model]]\nid = "skies/lab-sky"\ninput_usd = 1.0\noutput_usd = 1.0\n'
        patience = PATIENCE.format(0.5 if "silence" in faults else 20.0)
        async with whole_daemon(config=QUIET + patience + server + model) as up:
            await up.daemon.refresh_models()
            await lab.set_faults(*faults)
            yield up, lab


async def chat(up: WholeDaemon, **body: Any) -> Reply:
    return await up.ask("POST", "/v1/chat/completions", CHAT | body, x_homeport_defer="true")


async def kept(up: WholeDaemon) -> list[dict[str, Any]]:
    return list((await up.ask("GET", OUTBOX)).json["items"])


@pytest.mark.parametrize(
    ("fault", "stream"),
    [("refuse", True), ("503", False), ("529", True), ("429:retry_after=30", False)],
)
async def test_what_was_not_worked_on_waits_for_another_time(fault: str, stream: bool) -> None:
    async with under(fault) as (up, _):
        reply = await chat(up, stream=stream)
        assert (reply.status, reply.headers["x-homeport-deferred"]) == (202, "true")
        (item,) = await kept(up)
    assert (item["state"], item["tries"], item["answered_by"]) == ("queued", 1, "skies/lab-sky")
    assert item["next_ms"] - item["at_ms"] >= (30_000 if "429" in fault else 2_500)
    assert item["sentence"].startswith("Tried skies/lab-sky (")
    assert item["decision"]


@pytest.mark.parametrize(
    ("fault", "stream"),
    [("reset", True), ("hang_up", False), ("web_page", True), ("silence", False)],
)
async def test_what_may_have_been_worked_on_asks_the_person(fault: str, stream: bool) -> None:
    async with under(fault) as (up, lab):
        reply = await chat(up, stream=stream)
        assert reply.status == 202
        assert '"state":"uncertain"' in reply.body.decode()
        (item,) = await kept(up)
        assert item["state"] == "uncertain"
        assert item["sentence"].endswith("whether it was answered is not known.")
        await lab.set_faults()
        asked = lab.log.calls()
        await asyncio.sleep(0.05)
        assert lab.log.calls() == asked, "nobody sends it again"


async def test_a_second_one_is_kept_while_its_provider_is_left_alone() -> None:
    async with under("refuse") as (up, _):
        replies = [await chat(up) for _ in range(5)]
        assert [reply.status for reply in replies] == [202] * 5
        assert {item["state"] for item in await kept(up)} == {"queued"}


@pytest.mark.parametrize("fault", ["401", "404", "422"])
async def test_what_will_be_the_same_another_time_is_an_error_as_ever(fault: str) -> None:
    async with under(fault) as (up, _):
        reply = await chat(up)
        assert reply.status >= 400
        assert reply.headers["x-homeport-deferred"] == "false"
        assert await kept(up) == []


async def test_who_did_not_ask_for_it_gets_the_error() -> None:
    async with under("503") as (up, _):
        assert (await up.ask("POST", "/v1/chat/completions", CHAT)).status == 502
        private = {"homeport": {"private": True, "defer": True}}
        assert (await up.ask("POST", "/v1/chat/completions", CHAT | private)).status >= 400
        assert await kept(up) == []


async def test_what_was_told_in_part_ends_in_an_error_that_names_the_item() -> None:
    async with under("reset@1") as (up, _):
        reply = await chat(up, stream=True)
        assert reply.status == 200
        (item,) = await kept(up)
        assert item["state"] == "uncertain"
        assert f"It is kept (uncertain): homeport outbox show {item['id']}" in reply.body.decode()


@pytest.mark.parametrize(("fault", "state"), [("503", "queued"), ("reset", "uncertain")])
async def test_our_own_wire_says_so_in_its_last_line(fault: str, state: str) -> None:
    async with under(fault) as (up, _):
        reply = await up.ask("POST", "/homeport/v1/ask", ASK)
        last = json.loads(reply.body.splitlines()[-1])
        assert (last["type"], last["item"]["state"]) == ("deferred", state)


async def test_of_several_texts_none_is_asked_again_that_was_answered() -> None:
    async with under("503:skip=1") as (up, lab):
        body = {"model": "skies/lab-sky", "prompt": ["Why?", "How?"]}
        reply = await up.ask("POST", "/v1/completions", body, x_homeport_defer="true")
        assert reply.status >= 400
        assert await kept(up) == []
        assert lab.log.calls() >= 2


@pytest.mark.parametrize(("fault", "tries"), [("503", 1), ("refuse", 2)])
async def test_it_is_answered_once_its_provider_is_well_again(
    fault: str, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "FIRST_WAIT_MS", 20)
    monkeypatch.setitem(Outbox.__init__.__kwdefaults__ or {}, "jitter_s", 0.0)
    async with under(fault) as (up, lab):
        with up.daemon.bus.watch() as watcher:
            assert (await chat(up)).status == 202
            async with asyncio.timeout(30):
                async for _ in watcher:
                    (item,) = await kept(up)
                    if item["tries"] >= tries and item["state"] == "queued":
                        await lab.set_faults()
                        up.daemon.fleet.forgive("cloud")  # a breaker waits for seconds
                        await up.daemon.refresh_models()
                    if item["state"] == "answered":
                        break
        reply = await up.ask("GET", f"{OUTBOX}/{item['id']}/answer")
        assert reply.json["choices"][0]["message"]["content"] == "Because."
        assert [one.outcome for one in lab.log.prompts].count("whole") == 1
