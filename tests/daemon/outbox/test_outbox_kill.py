"""`kill -9` between any two steps: nothing is sent twice, nothing is lost, all is booked.

`HOMEPORT_PROVE=N` kills N times, at every step and at random moments.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.client import paths
from homeport.daemon.outbox.item import head_of
from homeport.daemon.storage.outbox import every
from homeport.lab.server import LabServer
from support import outbox_kills

PLACES = ("reserved", "left", "asked", "first", "last", "written")
KILLS = int(os.environ.get("HOMEPORT_PROVE") or 0)
RANDOM_KILLS = max(0, KILLS - 3 * len(PLACES)) or 1
ROUNDS = 3 if KILLS else 1
LIFE_MS = 300
"""About what a life takes."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


class Program:
    """The program that is killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.kept: list[str] = []
        """Prompts that it said were kept."""

    async def life(self, place: str, count: int, names: list[str]) -> int:
        """One more; the signal that ended it."""
        order = json.dumps({"place": place, "count": count, "names": names})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n".encode())
        while True:
            word, *rest = (await self._process.stdout.readline()).decode().split()
            if word == "ended":
                return int(rest[0])
            self.kept += rest


@contextlib.asynccontextmanager
async def running(folder: Path, url: str, *, keyed: bool = False) -> AsyncIterator[Program]:
    """`keyed`: the server is said to honour keys."""
    tests = str(Path(outbox_kills.__file__).parents[1])
    process = await asyncio.create_subprocess_exec(
        sys.executable, outbox_kills.__file__, str(folder), url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": tests, "KEYED": "1" if keyed else ""},
    )  # fmt: skip
    try:
        yield Program(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def arrivals(lab: LabServer) -> Counter[str]:
    """How often each prompt came to the provider."""
    asked = (request.json["messages"][-1]["content"] for request in lab.log.prompts)
    return Counter(asked)


def left_behind(folder: Path) -> tuple[dict[str, Any], dict[str, tuple[int, int, str]]]:
    """Items by their id, and what is booked for each request: cost, worst case, outcome."""
    with contextlib.closing(sqlite3.connect(paths.outbox_path())) as raw:
        items = {row.id: head_of(row) for row, _ in every(raw)}
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as raw:
        rows = raw.execute("SELECT request, cost_nano, worst_nano, outcome FROM entry")
        booked = {row[0]: row[1:] for row in rows}
        held = raw.execute("SELECT count(*) FROM reservation").fetchone()[0]
    assert held == 0
    return items, booked


async def killed_everywhere(program: Program) -> list[str]:
    """Kill at every step, then let all that waits be sent; gives what was asked."""
    chance = random.Random(4663)  # noqa: S311 - no secret
    fates = [(place, count) for count in range(1, ROUNDS + 1) for place in PLACES]
    fates += [("kept", 1)]
    fates += [("after", chance.randrange(LIFE_MS)) for _ in range(RANDOM_KILLS)]
    names: list[str] = []
    for number, (place, count) in enumerate(fates):
        more = [f"prompt-{number}-{line}" for line in range(3)]
        ended = await program.life(place, count, more)
        assert ended in (signal.SIGKILL, 0), (place, count, ended)
        assert ended or place == "after", place
        names += more
    assert await program.life("never", 0, []) == 0
    return names


@pytest.mark.timeout(120 + 2 * KILLS)
async def test_nothing_is_sent_twice_or_lost_however_it_is_killed(tmp_path: Path) -> None:
    async with (
        LabServer("openai", script="one two three four") as lab,
        running(tmp_path, lab.base_url) as program,
    ):
        names = await killed_everywhere(program)
        items, booked = left_behind(tmp_path)
        came = arrivals(lab)
    assert set(program.kept) <= set(items) <= set(names)
    states = Counter(item.state for item in items.values())
    assert set(states) == {"answered", "uncertain"}
    assert max(came.values()) == 1
    for item in items.values():
        cost, worst, outcome = booked[item.decision]
        assert outcome == "done" or (outcome, cost) == ("crashed", worst)
        if item.state == "answered":
            assert came[item.id] == 1
        else:
            assert item.cost_nano == cost
    print(f"\n{len(items)} prompts: {dict(states)}; {came.total()} arrivals")


@pytest.mark.timeout(120 + 2 * KILLS)
async def test_who_knows_keys_works_on_each_prompt_once_however_it_is_killed(
    tmp_path: Path,
) -> None:
    async with (
        LabServer("openai", script="one two three four", honours_keys=True) as lab,
        running(tmp_path, lab.base_url, keyed=True) as program,
    ):
        names = await killed_everywhere(program)
        items, _ = left_behind(tmp_path)
        worked_on = Counter(
            request.json["messages"][-1]["content"]
            for request in lab.log.prompts
            if not request.replayed
        )
        came = arrivals(lab)
    assert set(program.kept) <= set(items) <= set(names)
    assert {item.state for item in items.values()} == {"answered"}, "nothing is uncertain"
    assert set(worked_on) == set(items)
    assert set(worked_on.values()) == {1}
    assert max(came.values()) > 1, "some were asked again"
    print(f"\n{len(items)} prompts; {came.total()} arrivals, {worked_on.total()} worked on")
