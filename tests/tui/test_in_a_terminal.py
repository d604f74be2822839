"""The whole program in a real terminal, against a scripted server and against the real daemon."""

from __future__ import annotations

import sys
from pathlib import Path

from homeport.client import wire
from homeport.policies.model import ENGINE_VERSION
from support import sights
from support.daemon import RunningDaemon, running
from support.fake_events import FakeEvents
from support.tmux import Terminal, needs_tmux, terminal

TUI = [sys.executable, "-m", "homeport.tui"]
ECHO = "name=calm;words=Hello from home | name=shaky;words=No end to hear;fault=reset;fault_at=2"


async def wait_for_end(shown: Terminal) -> None:
    """Waits until the program has left, and its server with it."""
    while "no server running" not in await shown.screen() and await shown.screen():
        pass


async def answered(daemon: RunningDaemon, prompt: str, model: str) -> None:
    """Asks, and stays until the answer is whole."""
    ask = {"prompt": prompt, "model": model}
    told = [line async for line in daemon.lines("POST", "/homeport/v1/ask", ask)]
    assert told[-1]["type"] == "done"


@needs_tmux
async def test_against_a_scripted_server(tmp_path: Path) -> None:
    async with FakeEvents(tmp_path / "s.sock", sights.snapshot()) as daemon:
        daemon.answers["GET decisions/7f3a2c91"] = sights.why()

        def obey(body: dict[str, bool]) -> wire.LinkView:
            link = wire.LinkView("offline", by_choice=body["offline"], since_ms=sights.NOW_MS)
            daemon.say(wire.LinkChanged(41, sights.NOW_MS, link))
            return link

        daemon.answers["POST link"] = obey
        there = {"HOMEPORT_SOCKET": str(daemon.path), "TZ": "UTC"}
        async with terminal(tmp_path, TUI, environment=there) as shown:
            await shown.until("● live", "▸14:02:58", "following · 7 of 7")
            await shown.press("k", "k", "Enter")
            await shown.until("why 7f3a2c91", "WHAT THE PROMPT NEEDED")
            await shown.press("Escape")
            await shown.until("▸14:02:40", "decisions")
            await shown.press("o", "o")
            await shown.until("Offline by choice since 14:03")
            assert {"offline": True} in daemon.bodies
            await daemon.stop()
            await shown.until("The daemon is gone", "last picture")
            await daemon.start()
            await shown.until("● live", "cursor held")
            await shown.press("q")
            await wait_for_end(shown)


@needs_tmux
async def test_both_screens_against_the_real_daemon(tmp_path: Path) -> None:
    home = tmp_path / "house"
    there = {"HOMEPORT_HOME": str(home)}
    async with terminal(tmp_path, TUI, environment=there) as shown:
        await shown.until("no daemon", "homeport start")
        async with running(home, HOMEPORT_ECHO=ECHO) as daemon:
            await shown.until("No prompts yet", "homeport ask hello", "local calm (demo)")
            await answered(daemon, "hello", "echo/calm")
            await shown.until("local calm", "following · 1 of 1")
            await answered(daemon, "hello again", "echo/shaky")
            await shown.until("following · 2 of 2")
            await shown.press("Enter")
            await shown.until("why ", "WHAT THE PROMPT NEEDED", "THE CANDIDATES", "echo/shaky")
            await shown.press("G")
            await shown.until("THE ATTEMPTS", "broke off", "WHAT IF", f"engine {ENGINE_VERSION}")
            await shown.press("Escape")  # alone: with a letter behind it, it is another key
            await shown.until("decisions")
            await shown.press("o", "o")
            await shown.until("Offline by choice")
            await shown.press("o", "o")
            await shown.until("online", "Go offline")
        await shown.until("The daemon stopped", "2 of 2")


@needs_tmux
async def test_every_room_against_the_real_daemon(tmp_path: Path) -> None:
    home = tmp_path / "house"
    async with (
        running(home, HOMEPORT_ECHO=ECHO) as daemon,
        terminal(tmp_path, TUI, environment={"HOMEPORT_HOME": str(home)}) as shown,
    ):
        await shown.until("No prompts yet")
        await answered(daemon, "hello", "echo/calm")
        await shown.until("following · 1 of 1", "1 local")  # it is told as ended, and can be judged
        await shown.press("u")
        await shown.until("Noted as good: calm at")
        await shown.press("m")
        await shown.until("╭─ models", "echo/calm", "ready", "enter Open")
        await shown.press("Enter")
        await shown.until("model echo/", "WHAT ITS ANSWERS HAVE TAUGHT")
        await shown.press("h")
        await shown.until("╭─ machine", "cpu ", "memory ", "PROVIDERS", "1 of 1 answered")
        await shown.press("s")
        await shown.until("╭─ spend", "1 prompt today", "[day]")
        await shown.press("Tab")
        await shown.until("[model]", "echo/calm")
        await shown.press("b")
        await shown.until("New budget in dollars", "day 2")
        await shown.press("Enter")
        await shown.until("Today's budget is $2.00 now.", "$0 of $2.00 spent")
        await shown.press("Escape")
        await shown.until("╭─ decisions", "today $0.00 of $2.00")


@needs_tmux
async def test_a_small_terminal_says_what_it_needs(tmp_path: Path) -> None:
    async with (
        FakeEvents(tmp_path / "s.sock", sights.snapshot()) as daemon,
        terminal(tmp_path, TUI, (40, 8), {"HOMEPORT_SOCKET": str(daemon.path)}) as shown,
    ):
        await shown.until("Needs 48 x 12; this is 40 x 8.")
