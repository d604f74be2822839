"""A home and a cloud in network namespaces of their own, and the cable between them.

Run as a program inside a fresh namespace (`inside`): it makes a second one for
the cloud, joins both by a veth pair, and then plays one of `PLAYS`, whose report
is printed as one line of JSON. Nothing leaves the two namespaces.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from support.loopback import SIOCGIFFLAGS, SIOCSIFFLAGS, loopback_up

HOME, GATEWAY, CLOUD, PORT = "198.18.0.1", "198.18.0.2", "198.18.7.2", 4711
"""The cloud is behind the far end of the cable: without a route nobody is there."""
HOME_MODEL = "lab-home"
SIOCDELRT = 0x890C
MODEL = "sky/lab-words"
WORDS = " ".join(f"w{number}é" for number in range(1, 61))
PACE = 120.0
CUTS = ("home", "far", "route", "route", "route", "route")
"""Where a cable is cut. The kernel tells of a carrier that is back once in a second at most."""
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
[[server]]
name = "sky"
url = "http://{CLOUD}:{PORT}/v1"
place = "cloud"
key = "env:SKY_KEY"
models = ["lab-words"]
[[model]]
id = "{MODEL}"
input_usd = 0.0
output_usd = 0.0
requests_per_minute = 1000000
"""


def inside(play: str, *arguments: str) -> dict[str, Any]:
    """Play it in a namespace of its own; skips the test where the kernel allows none."""
    need = [tool for tool in ("unshare", "ip") if shutil.which(tool) is None]
    if need:
        pytest.skip(f"namespaces need {' and '.join(need)}")
    prefix = ["unshare", "--net", "--map-root-user"]
    cable = "ip link add v0 type veth peer name v1"
    tried = subprocess.run([*prefix, "sh", "-c", cable], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no network namespaces here: {tried.stderr.strip()}")
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "support.severed", play, *arguments],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


# Inside


def ip(command: str) -> None:
    """Of iproute2."""
    subprocess.run(["ip", *command.split()], check=True, capture_output=True)


def set_link(name: bytes, up: bool) -> None:
    """What `ip link set NAME up|down` does, in this very moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sH14x", name, 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(control, SIOCGIFFLAGS, asked))[1]
        flags = flags | 1 if up else flags & ~1
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", name, flags))


def drop_the_way_out() -> None:
    """What `ip route del default` does, in this very moment."""
    nowhere = struct.pack("HH4s8x", socket.AF_INET, 0, bytes(4))
    route = struct.pack("@L16s16s16sHhLBB3hhPLLH", 0, nowhere, nowhere, nowhere, 3, *[0] * 12)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCDELRT, route)


class Cable:
    """The veth pair, seen from home."""

    def __init__(self, cloud: asyncio.subprocess.Process) -> None:
        self._cloud = cloud
        self.pid = cloud.pid
        """Of the process at its far end."""

    async def lay(self) -> None:
        """Join the cloud's namespace to this one."""
        ip("link add v0 type veth peer name v1")
        ip(f"link set v1 netns {self._cloud.pid}")
        ip(f"addr add {HOME}/24 dev v0")
        await self.tell_cloud("addr")
        await self.mend()

    async def tell_cloud(self, order: str) -> None:
        """Have it done in the cloud's namespace."""
        assert self._cloud.stdin
        assert self._cloud.stdout
        self._cloud.stdin.write(f"{order}\n".encode())
        await self._cloud.stdout.readline()

    async def cut(self, how: str = "home") -> float:
        """Take it down at one end, or withdraw the way out; gives the moment before."""
        moment = time.monotonic()
        if how == "home":
            set_link(b"v0", up=False)
        elif how == "far":
            await self.tell_cloud("down")
        else:
            drop_the_way_out()
        return moment

    async def mend(self) -> None:
        """Up again at both ends, with the way out."""
        await self.tell_cloud("up")
        await asyncio.to_thread(set_link, b"v0", up=True)
        await asyncio.to_thread(ip, f"route replace default via {GATEWAY} dev v0")

    @staticmethod
    def sent_packets() -> int:
        """Packets that left home over it; IPv6, whose routers are asked for unasked, is off."""
        return int(psutil.net_io_counters(pernic=True)["v0"].packets_sent)


async def be_the_cloud(text: str, pace: str) -> None:
    """A lab server on the far end, and a hand at that end of the cable."""
    from homeport.lab.script import Script
    from homeport.lab.server import LabServer

    script = Script(text=text, tokens_per_s=float(pace))
    loop = asyncio.get_running_loop()
    server = LabServer("openai", script=script, models=["lab-words"], host="0.0.0.0", port=PORT)
    async with server:
        print("up", flush=True)
        while order := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            if order == "addr":
                ip(f"addr add {GATEWAY}/24 dev v1")
                ip(f"addr add {CLOUD}/32 dev v1")
            elif order == "mute":
                ip(f"route add blackhole {HOME}/32")
            else:
                set_link(b"v1", up=order == "up")
            print("done", flush=True)


@asynccontextmanager
async def program(*arguments: str, away: bool = False) -> AsyncIterator[asyncio.subprocess.Process]:
    """One more of us, `away` in a namespace of its own, once it says that it is up."""
    prefix = ("unshare", "--net") if away else ()
    process = await asyncio.create_subprocess_exec(
        *prefix, sys.executable, "-m", "support.severed", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
        limit=2**22,
    )  # fmt: skip
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"up\n"
        yield process
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        await process.wait()


@asynccontextmanager
async def cloud(text: str = WORDS, pace: float = PACE) -> AsyncIterator[Cable]:
    """The far end, in a namespace of its own."""
    async with program("cloud", text, str(pace), away=True) as process:
        cable = Cable(process)
        await cable.lay()
        yield cable


@asynccontextmanager
async def home(config: str = CONFIG) -> AsyncIterator[Any]:
    """The daemon's rooms, with the cloud's model known and one of its own."""
    from homeport.client import paths
    from homeport.daemon.assemble import Daemon
    from homeport.daemon.config.file import ConfigFile

    os.environ |= {"SKY_KEY": "sk-sky-0123456789", "HOMEPORT_ECHO": f"name=home;words={WORDS}"}
    paths.config_path().write_text(config)
    config_file = ConfigFile(paths.config_path())
    config_file.load()
    daemon = Daemon("0.0", config_file)
    await daemon.start()
    try:
        await daemon.look_around()
        yield daemon
    finally:
        await daemon.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Wait, a minute at most, until it holds."""
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.005)


class Told:
    """One answer as its caller sees it."""

    def __init__(self) -> None:
        self.pieces: list[tuple[float, str]] = []
        self.id = ""
        self.error = ""

    @property
    def text(self) -> str:
        return "".join(piece for _, piece in self.pieces)

    async def ask(self, daemon: Any) -> None:
        """To its end."""
        from homeport.adapters.base import TextDelta, Wired
        from homeport.policies.errors import HomeportError
        from support.scripted import prompt

        try:
            async with daemon.router.answer(prompt("Count.", stream=True)) as answer:
                self.id = answer.id
                async for delta in answer.deltas():
                    spoken = delta.deltas if isinstance(delta, Wired) else (delta,)
                    for one in spoken:
                        if isinstance(one, TextDelta):
                            self.pieces.append((time.monotonic(), one.text))
        except HomeportError as error:
            self.error = error.sentence

    def gap_s(self, cut: float) -> float | None:
        """The longest that its reader waited for a piece from the cut on; None where the answer
        was whole before. What was on its way still comes behind a cut."""
        moments = [at for at, _ in self.pieces]
        return max((to - max(at, cut) for at, to in pairwise(moments) if to > cut), default=None)


async def cuts(*arguments: str) -> dict[str, Any]:
    """Cut the cable under many streams, many times."""
    from support import severed_streams

    return await severed_streams.cuts(*arguments)


async def flapping(times: str, seed: str) -> dict[str, Any]:
    """The link goes up and down faster than it is trusted, and an interface comes and goes."""
    chance = random.Random(int(seed))  # noqa: S311 - no secret
    told: list[Told] = []
    async with cloud() as cable, home() as daemon:
        await daemon.fleet.refresh(cloud=True)
        async with asyncio.TaskGroup() as group:
            for _ in range(int(times)):
                told += [Told() for _ in range(3)]
                for one in told[-3:]:
                    group.create_task(one.ask(daemon))
                await cable.cut(chance.choice(CUTS))
                await asyncio.to_thread(ip, "link add w0 type veth peer name w1")
                await asyncio.sleep(chance.uniform(0.0, 0.03))
                await asyncio.to_thread(ip, "link del w0")
                await cable.mend()
                await asyncio.sleep(chance.uniform(0.0, 0.03))
        await until(lambda: daemon.link.view.state == "online")
        last = Told()
        await last.ask(daemon)
        await daemon.router.settled()
        route = daemon.bus.requests()[-1].attempts[-1].model
    wrong = [one.error or one.text for one in [*told, last] if one.text != WORDS]
    return {"asked": len(told) + 1, "wrong": wrong[:3], "wrongs": len(wrong), "last": route}


async def moving() -> dict[str, Any]:
    """The address that streams came in by vanishes, while another way out stays."""
    async with cloud(pace=20.0) as _, home() as daemon:
        await daemon.fleet.refresh(cloud=True)
        ip("link add w0 type veth peer name w1")
        for order in ("link set w1 up", "link set w0 up", "addr add 198.18.5.1/24 dev w0"):
            ip(order)
        await until(lambda: daemon.link.view.state == "online")
        told = [Told() for _ in range(3)]
        async with asyncio.TaskGroup() as group:
            for one in told:
                group.create_task(one.ask(daemon))
            await until(lambda: all(one.pieces for one in told))
            await asyncio.to_thread(ip, "route replace default dev w0")
            moment = time.monotonic()
            await asyncio.to_thread(ip, f"addr del {HOME}/24 dev v0")
        await daemon.router.settled()
        ways = [[(a.model, a.outcome) for a in view.attempts] for view in daemon.bus.requests()]
        state = daemon.link.view.state
    gaps = [gap for one in told if (gap := one.gap_s(moment)) is not None]
    return {"right": [one.text == WORDS for one in told], "ways": ways, "state": state,
            "gap_ms": 1000 * max(gaps, default=0.0)}  # fmt: skip


async def narrow() -> dict[str, Any]:
    """No default route but one to the provider alone, from the start; it goes and comes back."""
    only_way = f"{CLOUD}/32 via {GATEWAY} dev v0"
    async with cloud() as cable:
        await cable.cut("route")
        ip(f"route add {only_way}")
        async with home() as daemon:
            states = [daemon.link.view.state]
            told = [Told() for _ in range(2)]
            await until(lambda: daemon.link.view.state == "online")
            await daemon.fleet.refresh(cloud=True)
            async with asyncio.TaskGroup() as group:
                group.create_task(told[0].ask(daemon))
                await until(lambda: bool(told[0].pieces))
                await asyncio.to_thread(ip, f"route del {only_way}")
            states.append(daemon.link.view.state)
            await asyncio.to_thread(ip, f"route add {only_way}")
            await until(lambda: daemon.link.view.state == "online")
            await told[1].ask(daemon)
            await daemon.router.settled()
            ways = [[(a.model, a.outcome) for a in view.attempts] for view in daemon.bus.requests()]
    return {"right": [one.text == WORDS for one in told], "ways": ways, "states": states}


async def mute() -> dict[str, Any]:
    """Every cable stays, and nothing comes from the cloud any more, whoever connects."""
    async with cloud(pace=20.0) as cable, home(CONFIG.replace("_s = 20.0", "_s = 0.5")) as daemon:
        await daemon.fleet.refresh(cloud=True)
        await until(lambda: daemon.link.view.state == "online")
        told = [Told() for _ in range(2)]
        async with asyncio.TaskGroup() as group:
            group.create_task(told[0].ask(daemon))
            await until(lambda: bool(told[0].pieces))
            await cable.tell_cloud("mute")
            group.create_task(told[1].ask(daemon))
        state = daemon.link.view.state
        await daemon.router.settled()
        ways = [[(a.model, a.outcome) for a in view.attempts] for view in daemon.bus.requests()]
    return {"right": [one.text == WORDS for one in told], "ways": ways, "state": state}


async def choosing() -> dict[str, Any]:
    """The person goes offline under running streams, asks, and comes back."""
    async with cloud() as _, home() as daemon:
        await daemon.fleet.refresh(cloud=True)
        told = [Told() for _ in range(5)]
        async with asyncio.TaskGroup() as group:
            for one in told:
                group.create_task(one.ask(daemon))
            await until(lambda: all(one.pieces for one in told))
            await daemon.set_offline(True)
        for offline in (True, False):
            await daemon.set_offline(offline)
            told.append(Told())
            await told[-1].ask(daemon)
        await daemon.router.settled()
        ways = [[(a.model, a.outcome) for a in view.attempts] for view in daemon.bus.requests()]
    return {"right": [one.text == WORDS for one in told], "ways": ways}


async def keeping_home() -> dict[str, Any]:
    """In `local-only`, prompts are asked and the link comes back: what went over the cable."""
    config = CONFIG.replace("prefer-cloud", "local-only")
    async with cloud() as cable, home(config) as daemon:
        before = cable.sent_packets()
        await cable.cut()
        told = [Told() for _ in range(3)]
        for one in told:
            await one.ask(daemon)
        await cable.mend()
        await until(lambda: daemon.link.view.state == "online")
        await daemon.look_around()
        await daemon.refresh_models()
        away = cable.sent_packets() - before
        # Proof that the counter counts: the same cable, used.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as dialled:
            await asyncio.to_thread(dialled.connect, (CLOUD, PORT))
        control = cable.sent_packets() - before - away
    return {"right": [one.text == WORDS for one in told], "away": away, "control": control}


PLAYS: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
    "cuts": cuts, "flapping": flapping, "choosing": choosing, "moving": moving,
    "mute": mute, "narrow": narrow, "keeping_home": keeping_home,
}  # fmt: skip


def quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What the lab and the readers compute is taken from the daemon, on few cores."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def main(play: str, *arguments: str) -> None:
    if play == "cloud":
        await be_the_cloud(*arguments)
    elif play == "model":
        from support import severed_streams

        await severed_streams.be_a_model(*arguments)
    else:
        print(json.dumps(await PLAYS[play](*arguments)), flush=True)


if __name__ == "__main__":
    loopback_up()
    Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
    with asyncio.Runner(loop_factory=quick_loop()) as runner:
        runner.run(main(*sys.argv[1:]))
