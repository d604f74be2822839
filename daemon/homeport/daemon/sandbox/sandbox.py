"""Runs programs apart from everything, and says whether that can be had here."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from homeport.daemon.sandbox.limits import Availability, Limits, Ran
from homeport.daemon.sandbox.outcome import ran_of

APART, BARE = ("namespaces", "landlock", "seccomp"), ("landlock", "seccomp")
"""The protections, all of them and those that need no namespaces."""
AT_ONCE = 2
_LOOK_S = 0.05
_READ_BYTES = 65_536
_MOST_REPORT = 4_096
_MOST_ENTRIES = 2_000
DEFAULT = Limits()
_CONFINED = str(Path(__file__).with_name("confined.py"))
NOT_HERE = "Programs are run on Linux only, on x86-64 and Arm: what confines them is its kernel."


class Sandbox:
    """Verifies its protections once, before the first program of a model."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._verifying = asyncio.Lock()
        self._layers: tuple[str, ...] = ()
        self._availability: Availability | None = None

    def __repr__(self) -> str:
        known = self._availability
        return f"Sandbox({'not verified' if known is None else known.sentence})"

    async def available(self) -> Availability:
        """Whether programs are run here; otherwise why not. Tries every protection at first."""
        async with self._verifying:
            if self._availability is None:
                self._layers, self._availability = await _verified()
            return self._availability

    async def run(self, code: str, tests: str = "", limits: Limits = DEFAULT) -> Ran:
        """Run a Python program and its tests; where that cannot be had, only parse it.

        Tests are statements, functions called `test_...`, or cases of `unittest`. A program that
        sets out to fool its tests can: both run in one process.
        """
        found = await self.available()
        if not found.runs:
            return _parsed(code, found.sentence)
        async with self._places:
            return await run_under(self._layers, code, tests, limits)


async def _verified() -> tuple[tuple[str, ...], Availability]:
    if not is_supported():
        return (), Availability(runs=False, sentence=NOT_HERE)
    from homeport.daemon.sandbox.escapes import first_escape

    why = ""
    for layers in (APART, BARE):
        why = await first_escape(layers)
        if not why:
            by = "namespaces, Landlock and seccomp" if layers == APART else "Landlock and seccomp"
            sentence = f"Programs of models are run apart, confined by {by}."
            return layers, Availability(runs=True, sentence=sentence)
    return (), Availability(runs=False, sentence=f"Programs of models are not run here: {why}")


def is_supported() -> bool:
    """Whether this is a system whose protections are known: the one place that asks."""
    if sys.platform != "linux":
        return False
    from homeport.daemon.sandbox import seccomp

    return seccomp.is_known()


def _parsed(code: str, why: str) -> Ran:
    from homeport.analysis.checks.code import syntax_of

    syntax = syntax_of(code, "python")
    if syntax.passed is False:
        return Ran(passed=False, sentence=f"It is no valid Python (line {syntax.line}).")
    return Ran(passed=None, sentence=f"It was only parsed. {why}")


async def run_under(layers: tuple[str, ...], code: str, tests: str, limits: Limits) -> Ran:
    """Under exactly these protections, verified or not."""
    started = time.monotonic()
    token = secrets.token_hex(16)
    with _folder() as folder, _pipe() as (reading, writing):
        job = _job(layers, code, tests, limits, token) | {"folder": folder, "report": writing}
        stopped = await _watched(job, writing, limits)
        report = _report(reading, token)
    return ran_of(report, stopped, time.monotonic() - started)


def _job(
    layers: tuple[str, ...], code: str, tests: str, limits: Limits, token: str
) -> dict[str, Any]:
    return {
        "layers": layers,
        "code": textwrap.dedent(code),
        "tests": tests,
        "token": token,
        "homeport": str(Path(__file__).parents[3]),
        "seconds": limits.seconds,
        "memory_bytes": limits.memory_bytes,
        "file_bytes": limits.file_bytes,
    }


async def _watched(job: Mapping[str, Any], writing: int, limits: Limits) -> str:
    """Start it, feed it, watch it; the name of the bound that ended it, or nothing."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-B", _CONFINED),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=job["folder"],
        env={},
        pass_fds=(writing,),
        start_new_session=True,
    )
    try:
        return await _fed(process, json.dumps(job).encode(), job["folder"], limits)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _stop_reading(process)
        await process.wait()
        await _let_go(process)


def _stop_reading(process: asyncio.subprocess.Process) -> None:
    """asyncio's `wait` waits for the end of the output too, and where more came than its buffer
    takes, nobody reads on to that end."""
    transport = getattr(process, "_transport", None)
    output = transport.get_pipe_transport(1) if transport is not None else None
    if output is not None:
        output.close()


async def _let_go(process: asyncio.subprocess.Process) -> None:
    """Close its pipe: asyncio does so only once all that was written to it is read."""
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
    await asyncio.sleep(0)


async def _fed(process: asyncio.subprocess.Process, job: bytes, folder: str, limits: Limits) -> str:
    try:
        async with asyncio.timeout(limits.seconds):
            with suppress(BrokenPipeError, ConnectionResetError):
                if process.stdin is not None:
                    process.stdin.write(job)
                    await process.stdin.drain()
                    process.stdin.close()
            return await _followed(process, folder, limits)
    except TimeoutError:
        return "time"


async def _followed(process: asyncio.subprocess.Process, folder: str, limits: Limits) -> str:
    """Until it ends, or writes too much to its output or into its folder."""
    written = 0
    while process.stdout is not None:
        chunk: bytes | None
        try:
            async with asyncio.timeout(_LOOK_S):  # `wait_for` may forget a cancelling
                chunk = await process.stdout.read(_READ_BYTES)
        except TimeoutError:
            chunk = None
        if chunk == b"":
            break
        written += len(chunk or b"")
        if written > limits.output_bytes:
            return "output"
        if _is_full(folder, limits.file_bytes):
            return "files"
    await process.wait()
    return ""


def _is_full(folder: str, most: int) -> bool:
    """Of a folder without folders. In a namespace it bounds itself, and looks empty here."""
    size = 0
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries):
            with suppress(OSError):
                size += entry.stat(follow_symlinks=False).st_size
            if size > most or count >= _MOST_ENTRIES:
                return True
    return False


@contextmanager
def _folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="homeport-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


def _report(reading: int, token: str) -> Mapping[str, Any] | None:
    """What the process said, if it is its own word: one report, with the token of the run."""
    try:
        said = json.loads(os.read(reading, _MOST_REPORT))
    except (BlockingIOError, ValueError):
        return None
    if not isinstance(said, dict) or said.get("token") != token:
        return None
    return said
