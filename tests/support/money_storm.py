"""A real daemon between hundreds of callers and a lab cloud that bills, until it is killed.

Each caller's prompt has a session of its own by a number, which is in the prompt too: so
each call that the lab received can be held against the rows that were booked for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from homeport.lab.log import Received
from homeport.lab.server import LabServer
from support.daemon import QUIET_CONFIG, RunningDaemon, start
from support.kept import check_sums

NANO = 10**9
INPUT_TOKENS = 37
"""As the lab tells for every prompt."""
INPUT_NANO, OUTPUT_NANO = 50_000, 200_000
"""What a token costs: 50 and 200 dollars for a million."""
MODELS = ("lab-a", "lab-b")
CAP_NANO = NANO
"""What each round may spend more than was spent before."""
SCRIPT = {
    "words": 20,
    "input_tokens": INPUT_TOKENS,
    "always_usage": True,
    "first_token_ms": 5,
    "tokens_per_s": 300,
    "jitter": 0.8,
}
FAULTS = (
    *("reset@7:every=5", "clean_end@9:every=7", "cut@3:every=6", "error_event@5:every=9"),
    *("429:every=11", "500:every=8", "529:every=13", "reset:every=10", "bad_json@6:every=12"),
    "hang_up:every=9",
)
LATEST = (40, 40, 200)
"""Calls at the cloud behind which it is killed at the latest: most of them early, while all run."""
STRATEGIES = ("single", "single", "fallback", "ensemble", "race", "hedge", "cheapest", "verify")


class Caps(NamedTuple):
    """The limits of one round, in nano-dollars."""

    day: int
    """Of everything."""
    sky: int
    """Of the provider, in a week."""
    editor: int
    """Of a client, in a day."""
    work: int
    """Of a tag, in a month."""


class Row(NamedTuple):
    """An entry, or a reservation, of the cloud."""

    session: str
    client: str
    tags: str
    outcome: str
    """`held` of a reservation."""
    nano: int
    certain: bool


@dataclass
class Storm:
    """What was asked, received and booked so far."""

    home: Path
    lab: LabServer
    chance: random.Random = field(default_factory=random.Random)
    """Of the round that is played."""
    received: dict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))
    asked: int = 0
    answered: int = 0
    kills: int = 0

    def rows(self) -> list[Row]:
        """All that is in the file, before anybody repairs anything."""
        with contextlib.closing(sqlite3.connect(self.home / "state" / "ledger.db")) as raw:
            booked = raw.execute(
                "SELECT session, client, tags, outcome, cost_nano, certain FROM entry "
                "WHERE place = 'cloud'"
            ).fetchall()
            held = raw.execute(
                "SELECT session, client, tags, 'held', worst_nano, 0 FROM reservation "
                "WHERE place = 'cloud'"
            ).fetchall()
        return [Row(*row) for row in (*booked, *held)]

    def caps(self) -> Caps:
        """So much more than is taken now."""
        taken = (
            spent(self.rows()) if (self.home / "state" / "ledger.db").exists() else Caps(*[0] * 4)
        )
        return Caps(
            taken.day + CAP_NANO,
            taken.sky + CAP_NANO * 9 // 10,
            taken.editor + CAP_NANO * 3 // 10,
            taken.work + CAP_NANO * 4 // 10,
        )

    def keep(self, request: Received) -> None:
        """A call that the lab has seen the end of."""
        if request.is_prompt:
            number = re.search(rb"number (\d+)", request.body)
            assert number is not None
            self.received[number[1].decode()].append(request)

    async def round(self, callers: int, *, seed: int, killed: bool) -> Caps:
        """Start, ask, and kill in the middle of it; its seed alone decides what happens in it."""
        caps, self.chance = self.caps(), random.Random(seed)  # noqa: S311 - no secret
        await self.lab.set_faults(*self.chance.sample(FAULTS, 3))
        daemon = await start(
            self.home, config=config(self.lab, caps), SKY_KEY="sk-0123456789abcdef",
            HOMEPORT_ECHO="name=home;words=At home all is well",
        )  # fmt: skip
        # Hundreds of failures fill the pipe of a log that nobody reads.
        reading = [asyncio.ensure_future(stream.read()) for stream in streams(daemon)]
        try:
            await known(daemon)
            asking = [asyncio.ensure_future(self.ask(daemon)) for _ in range(callers)]
            if killed:
                latest = self.chance.choice(LATEST)
                await self.let_it_come(self.chance.randrange(1, latest), asking)
                await asyncio.sleep(self.chance.random() * 0.1)
                daemon.kill()
                self.kills += 1
            await asyncio.gather(*asking)
        finally:
            await daemon.stop()
            await asyncio.gather(*reading)
        await self.silence()
        return caps

    async def ask(self, daemon: RunningDaemon) -> None:
        """One caller: some hang up early, and none survives the daemon."""
        self.asked += 1
        number, chance = self.asked, self.chance
        body = json.dumps(
            {
                "model": "auto",
                "stream": chance.random() < 0.8,
                "max_tokens": chance.choice([8, 20, 40]),
                "messages": [{"role": "user", "content": f"Say words for number {number}."}],
            }
        ).encode()
        labels = {
            "x-homeport-session": f"s{number}",
            "x-homeport-strategy": chance.choice(STRATEGIES),
            "x-homeport-client": chance.choice(["editor", "shell"]),
            "x-homeport-tags": chance.choice(["work", "play", ""]),
        }
        head = "".join(f"{name}: {said}\r\n" for name, said in labels.items() if said)
        most = chance.choice([None, None, None, chance.random() * 0.2])
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(most):
                reader, writer = await daemon.connect()
                try:
                    writer.write(
                        f"POST /v1/chat/completions HTTP/1.1\r\nhost: homeport\r\n{head}"
                        f"connection: close\r\ncontent-length: {len(body)}\r\n\r\n".encode()
                        + body
                    )
                    while await reader.read(2**16):
                        pass
                    self.answered += 1
                finally:
                    writer.close()

    async def let_it_come(self, calls: int, asking: list[asyncio.Future[None]]) -> None:
        """Until the lab has received so many more prompts, or nothing more may come."""
        wanted = self.lab.log.received + calls
        while self.lab.log.received < wanted and not all(one.done() for one in asking):
            await asyncio.sleep(0.002)

    async def silence(self) -> None:
        """Until the lab has seen the end of every call."""
        async with asyncio.timeout(20):
            while any(not request.outcome for request in self.lab.log if request.is_prompt):
                await asyncio.sleep(0.01)

    def check(self, caps: Caps) -> None:
        """No limit overshot, no call without its row, none booked twice, whole answers exact."""
        with contextlib.closing(sqlite3.connect(self.home / "state" / "ledger.db")) as raw:
            check_sums(raw)
        rows = self.rows()
        taken = spent(rows)
        assert all(have <= most for have, most in zip(taken, caps, strict=True)), (taken, caps)
        by_session: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_session[row.session.removeprefix("s")].append(row)
        for number, calls in self.received.items():
            check_caller(by_session[number], calls)


def streams(daemon: RunningDaemon) -> list[asyncio.StreamReader]:
    """What the process says."""
    process = daemon.process
    return [stream for stream in (process.stdout, process.stderr) if stream is not None]


def check_caller(rows: list[Row], calls: list[Received]) -> None:
    """What one caller's prompt was booked at, against what the lab bills for its calls."""
    assert len(rows) >= len(calls), (rows, calls)
    whole = sorted(bill(call) for call in calls if call.outcome == "whole" and call.status == 200)
    done = sorted(row.nano for row in rows if row.outcome == "done" and row.certain)
    left = list(whole)
    for nano in done:
        assert nano in left, (rows, [vars(call) for call in calls])
        left.remove(nano)
    # What was whole for the lab, and not for the daemon, is booked as something else.
    others = [row for row in rows if not (row.outcome == "done" and row.certain)]
    assert len(others) >= len(left)


def bill(call: Received) -> int:
    """What the lab charges for a whole answer."""
    return INPUT_TOKENS * INPUT_NANO + call.tokens * OUTPUT_NANO


def spent(rows: Iterable[Row]) -> Caps:
    """Spent and reserved, as the limits count it."""
    every = list(rows)
    return Caps(
        sum(row.nano for row in every),
        sum(row.nano for row in every),
        sum(row.nano for row in every if row.client == "editor"),
        sum(row.nano for row in every if "work" in json.loads(row.tags)),
    )


def config(lab: LabServer, caps: Caps) -> str:
    """The cloud, its prices and the limits."""
    usd = [f"{nano / NANO:.9f}" for nano in caps]
    models = "".join(
        f'[[model]]\nid = "sky/{name}"\ninput_usd = {INPUT_NANO / 1000}\n'
        f"output_usd = {OUTPUT_NANO / 1000}\nmax_output = 64\n"
        for name in MODELS
    )
    return (
        f'mode = "prefer-cloud"\n{QUIET_CONFIG}'.replace(
            "[listen]", "[listen]\nmax_requests = 1000"
        )
        + f"[alerts]\ndesktop = false\n[budget]\nday_usd = {usd[0]}\nreply_cap = 64\n"
        f'[[limit]]\nscope = "provider"\nname = "sky"\nweek_usd = {usd[1]}\n'
        f'[[limit]]\nscope = "client"\nname = "editor"\nday_usd = {usd[2]}\n'
        f'[[limit]]\nscope = "tag"\nname = "work"\nmonth_usd = {usd[3]}\n'
        f'[[server]]\nname = "sky"\nurl = "{lab.base_url}"\nplace = "cloud"\n'
        f'key = "env:SKY_KEY"\nmodels = ["lab-a", "lab-b"]\n{models}'
    )


async def known(daemon: RunningDaemon) -> None:
    """Wait until the cloud's models are there with their prices."""
    await daemon.ask("POST", "/homeport/v1/models/refresh")
    async with asyncio.timeout(20):
        while True:
            models = (await daemon.ask("GET", "/homeport/v1/models")).json["models"]
            if len([one for one in models if one["place"] == "cloud"]) == len(MODELS):
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def storm(folder: Path) -> AsyncIterator[Storm]:
    """A home, and a lab beside it."""
    kept: list[Storm] = []
    async with LabServer(
        "openai", script=SCRIPT, models=MODELS, on_end=lambda request: kept[0].keep(request)
    ) as lab:
        made = Storm(folder, lab)
        kept.append(made)
        yield made
