"""A prompt that waits for the link, in a real daemon that is killed meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

from homeport.lab.server import LabServer
from support.daemon import QUIET_CONFIG, RunningDaemon, running, start
from support.hybrid import needs_an_interface

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
            assert (await daemon.ask("GET", "/homeport/v1/status")).json["outbox"]["answered"] == 0
            assert "heron" not in daemon.log
        assert b"heron" not in (home / "state" / "ledger.db").read_bytes()
