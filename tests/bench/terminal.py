"""The terminal interface as a whole process on a real pseudo-terminal.

By hand: `python tests/bench/terminal.py`. What costs processor time is measured in
processor time, so that a busy machine does not change it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from msgspec import structs
from processes import environment

from homeport.client import wire
from support import sights
from support.fake_events import FakeEvents

STARTS, PRESSES, RATE = 10, 40, 50
SECONDS = 20.0
EVENTS = 10_000
SLOW_BYTES_S = 2_000
FIRST_WORDS = b"No daemon"
LIVE_WORDS = b"following"
COMMAND = (sys.executable, "-m", "homeport.tui")


class Screen:
    """The program on a pseudo-terminal of 120 x 40, and what it painted."""

    def __init__(self, home: Path, *words: str, **more: str) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        settings = environment(home) | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | more
        self.process = subprocess.Popen(
            [*COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=settings
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        self._ours = ours
        self.painted = 0
        """Bytes."""

    def read(self, most: int = 1 << 20) -> bytes:
        """What was painted since, without waiting."""
        try:
            piece = os.read(self._ours, most)
        except (BlockingIOError, OSError):
            return b""
        self.painted += len(piece)
        return piece

    def press(self, key: bytes) -> None:
        """Presses a key."""
        os.write(self._ours, key)

    async def until(self, words: bytes) -> None:
        """Reads until it has painted these words."""
        painted = b""
        while words.lower() not in painted.lower():
            painted += self.read()
            await asyncio.sleep(0.002)

    async def rest(self, seconds: float) -> None:
        """Reads for so long."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.read()
            await asyncio.sleep(0.01)

    def cpu_s(self) -> float:
        """Processor time that it has used."""
        used = psutil.Process(self.process.pid).cpu_times()
        return used.user + used.system

    def memory_mb(self) -> float:
        """What it keeps in memory."""
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


async def first_paint_ms(home: Path, words: bytes, *options: str, **more: str) -> float:
    """From the start of the process to the first whole picture."""
    started = time.perf_counter()
    screen = Screen(home, *options, **more)
    await screen.until(words)
    taken = (time.perf_counter() - started) * 1e3
    screen.close()
    return taken


async def key_ms(screen: Screen) -> list[float]:
    """From a key to the paint that it asks for."""
    taken = []
    for number in range(PRESSES):
        await screen.rest(0.2)
        while screen.read():
            pass
        started = time.perf_counter()
        screen.press(b"k" if number % 2 else b"j")
        while not screen.read():
            await asyncio.sleep(0)
        taken.append((time.perf_counter() - started) * 1e3)
    return sorted(taken)


class Prompts:
    """Decisions without end, each decided and then settled."""

    def __init__(self, daemon: FakeEvents) -> None:
        self._daemon = daemon
        self._n = 40
        self._rows = sights.requests()[:6]

    def say(self) -> None:
        """One more."""
        row = self._rows[self._n % len(self._rows)]
        now_ms = time.time_ns() // 1_000_000
        row = structs.replace(row, id=f"{self._n:08x}", at_ms=now_ms)
        running = structs.replace(row, state="streaming", total_ms=None)
        decided = wire.Decided(self._n + 1, now_ms, running)
        settled = wire.Settled(self._n + 2, now_ms, row, sights.spend(self._n * 100_000))
        self._daemon.say(decided, settled)
        self._n += 2

    async def flow(self, seconds: float, each: Callable[[], object]) -> None:
        """`RATE` of them a second."""
        started = time.monotonic()
        told = 0
        while (passed := time.monotonic() - started) < seconds:
            while told < passed * RATE:
                self.say()
                told += 1
            each()
            await asyncio.sleep(0.005)


async def measure_all() -> dict[str, str]:
    """Every figure; see `design/performance` for what passes."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        await first_paint_ms(home, FIRST_WORDS, "--no-start")
        bare = [await first_paint_ms(home, FIRST_WORDS, "--no-start") for _ in range(STARTS)]
        found["first paint, no daemon"] = _ms(bare)
        async with FakeEvents(home / "s.sock", sights.snapshot()) as daemon:
            there = {"HOMEPORT_SOCKET": str(daemon.path)}
            live = [await first_paint_ms(home, LIVE_WORDS, **there) for _ in range(STARTS)]
            found["first paint, live picture"] = _ms(live)
            found |= await _while_it_runs(home, daemon, there)
            found |= await _slowly(home, daemon, there)
    return found


async def _while_it_runs(home: Path, daemon: FakeEvents, there: dict[str, str]) -> dict[str, str]:
    daemon.snapshot = sights.snapshot(requests=sights.requests()[:6])
    screen = Screen(home, **there)
    await screen.until(LIVE_WORDS)
    await screen.rest(2.0)
    found = {}
    before, started = screen.cpu_s(), time.monotonic()
    await screen.rest(SECONDS / 2)
    found["idle"] = _share(screen.cpu_s() - before, time.monotonic() - started)
    found["key to paint, idle"] = _ms(await key_ms(screen))
    prompts = Prompts(daemon)
    before, started = screen.cpu_s(), time.monotonic()
    await prompts.flow(SECONDS, screen.read)
    found[f"{RATE} decisions a second"] = _share(
        screen.cpu_s() - before, time.monotonic() - started
    )
    flow = asyncio.create_task(prompts.flow(PRESSES * 0.25, lambda: None))
    found[f"key to paint, {RATE} decisions a second"] = _ms(await key_ms(screen))
    await flow
    memory = screen.memory_mb()
    for number in range(EVENTS // 2):
        prompts.say()
        if number % 50 == 0:
            await screen.rest(0.02)
    await screen.rest(3.0)
    found[f"memory before and after {EVENTS:,} events"] = (
        f"{memory:.0f} MB, {screen.memory_mb():.0f} MB"
    )
    screen.close()
    return found


async def _slowly(home: Path, daemon: FakeEvents, there: dict[str, str]) -> dict[str, str]:
    """A line of 2 kB a second while decisions flow; then it is asked to leave."""
    screen = Screen(home, **there)
    allowed = 0.0
    last = time.monotonic()

    def read_slowly() -> None:
        nonlocal allowed, last
        now = time.monotonic()
        allowed, last = allowed + (now - last) * SLOW_BYTES_S, now
        if allowed >= 100:
            allowed -= len(screen.read(int(allowed)))

    await Prompts(daemon).flow(SECONDS / 2, read_slowly)
    screen.press(b"q")
    asked = time.monotonic()
    while screen.process.poll() is None and time.monotonic() - asked < 60:
        read_slowly()
        await asyncio.sleep(0.005)
    left = screen.process.poll() is not None
    after = f"{time.monotonic() - asked:.1f} s" if left else "never"
    screen.close()
    return {"leaves a terminal of 2 kB/s after": after}


def _ms(taken: list[float]) -> str:
    ordered = sorted(taken)
    high = ordered[int(len(ordered) * 0.95) - 1]
    return f"{statistics.median(ordered):.0f} ms (95 %: {high:.0f} ms)"


def _share(cpu_s: float, wall_s: float) -> str:
    return f"{cpu_s / wall_s:.1%} of a core"


def measure() -> dict[str, str]:
    """Median of ten warm starts; pass 0.6 s, goal 0.3 s."""

    async def starts() -> list[float]:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            await first_paint_ms(home, FIRST_WORDS, "--no-start")
            return [await first_paint_ms(home, FIRST_WORDS, "--no-start") for _ in range(STARTS)]

    return {"terminal interface, first paint": f"{statistics.median(asyncio.run(starts())):.0f} ms"}


if __name__ == "__main__":
    for name, figure in asyncio.run(measure_all()).items():
        sys.stdout.write(f"{name:<48} {figure}\n")
