"""Starts and stops what is measured, each in a home of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from load import Target

BIN = Path(sys.executable).parent
HERE = Path(__file__).parent


@contextmanager
def undisturbed() -> Iterator[str]:
    """Keep other work of this machine from what is measured; gives a sentence that says so.

    All that takes part runs in the real-time class, load, upstream, peers and daemon alike,
    so that it waits for nothing but itself. Where that is not allowed it runs as usual.
    """
    with awake() as kept:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
        except (AttributeError, OSError):
            yield f"Other work on this machine could disturb it.{kept}"
            return
        try:
            yield (
                "Load, upstream, peers and daemon alike ran in the real-time class (SCHED_FIFO)."
                f"{kept}"
            )
        finally:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@contextmanager
def awake() -> Iterator[str]:
    """Keep every processor from halting; gives a sentence that says so, or nothing.

    A processor that halts has to be woken for the next packet, in a virtual machine by the
    host, which takes up to a millisecond: as long as what is measured. So each has something
    to do that gives way to everything else.
    """
    if not hasattr(os, "SCHED_IDLE"):
        yield ""
        return
    idling = "import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile 1: pass"
    with ExitStack() as stack:
        for _ in range(psutil.cpu_count() or 1):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-ISc", idling]))
            stack.callback(busy.kill)
        yield " The processors were kept from halting by work of the idle class."


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Program:
    """A server that runs."""

    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """At once, and wait until it is gone."""
        self.process.kill()
        self.process.wait()


@contextmanager
def upstream_program(chunks: int) -> Iterator[Program]:
    """The fast upstream."""
    port = free_port()
    command = [sys.executable, str(HERE / "upstream.py"), str(port), str(chunks)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield Program(port, process)
        finally:
            process.kill()


@contextmanager
def upstream(chunks: int) -> Iterator[int]:
    """The fast upstream; gives its port."""
    with upstream_program(chunks) as program:
        yield program.port


@dataclass(frozen=True)
class Running:
    """A daemon that runs."""

    process: psutil.Popen
    port: int
    token: str
    home: Path
    first_answer_s: float

    def target(self, model: str = "bench/fast") -> Target:
        """Where to send requests to."""
        return Target(self.port, (("authorization", f"Bearer {self.token}"),), model)


def environment(home: Path) -> dict[str, str]:
    """Without keys or settings of the person who measures."""
    left_out = ("_API_KEY", "_BASE_URL", "DONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.endswith(left_out)}
    return kept | {"HOMEPORT_HOME": str(home), "BENCH_PAID": "sk-bench-0123456789"}


@contextmanager
def homeport(home: Path, upstream_port: int, *, synced: bool = True) -> Iterator[Running]:
    """The daemon with the upstream as its only server, at home and as a paid cloud."""
    config = (
        f"[budget]\nsurvive_power_cuts = {str(synced).lower()}\n"
        "[ollama]\nenabled = false\n"
        "[probing]\nlocal_ports = false\n[models]\nscan_stores = false\n"
        f'[[server]]\nname = "bench"\nurl = "http://127.0.0.1:{upstream_port}/v1"\n'
        'models = ["fast"]\n'
        f'[[server]]\nname = "openai"\nurl = "http://127.0.0.1:{upstream_port}/v1"\n'
        'place = "cloud"\nkey = "env:BENCH_PAID"\nmodels = ["gpt-4o-mini"]\n'
    )
    with homeport_with(home, config, model="bench/fast") as running:
        yield running


@contextmanager
def homeport_with(home: Path, config: str, *, model: str = "auto") -> Iterator[Running]:
    """The daemon under a config, once that model has answered a prompt."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (home / "config.toml").write_text(f"{config}\n[listen]\nport = {port}\n")
    started = time.perf_counter()
    process = psutil.Popen(
        [str(BIN / "homeportd")], env=environment(home), stderr=subprocess.DEVNULL
    )
    try:
        first_s = first_answer(home, port, started, model)
        token = (home / "state" / "token").read_text().strip()
        yield Running(process, port, token, home, first_s)
    finally:
        process.terminate()
        process.wait(40)


def first_answer(home: Path, port: int, started: float, model: str = "bench/fast") -> float:
    """Seconds from the start of the process to its first whole answer to a prompt."""
    token = home / "state" / "token"
    while time.perf_counter() - started < 30:
        try:
            answer = ask_once(port, token.read_text().strip(), model)
        except (OSError, FileNotFoundError):
            time.sleep(0.002)
            continue
        if b" 200 " in answer[:20]:
            return time.perf_counter() - started
        raise RuntimeError(answer[:400].decode(errors="replace"))
    raise RuntimeError("the daemon did not answer within 30 s")


def ask_once(port: int, token: str, model: str) -> bytes:
    """One request on one connection."""
    target = Target(port, (("authorization", f"Bearer {token}"),), model)
    request = target.request().replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def whole_process_ms(command: list[str], home: Path, runs: int = 11) -> float:
    """Median milliseconds of a command as a whole process."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, env=environment(home), capture_output=True, check=True)
        taken.append((time.perf_counter() - started) * 1e3)
    return sorted(taken)[runs // 2]


def machine() -> dict[str, str]:
    """What it was measured on, without a name."""
    cpu = "unknown processor"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    memory = f"{psutil.virtual_memory().total / 1024**3:.0f} GiB"
    return {
        "processor": cpu,
        "cores": str(psutil.cpu_count()),
        "memory": memory,
        "python": sys.version.split()[0],
    }


def dump(path: Path, values: object) -> None:
    """As JSON, for comparing runs."""
    path.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")
