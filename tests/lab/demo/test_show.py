"""The demonstration from its start to its end, as a person starts it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from homeport.lab.demo.cast import on_stage
from homeport.lab.demo.prompts import SCENES
from homeport.lab.demo.show import private_prompts_in
from homeport.lab.log import Received
from support.interfaces import needs_an_interface
from support.tmux import needs_tmux, terminal

LAB = (sys.executable, "-m", "homeport.lab")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short one: sockets have short paths."""
    with tempfile.TemporaryDirectory(prefix="lab-", dir="/tmp") as made:  # short
        yield Path(made)


def left_in(folder: Path) -> list[str]:
    """What a demonstration left: files of its own, or processes that use them."""
    files = [path.name for path in folder.glob("homeport-demo-*")]
    users = [
        str(process.pid)
        for process in psutil.process_iter()
        if str(folder) in _home_of(process) and process.pid != os.getpid()
    ]
    return files + users


def _home_of(process: psutil.Process) -> str:
    try:
        return process.environ().get("HOMEPORT_HOME", "")
    except (psutil.Error, OSError):
        return ""


async def begin(folder: Path, yours: Path, *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *LAB, "demo", "--no-tui", "--no-engine", *words,
        env={**os.environ, "TMPDIR": str(folder), "HOMEPORT_HOME": str(yours)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def line_with(process: asyncio.subprocess.Process, word: bytes) -> bytes:
    """The first line of output that has the word."""
    assert process.stdout
    async with asyncio.timeout(60):
        while line := await process.stdout.readline():
            if word in line:
                return line
    raise AssertionError(f"{word!r} never came")


async def test_prompts_are_answered_and_nothing_is_left(folder: Path, yours: Path) -> None:
    process = await begin(folder, yours, "--json", "--for", "8")
    event = json.loads(await line_with(process, b'"type":"settled"'))
    assert event["request"]["place"] == "local"
    assert left_in(folder)
    _, said = await process.communicate()
    assert process.returncode == 0
    assert b"Private prompts that reached the cloud: 0. Nothing of it is left." in said
    assert b"play money" in said
    assert left_in(folder) == []


async def test_ctrl_c_ends_it_cleanly(folder: Path, yours: Path) -> None:
    process = await begin(folder, yours)
    await line_with(process, b"snapshot")
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0
    assert left_in(folder) == []


@needs_an_interface
async def test_home_and_cloud_with_spend_until_it_is_told_to_end(folder: Path, yours: Path) -> None:
    process = await begin(folder, yours)
    await line_with(process, b"cloud openai/gpt-5.5")
    await line_with(process, b"$0.0")
    process.send_signal(signal.SIGTERM)
    await process.communicate()
    assert process.returncode == 0
    assert left_in(folder) == []


@needs_tmux
async def test_a_person_sees_it_and_leaves(folder: Path, yours: Path) -> None:
    command = (*LAB, "demo", "--no-engine")
    own = {"TMPDIR": str(folder), "HOMEPORT_HOME": str(yours)}
    async with terminal(folder, command, (120, 32), own) as seen:
        screen = await seen.until("lab-home-3b", "fits here", "spend")
        assert "live" in screen
        await seen.press("q")
        async with asyncio.timeout(30):
            while left_in(folder):
                await asyncio.sleep(0.1)


async def test_a_private_prompt_that_arrived_would_be_counted() -> None:
    private = next(scene for scene in SCENES if scene.private)
    async with on_stage() as cast:
        assert private_prompts_in(cast) == 0
        cast.first.log.add(Received("POST", "/x", body=private.prompt.encode()))
        assert private_prompts_in(cast) == 1
