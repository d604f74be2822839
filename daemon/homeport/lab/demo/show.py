"""`homeport lab demo`: the servers, their daemon, the traffic, and somebody who watches."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from homeport.lab.demo.cast import Cast, on_stage
from homeport.lab.demo.director import direct
from homeport.lab.demo.prompts import SCENES
from homeport.lab.demo.stage import NoStage, built, demonstration_model, destination, program
from homeport.lab.demo.traffic import Traffic
from homeport.lab.talking import talk

DONE: Final = 0
USAGE: Final = 2
NO_DAEMON: Final = 4
_LEAVE_S: Final = 5.0
_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


def run(asked: argparse.Namespace) -> int:
    """Plays the demonstration; gives the exit status."""
    if asked.json and not asked.no_tui:
        talk("homeport lab demo: --json goes with --no-tui.")
        return USAGE
    if not asked.no_tui and not sys.stdout.isatty():
        talk("The terminal interface needs a terminal; --no-tui prints lines.")
        return USAGE
    try:
        return asyncio.run(_show(asked))
    except NoStage as trouble:
        talk(str(trouble))
        return NO_DAEMON


async def _show(asked: argparse.Namespace) -> int:
    ended = asyncio.Event()
    for number in _SIGNALS:
        with suppress(NotImplementedError):  # Windows ends by Ctrl-C alone
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    model = None if asked.no_engine else demonstration_model()
    talk(_opening(engine=model is not None))
    async with on_stage() as cast, built(cast, model) as environment:
        traffic = Traffic(destination(environment), asked.seed)
        await _tell_of_the_link(traffic)
        async with asyncio.TaskGroup() as group:
            running = [
                group.create_task(traffic.run()),
                group.create_task(direct(cast, traffic)),
                group.create_task(_leave_after(asked.seconds, ended)),
            ]
            status = await _watched(asked, environment, ended)
            for task in running:
                task.cancel()
        spent = await _spent(traffic)
        leaked = private_prompts_in(cast)
    talk(_closing(traffic, spent, leaked))
    return status


async def _watched(
    asked: argparse.Namespace, environment: Mapping[str, str], ended: asyncio.Event
) -> int:
    """Show it until whoever watches leaves, or a signal comes."""
    command = program("homeport.tui")
    if asked.no_tui:
        command = (*program("homeport.cli.main"), "watch", *(("--json",) if asked.json else ()))
    watcher = await asyncio.create_subprocess_exec(*command, env=dict(environment))
    async with asyncio.TaskGroup() as group:
        gone = group.create_task(watcher.wait())
        told = group.create_task(ended.wait())
        await asyncio.wait((gone, told), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not gone.done():
            await _send_off(watcher)
    code = watcher.returncode or 0
    return DONE if ended.is_set() or code in (0, 130, 141) else code


async def _send_off(watcher: asyncio.subprocess.Process) -> None:
    """End the watcher, gently first so that it puts the terminal back."""
    with suppress(ProcessLookupError):
        watcher.terminate()
    try:
        async with asyncio.timeout(_LEAVE_S):
            await watcher.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            watcher.kill()


async def _leave_after(seconds: float | None, ended: asyncio.Event) -> None:
    if seconds is not None:
        await asyncio.sleep(seconds)
        ended.set()


async def _tell_of_the_link(traffic: Traffic) -> None:
    told = await traffic.look("status")
    if ((told or {}).get("link") or {}).get("state") == "offline":
        talk(
            "This machine has no network at the moment, so everything stays at home, as it would "
            "with real providers. Connect it to see the cloud too."
        )


async def _spent(traffic: Traffic) -> int | None:
    """Nano-dollars of today, before the daemon goes."""
    told = await traffic.look("status")
    windows = (told or {}).get("spend", {}).get("windows") or []
    return next((w.get("spent_nano") for w in windows if w.get("window") == "day"), None)


def _opening(*, engine: bool) -> str:
    beside = " and the embedded model beside it" if engine else ""
    return (
        f"A demonstration: a lab server at home{beside}; two more play OpenAI and Mistral, the "
        "cloud. No key of yours is used, nothing leaves this machine, and the money is play money."
    )


def private_prompts_in(cast: Cast) -> int:
    """How many of the private prompts arrived at the cloud, by what its servers received."""
    return sum(
        server.log.holds(scene.prompt)
        for scene in SCENES
        if scene.private
        for server in (cast.first, cast.second)
    )


def _closing(traffic: Traffic, spent_nano: int | None, leaked: int) -> str:
    ended = traffic.ended
    unanswered = f", {ended['none']} unanswered" if ended["none"] else ""
    spent = "" if spent_nano is None else f"; ${spent_nano / 1e9:.4f} of play money"
    return (
        f"The demonstration is over: {ended['local']} prompts answered at home, "
        f"{ended['cloud']} in the cloud{unanswered}{spent}. "
        f"Private prompts that reached the cloud: {leaked}. Nothing of it is left."
    )
