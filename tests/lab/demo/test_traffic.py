"""The busy programs, against a daemon in the test's own hands."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from homeport.client.destinations import UnixDestination
from homeport.lab.demo.traffic import Traffic
from support.daemon import running


async def test_prompts_are_asked_and_counted(tmp_path: Path) -> None:
    async with running(tmp_path / "h", HOMEPORT_ECHO="name=calm;words=Hello there") as daemon:
        traffic = Traffic(UnixDestination(str(daemon.socket)), seed=1)
        with suppress(TimeoutError):
            async with asyncio.timeout(20), asyncio.TaskGroup() as group:
                asking = group.create_task(traffic.run())
                while traffic.ended["local"] < 2:
                    await asyncio.sleep(0.05)
                asking.cancel()
        told = await traffic.look("decisions?limit=5")
        await traffic.order("link", {"offline": True})
        link = (await traffic.look("status"))["link"]
    assert traffic.ended["local"] >= 2
    assert {request["client"] for request in told["requests"]} & {"editor", "mail"}
    assert link["by_choice"]


async def test_without_a_daemon_nothing_is_told(tmp_path: Path) -> None:
    traffic = Traffic(UnixDestination(str(tmp_path / "none.sock")), seed=1)
    await traffic.order("link", {"offline": True})
    assert await traffic.look("status") is None
