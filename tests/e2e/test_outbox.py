"""A prompt that waits for the link, in a real daemon that is killed meanwhile.

`HOMEPORT_PROVE=N` kills a daemon that sends N times, at random moments.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from homeport.lab.server import LabServer
from support.daemon import QUIET_CONFIG, RunningDaemon, running, start
from support.interfaces import needs_an_interface

KILLS = int(os.environ.get("HOMEPORT_PROVE") or 0)
LONGEST_LIFE_S = 2.0

pytestmark = needs_an_interface
SAID = [{"role": "user", "content": "Remember the heron."}]


def config_of(lab: LabServer) -> str:
    """The lab is the cloud, and costs something."""
    return (
        f'{QUIET_CONFIG}[[server]]\nname = "skies"\nurl = "{lab.base_url}"\nplace = "cloud"\n'
        '[[model]]\nid = "skies/*"\ninput_usd = 1.0\noutput_usd = 2.0\n'
    )


async def state_of(daemon: RunningDaemon, item: str) -> str:
    reply = await daemon.ask("GET", f"/homeport/v1/outbox/{item}")
    return str(reply.json["item"]["state"])


async def test_what_was_kept_is_answered_once_the_link_is_back_whatever_happens_meanwhile(
    tmp_path: Path,
) -> None:
    async with LabServer("openai", script="It nests there.") as lab:
        config, home = config_of(lab), tmp_path / "h"
        daemon = await start(home, config=config)
        await daemon.ask("POST", "/homeport/v1/link", {"offline": True})
        body = {"model": "skies/lab-fast", "messages": SAID, "homeport": {"defer": True}}
        reply = await daemon.ask("POST", "/v1/chat/completions", body)
        assert reply.status == 202, daemon.log
        item = reply.headers["x-homeport-outbox"]
        daemon.kill()
        await daemon.process.wait()
        async with running(home, config=config) as daemon:
            assert await state_of(daemon, item) == "queued"
            assert lab.log.calls() == 0
            await daemon.ask("POST", "/homeport/v1/link", {"offline": False})
            async with asyncio.timeout(30):
                while await state_of(daemon, item) != "answered":
                    await asyncio.sleep(0.05)
            answer = await daemon.ask("GET", f"/homeport/v1/outbox/{item}/answer")
            assert answer.json["choices"][0]["message"]["content"] == "It nests there."
            assert lab.log.calls() == 1
            async with asyncio.timeout(30):  # it counts as read once it has been given
                while (await daemon.ask("GET", "/homeport/v1/status")).json["outbox"]["answered"]:
                    await asyncio.sleep(0.01)
            assert "heron" not in daemon.log
        assert b"heron" not in (home / "state" / "ledger.db").read_bytes()


async def items_of(daemon: RunningDaemon) -> list[dict[str, Any]]:
    reply = await daemon.ask("GET", "/homeport/v1/outbox")
    return list(reply.json["items"])


@pytest.mark.skipif(not KILLS, reason="HOMEPORT_PROVE=N kills a whole daemon N times")
@pytest.mark.timeout(300 + 10 * KILLS)
async def test_a_whole_daemon_is_killed_again_and_again(tmp_path: Path) -> None:
    chance = random.Random(4663)  # noqa: S311 - no secret
    home = tmp_path / "h"
    async with LabServer("openai", script="one two three four") as lab:
        for number in range(KILLS):
            daemon = await start(home, config=config_of(lab))
            lines = [line_of(f"prompt {number}-{n}") for n in range(3)]
            order = {"batch": "killed-again-and-again", "lines": lines}
            assert (await daemon.ask("POST", "/homeport/v1/outbox", order)).json["added"] == 3
            await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S))
            daemon.kill()
            await daemon.process.communicate()
        async with running(home, config=config_of(lab)) as daemon:
            async with asyncio.timeout(120):
                while any(i["state"] in ("queued", "sending") for i in await items_of(daemon)):
                    await asyncio.sleep(0.2)
            items = await items_of(daemon)
        came = Counter(request.json["messages"][-1]["content"] for request in lab.log.prompts)
    states = Counter(item["state"] for item in items)
    assert len(items) == 3 * KILLS
    assert set(states) <= {"answered", "uncertain"}
    assert max(came.values()) == 1
    assert all(came[i["custom_id"]] == 1 for i in items if i["state"] == "answered")
    assert all(item["cost_nano"] for item in items)
    print(f"\n{KILLS} kills, {len(items)} prompts: {dict(states)}; {came.total()} arrivals")


def line_of(text: str) -> dict[str, Any]:
    """A line of a file, named by its text."""
    said = [{"role": "user", "content": text}]
    body = {"model": "skies/lab-fast", "messages": said}
    return {"custom_id": text, "url": "/v1/chat/completions", "body": body}
