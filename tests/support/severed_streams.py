"""Streams cut off again and again: how long each reader waited, and for whom.

Four at work, each in a process of its own: the cloud at the far end of the cable, a model
server at home (both of the lab), the real daemon, and this one, which reads every stream
at the daemon's door and pulls the plug. Of each stream that was cut is told

    gap     from the cut to the next word at its reader
    own     the home model's part of it: from the arrival of the request at its server to the
            first word that left it, by that server's own clock
    rest    the gap without that part, for which the daemon answers, and this machine

and, over all of a cut, what each process computed until the last reader had its word.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from support.computed import LOOK_S, Meter
from support.daemon import RunningDaemon, start
from support.severed import CLOUD, CUTS, HOME_MODEL, PORT, Cable, cloud, program

HOME_PORT = 4712
WORDS = 30
"""Of each answer, each with its number. More of them where the machine has other work, so that
the first answer is not over before the last one has begun."""
PACE = 30.0
"""Words a second of each stream in the cloud."""
FIRST_MS = 250.0
"""What the first word of an answer takes at home; the others come as fast as in the cloud."""
SOONEST_S, LATEST_S = 0.05, 0.25
"""The cut comes at a random moment, so long after every stream has begun."""
SAID_EVERY = 10
"""Cuts, for one line of what has been seen so far."""
CONFIG = f"""
mode = "prefer-cloud"
[ollama]
enabled = false
[probing]
local_ports = false
[models]
scan_stores = false
[listen]
tcp = false
[timeouts]
connect_s = 20.0
gap_s = 60.0
first_token_s = 60.0
[[server]]
name = "sky"
url = "http://{CLOUD}:{PORT}/v1"
place = "cloud"
key = "env:SKY_KEY"
models = ["lab-words"]
[[server]]
name = "den"
url = "http://127.0.0.1:{HOME_PORT}/v1"
[[model]]
id = "sky/lab-words"
input_usd = 0.5
output_usd = 1.5
requests_per_minute = 1000000
"""


class Reader(asyncio.Protocol):
    """One caller's connection to the daemon: keeps what comes with its moments, reads it later."""

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._transport: Any = None
        self.number = 0
        self.pieces: list[tuple[float, bytes]] = []
        self.begun = self.over = False
        self.heard_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        self.pieces.append((self.heard_at, data))
        if not self.begun and b'"content":"w' in data:
            self.begun = True
            self._told()
        if data.endswith(b"0\r\n\r\n") or b"content-length:" in data:
            self.over = True
            self._told()

    def connection_lost(self, exc: Exception | None) -> None:
        self.over = True
        self._told()

    def ask(self, number: int) -> None:
        """The next prompt, told apart by its number."""
        self.number, self.pieces, self.begun, self.over = number, [], False, False
        turn = {"role": "user", "content": f"Count for number {number}."}
        body = json.dumps({"model": "auto", "stream": True, "messages": [turn]})
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: homeport\r\ncontent-length: {len(body)}"
        )
        self._transport.write(f"{head}\r\n\r\n{body}".encode())

    def close(self) -> None:
        self._transport.close()

    def words(self) -> list[tuple[float, str]]:
        """Each piece of text with its moment. A chunk of the body may come in two pieces."""
        found: list[tuple[float, str]] = []
        rest = b""
        for moment, data in self.pieces:
            *events, rest = (rest + data).split(b"\n\n")
            for event in events:
                _, _, told = event.partition(b"data: ")
                with suppress(ValueError):
                    choices = json.loads(told).get("choices") or [{}]
                    text = (choices[0].get("delta") or {}).get("content")
                    found += [(moment, text)] if text else []
        return found

    @property
    def said(self) -> str:
        """All of it, for a report of what went wrong."""
        return b"".join(data for _, data in self.pieces).decode("utf-8", "replace")[-600:]


def gap_ms(moments: Sequence[float], cut: float) -> tuple[float, float] | None:
    """The longest that a reader waited for a piece from the cut on, and when that was over; None
    where the answer was whole before. What was on its way still comes behind a cut."""
    waits = [(1000 * (to - max(at, cut)), to) for at, to in pairwise(moments) if to > cut]
    return max(waits, default=None)


# The house


@dataclass
class Stage:
    """What is cut, by what, and what has come of it so far."""

    daemon: RunningDaemon
    cable: Cable
    model: asyncio.subprocess.Process
    pids: dict[str, int]
    chance: random.Random
    text: str
    """The whole answer."""
    first_ms: float
    """What the first word of an answer takes at home."""
    readers: list[Reader]
    moved: asyncio.Event
    asked: int = 0
    cuts: int = 0
    gaps: list[float] = field(default_factory=list)
    owns: list[float] = field(default_factory=list)
    rests: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By where the cable was cut: without a route, what the cloud says still comes in."""
    before: Counter[str] = field(default_factory=Counter)
    """Milliseconds of CPU while all streamed, before the cut."""
    spent: Counter[str] = field(default_factory=Counter)
    """The same from the cut to the last reader's next word."""
    wrong: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    replays: Counter[str] = field(default_factory=Counter)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait, a minute at most, until what the readers have come to holds."""
        async with asyncio.timeout(60):
            while not holds():
                self.moved.clear()
                await self.moved.wait()

    async def online(self) -> None:
        """Wait until the daemon trusts the link."""
        async with asyncio.timeout(60):
            while (await self.daemon.ask("GET", "/homeport/v1/link")).json["state"] != "online":
                await asyncio.sleep(0.03)

    async def cut(self) -> None:
        """One cut under all the streams, from the question to the last word."""
        await self.online()
        for reader in self.readers:
            self.asked += 1
            reader.ask(self.asked)
        await self.until(lambda: all(one.begun or one.over for one in self.readers))
        before = Meter(self.pids)
        before.look()
        await asyncio.sleep(self.chance.uniform(SOONEST_S, LATEST_S))
        before.look()
        self.before.update(before.until(math.inf))
        meter = Meter(self.pids)
        meter.look()
        how = self.chance.choice(CUTS)
        cut = await self.cable.cut(how)
        # Nobody at home has said a word by then, and nothing is on its way any more.
        at_home = cut + self.first_ms / 1000
        while not all(one.over or one.heard_at > at_home for one in self.readers):
            await asyncio.sleep(LOOK_S)
        await self.cable.mend()
        await self.until(lambda: all(one.over for one in self.readers))
        self.cuts += 1
        await self._note(cut, how, meter)

    async def _note(self, cut: float, how: str, meter: Meter) -> None:
        owns = await self._owns()
        last = cut
        for reader in self.readers:
            words = reader.words()
            if "".join(text for _, text in words) != self.text:
                self.wrong.append(reader.said)
            waited = gap_ms([moment for moment, _ in words], cut)
            if waited is not None and reader.number in owns:
                gap, until = waited
                last = max(last, until)
                self.gaps.append(gap)
                self.owns.append(owns[reader.number])
                self.rests[how].append(gap - owns[reader.number])
        self.spent.update(meter.until(last))
        await self._check()

    async def _owns(self) -> dict[int, float]:
        """The home model's own part of each answer that it gave, by the prompt's number."""
        assert self.model.stdin
        assert self.model.stdout
        self.model.stdin.write(b"told\n")
        return dict(json.loads(await self.model.stdout.readline()))

    async def _check(self) -> None:
        """How the attempts ended, by the daemon's own books, and whether one replays."""
        path = f"/homeport/v1/decisions?limit={len(self.readers)}"
        rows = (await self.daemon.ask("GET", path)).json["requests"]
        self.outcomes.update(attempt["outcome"] for row in rows for attempt in row["attempts"])
        some = self.chance.choice(rows)["id"]
        why = (await self.daemon.ask("GET", f"/homeport/v1/decisions/{some}")).json
        self.replays[why["replay"]] += 1

    def report(self) -> dict[str, Any]:
        """All of it, so far."""
        streams = len(self.gaps)
        return {
            "cuts": self.cuts, "asked": self.asked, "cut_off": streams,
            "wrongs": len(self.wrong), "wrong": self.wrong[:3],
            "outcomes": dict(self.outcomes), "replays": dict(self.replays),
            "gap_ms": shares(self.gaps), "own_ms": shares(self.owns),
            "rest_ms": shares([*chain(*self.rests.values())]),
            "rest_ms_by_cut": {how: shares(rests) for how, rests in self.rests.items()},
            "cpu_ms_a_stream": {
                name: round(spent / max(1, streams), 3) for name, spent in self.spent.items()
            },
            "cores_before": {
                name: round(spent / self.before["wall"], 2)
                for name, spent in self.before.items() if name != "wall"
            },
            "load": [round(load, 1) for load in os.getloadavg()],
        }  # fmt: skip


def shares(values: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and the greatest."""
    if not values:
        return {}
    ranked = sorted(values)
    return {
        "median": round(ranked[len(ranked) // 2], 1),
        "p99": round(ranked[int(0.99 * (len(ranked) - 1))], 1),
        "max": round(ranked[-1], 1),
    }


@asynccontextmanager
async def stage(
    streams: int, seed: int, pace: float, first_ms: float, words: int
) -> AsyncIterator[Stage]:
    """Everybody at work, and every reader connected."""
    folder = Path(os.environ["HOMEPORT_HOME"])
    text = " ".join(f"w{number}é" for number in range(1, words + 1))
    async with (
        cloud(text, pace) as cable,
        program("model", str(HOME_PORT), text, str(pace), str(first_ms)) as model,
    ):
        daemon = await start(folder, config=CONFIG, SKY_KEY="sk-sky-0123456789")
        # Every failed attempt is logged, and fills a pipe that nobody reads.
        heard = [asyncio.ensure_future(_deaf(pipe)) for pipe in _pipes(daemon)]
        moved, readers = asyncio.Event(), []
        try:
            for _ in range(streams):
                loop = asyncio.get_running_loop()
                _, reader = await loop.create_unix_connection(
                    lambda: Reader(moved.set), str(daemon.socket)
                )
                readers.append(reader)
            await daemon.ask("GET", "/homeport/v1/models?refresh=1")
            pids = {
                "daemon": daemon.pid, "readers": os.getpid(),
                "home_model": model.pid, "cloud": cable.pid,
            }  # fmt: skip
            chance = random.Random(seed)  # noqa: S311 - no secret
            yield Stage(daemon, cable, model, pids, chance, text, first_ms, readers, moved)
        finally:
            for reader in readers:
                reader.close()
            await daemon.stop()
            await asyncio.gather(*heard)


def _pipes(daemon: RunningDaemon) -> list[asyncio.StreamReader]:
    return [pipe for pipe in (daemon.process.stdout, daemon.process.stderr) if pipe is not None]


async def _deaf(pipe: asyncio.StreamReader) -> None:
    while await pipe.read(65536):
        pass


async def cuts(
    times: str,
    streams: str,
    seed: str,
    pace: str = str(PACE),
    first_ms: str = str(FIRST_MS),
    words: str = str(WORDS),
) -> dict[str, Any]:
    """Cut the cable under so many streams, so many times, at random moments. A signal ends it
    early, behind the cut that is under way; what was seen until then is told."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    begun = time.monotonic()
    at_work = stage(int(streams), int(seed), float(pace), float(first_ms), int(words))
    async with at_work as all_at_work:
        while all_at_work.cuts < int(times) and not stopped.is_set():
            await all_at_work.cut()
            if all_at_work.cuts % SAID_EVERY == 0:
                _say(all_at_work, time.monotonic() - begun)
        report = all_at_work.report()
    return report | {"wall_s": round(time.monotonic() - begun, 1)}


def _say(all_at_work: Stage, took_s: float) -> None:
    told = all_at_work.report()
    line = f"{told['cuts']} cuts in {took_s:.0f} s, {told['cut_off']} of {told['asked']} streams "
    line += f"cut off, {told['wrongs']} wrong; gap {told['gap_ms']}, the model's own "
    line += f"{told['own_ms']}, the rest {told['rest_ms']}; load {told['load'][0]}"
    print(line, file=sys.stderr, flush=True)


async def be_a_model(port: str, text: str, pace: str, first_ms: str) -> None:
    """The model server at home: tells what each answer took until its first word had left."""
    from homeport.lab.log import Received
    from homeport.lab.script import Script
    from homeport.lab.server import LabServer

    told: list[tuple[int, float]] = []

    def note(request: Received) -> None:
        if request.is_prompt and request.first_token_ms is not None:
            number = request.body.partition(b"Count for number ")[2].partition(b".")[0]
            told.append((int(number), request.first_token_ms))

    script = Script(text=text, tokens_per_s=float(pace), first_token_ms=float(first_ms))
    server = LabServer(
        "llama-server", script=script, models=[HOME_MODEL], port=int(port), on_end=note
    )
    loop = asyncio.get_running_loop()
    async with server:
        print("up", flush=True)
        while (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            print(json.dumps(told), flush=True)
            told.clear()
