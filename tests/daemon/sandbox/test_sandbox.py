"""Programs of models, run apart."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from homeport.daemon.sandbox.limits import MIB, Limits
from homeport.daemon.sandbox.sandbox import (
    APART,
    BARE,
    NOT_HERE,
    Sandbox,
    _followed,
    is_supported,
    run_under,
)

ADD = "def add(a, b):\n    return a + b\n"
LIMITS = Limits(seconds=20)

pytestmark = pytest.mark.skipif(not is_supported(), reason=NOT_HERE)


@pytest.fixture(params=[APART, BARE], ids=["namespaces", "without"])
async def layers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Protections that can be had here."""
    chosen: tuple[str, ...] = request.param
    if (await run_under(chosen, "", "", LIMITS)).sentence.startswith("It was not run"):
        pytest.skip("the kernel does not grant them")
    return chosen


@pytest.mark.parametrize(
    ("code", "tests", "passed", "sentence"),
    [
        (ADD, "assert add(2, 3) == 5", True, "It passes its tests."),
        ("    x = 1\n    y = 2", "assert x + y == 3", True, "It passes its tests."),
        (ADD, "def test_it():\n    assert add(1, 1) == 2", True, "It passes its tests."),
        (ADD, "x = 1\nassert add(2, 3) == 6", False, "A test fails (line 2 of the tests)."),
        (
            ADD,
            "def test_it():\n    assert add(1, 1) == 3",
            False,
            "A test fails (line 2 of the tests).",
        ),
        (
            ADD,
            "from unittest import TestCase\nclass T(TestCase):\n"
            "    def test_it(self): self.assertEqual(add(1, 1), 3)",
            False,
            "A test fails.",
        ),
        (ADD, "add()", False, "A test ends in an error: TypeError (line 1 of the tests)."),
        (ADD, "", None, "It runs to its end; there were no tests."),
        ("def f(:", "", False, "It does not run: SyntaxError (line 1)."),
        ("x = 1\ny = x / 0", "", False, "It does not run: ZeroDivisionError (line 2)."),
        (
            "import numpy",
            "assert True",
            None,
            "It was not tried: it needs a module that is not there.",
        ),
        (
            "class E(Exception): pass\nraise E",
            "",
            False,
            "It does not run: an error of its own (line 2).",
        ),
        ("import os; os._exit(0)", "assert False", False, "It ended before its tests did."),
        ("import sys; sys.exit(0)", "assert False", False, "It does not run: SystemExit (line 1)."),
        ("", "while True: pass", False, "It was stopped: it took too long."),
    ],
)
async def test_what_came_of_it(code: str, tests: str, passed: bool | None, sentence: str) -> None:
    limits = Limits(seconds=0.8 if "while" in tests else 20)
    ran = await run_under(BARE, code, tests, limits)
    assert (ran.passed, ran.sentence) == (passed, sentence)
    assert ran.seconds > 0


HONEST = """
import asyncio, collections, dataclasses, datetime, decimal, functools, hashlib, heapq, itertools
import json, math, random, re, sqlite3, statistics, string, threading, typing, unittest, zlib

@dataclasses.dataclass
class Point:
    x: int

async def later():
    await asyncio.sleep(0)
    return 5

def everything():
    with open("note.txt", "w") as file:
        file.write("hi")
    found = []
    thread = threading.Thread(target=lambda: found.append(Point(3)))
    thread.start()
    thread.join()
    table = sqlite3.connect(":memory:").execute("select 1").fetchone()
    return open("note.txt").read(), found, asyncio.run(later()), table, random.random() < 1
"""


async def test_an_honest_program_has_what_it_needs(layers: tuple[str, ...]) -> None:
    tests = "assert everything() == ('hi', [Point(3)], 5, (1,), True)"
    ran = await run_under(layers, HONEST, tests, LIMITS)
    assert ran.sentence == "It passes its tests."


def entries() -> set[str]:
    """Where the folders are made."""
    return {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("homeport-")}


async def test_nothing_is_left_behind(
    layers: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ran = await run_under(layers, "open('left', 'w').write('x')", "assert True", LIMITS)
    assert ran.passed
    assert entries() == set()


FORGED = """
import gc, json, os
for fd in range(3, 60):
    try:
        said = {"token": "x", "outcome": "passed", "detail": "", "line": 0}
        os.write(fd, json.dumps(said).encode())
    except OSError:
        pass
os._exit(0)
"""


async def test_a_report_without_the_token_is_none(layers: tuple[str, ...]) -> None:
    ran = await run_under(layers, FORGED, "assert False", LIMITS)
    assert (ran.passed, ran.sentence) == (False, "It ended before its tests did.")


async def test_it_takes_no_more_memory_than_it_may(layers: tuple[str, ...]) -> None:
    tight = Limits(seconds=20, memory_bytes=128 * MIB)
    ran = await run_under(layers, "x = bytearray(200_000_000)", "", tight)
    assert ran.sentence == "It needs more memory than it may have."


async def test_the_sandbox_verifies_itself_once_and_runs() -> None:
    sandbox = Sandbox()
    assert repr(sandbox) == "Sandbox(not verified)"
    found = await sandbox.available()
    if not found.runs:
        pytest.skip(found.sentence)
    assert await sandbox.available() is found
    assert found.sentence.startswith("Programs of models are run apart, confined by ")
    assert (await sandbox.run(ADD, "assert add(1, 2) == 3")).passed


STARTER = """
import asyncio, sys
from homeport.daemon.sandbox.limits import Limits
from homeport.daemon.sandbox.sandbox import run_under

asyncio.run(run_under(tuple(sys.argv[1:]), "import time; time.sleep(600)", "", Limits(seconds=600)))
"""


def programs_of(pid: int) -> list[psutil.Process]:
    """The processes that it started."""
    with suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


async def test_it_ends_with_the_daemon(layers: tuple[str, ...]) -> None:
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", STARTER, *layers)
    wanted = 2 if layers == APART else 1
    while len(programs := programs_of(starter.pid)) < wanted or not is_confined(programs[-1]):
        await asyncio.sleep(0.02)
    starter.kill()
    await starter.wait()
    while any(program.is_running() and program.status() != "zombie" for program in programs):
        await asyncio.sleep(0.02)


def is_confined(program: psutil.Process) -> bool:
    """Its system calls are filtered."""
    try:
        status = Path(f"/proc/{program.pid}/status").read_text(encoding="ascii")
    except OSError:
        return False
    return "Seccomp:\t2" in status


@pytest.mark.parametrize(
    ("code", "passed", "sentence"),
    [
        ("x = 1", None, f"It was only parsed. {NOT_HERE}"),
        ("x = ", False, "It is no valid Python (line 1)."),
    ],
)
async def test_elsewhere_it_is_only_parsed(
    code: str, passed: bool | None, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    ran = await Sandbox().run(code, "assert True")
    assert (ran.passed, ran.sentence) == (passed, sentence)


async def test_output_that_nobody_has_time_to_read_is_not_waited_for() -> None:
    """The loop is busy, so that more comes than the buffer takes before the program is ended."""

    async def busy() -> None:
        while True:
            time.sleep(0.01)  # noqa: ASYNC251
            await asyncio.sleep(0)

    endless = "import os\ndef check():\n    while True: os.write(1, b'x' * 65536)\n"
    other = asyncio.create_task(busy())
    try:
        async with asyncio.timeout(30):
            ran = await run_under(BARE, endless, "assert check()", Limits(seconds=20))
    finally:
        other.cancel()
    assert ran.passed is not True


async def test_a_run_that_is_called_off_as_it_writes_ends(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import sys; sys.stdin.read()"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    following = asyncio.ensure_future(_followed(process, str(tmp_path), Limits()))
    for _ in range(3):
        await asyncio.sleep(0)
    process.stdout.feed_data(b"words")
    following.cancel()
    done, _ = await asyncio.wait((following,), timeout=2)
    process.stdin.close()
    await asyncio.wait((following,))
    await process.wait()
    assert done
    assert following.cancelled()
