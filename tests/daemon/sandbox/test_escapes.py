"""Ways out: open to any program, closed to a confined one."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from homeport.daemon.sandbox.escapes import Escape, escapes, first_escape, is_passed, outside
from homeport.daemon.sandbox.sandbox import APART, BARE, NOT_HERE, is_supported, run_under

pytestmark = pytest.mark.skipif(not is_supported(), reason=NOT_HERE)

AIMS = [way.aim for way in escapes(1, "/nowhere", "/")]
NEVER_OPEN = {"the memory of others", "the environment"}
"""Depends on who runs the tests, and on what the environment is."""


async def is_out(code: str) -> bool:
    """Whether a program without any confinement gets out."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", f"{code}\nimport os\nos._exit(0 if check() else 9)"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait() != 9 if "execv" in code else await process.wait() == 9


def way_to(aim: str, port: int, canary: str) -> Escape:
    return next(way for way in escapes(port, canary, str(Path.home())) if way.aim == aim)


@pytest.mark.parametrize(
    "aim",
    [
        way.aim
        for way in escapes(1, "/nowhere", "/")
        if way.is_stopped is is_passed and way.aim not in NEVER_OPEN
    ],
)
async def test_without_protection_each_way_is_open(aim: str) -> None:
    with outside() as (port, canary):
        assert await is_out(way_to(aim, port, canary).code)


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("layers", [APART, BARE], ids=["namespaces", "without"])
async def test_confined_each_way_is_closed(layers: tuple[str, ...], aim: str) -> None:
    with outside() as (port, canary):
        way = way_to(aim, port, canary)
        ran = await run_under(layers, way.code, "assert check()", way.limits)
        if ran.sentence.startswith("It was not run"):
            pytest.skip("the kernel does not grant the protections")
        assert way.is_stopped(ran), ran
        assert sorted(os.listdir(canary)) == ["door", "secret"]


async def test_a_protection_that_is_not_known_lets_nothing_run() -> None:
    assert await first_escape(BARE) in ("", "the kernel does not grant what confines them.")


MORE = {
    "threads for ever": (
        "import threading, time\n"
        "def check():\n"
        "    try:\n"
        "        for _ in range(5_000):\n"
        "            threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
        "    except RuntimeError:\n"
        "        return True\n"
        "    return False\n"
    ),
    "raw system calls": (
        "import ctypes\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def check():\n"
        "    return all(libc.syscall(n, 0, 0, 0, 0, 0) == -1"
        " for n in (41, 42, 57, 58, 59, 101, 165))"
    ),
    "leaving by a link": (
        "import os\n"
        "def check():\n"
        "    try:\n"
        "        os.symlink('/etc/passwd', 'link')\n"
        "        open('link').read()\n"
        "    except OSError:\n"
        "        return True\n"
        "    return False\n"
    ),
    "leaving upwards": (
        "import os\n"
        "def check():\n"
        "    try:\n"
        "        os.chdir('../' * 20)\n"
        "        return not os.path.exists('etc/passwd') or not open('etc/passwd').read()\n"
        "    except OSError:\n"
        "        return True\n"
    ),
    "more rights": (
        "import os, resource\n"
        "def check():\n"
        "    try:\n"
        "        resource.setrlimit(resource.RLIMIT_AS, (10**13, 10**13))\n"
        "    except (OSError, ValueError):\n"
        "        return True\n"
        "    return False\n"
    ),
}


@pytest.mark.parametrize("name", MORE)
@pytest.mark.parametrize("layers", [APART, BARE], ids=["namespaces", "without"])
async def test_more_tricks(layers: tuple[str, ...], name: str) -> None:
    way = Escape(name, MORE[name])
    ran = await run_under(layers, way.code, "assert check()", way.limits)
    if ran.sentence.startswith("It was not run"):
        pytest.skip("the kernel does not grant the protections")
    assert ran.passed, ran
