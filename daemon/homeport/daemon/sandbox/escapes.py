"""Tries to get out, with every trick that a protection is there to stop.

Each escape is a program; it passes its test where it did not get out, or it is stopped by a bound.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from homeport.daemon.sandbox.limits import MIB, Limits, Ran

_LIMITS = Limits(seconds=30.0, memory_bytes=256 * MIB, output_bytes=16_384, file_bytes=2 * MIB)
_SHORT = Limits(seconds=0.7, memory_bytes=256 * MIB, output_bytes=16_384, file_bytes=2 * MIB)
_TRIED = """
def tried(act):
    try:
        act()
    except (OSError, ValueError, RuntimeError):
        return True
    return False
"""


def is_passed(ran: Ran) -> bool:
    """It tried, and did not get out."""
    return ran.passed is True


@dataclass(frozen=True, slots=True)
class Escape:
    """One way out."""

    aim: str
    """What it would reach, as the end of a sentence."""
    code: str
    limits: Limits = _LIMITS
    is_stopped: Callable[[Ran], bool] = is_passed


def _is_ended(ran: Ran) -> bool:
    return ran.passed is False and ran.sentence.startswith(
        ("It was stopped", "It needs more", "It ended")
    )


def _is_bounded(ran: Ran) -> bool:
    return ran.passed is True or _is_ended(ran)


def escapes(port: int, canary: str, home: str) -> tuple[Escape, ...]:
    """All of them. `canary` is a folder outside, with a file `secret` and a socket `door` in it."""
    return (
        Escape(
            "the network",
            _blocked(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"),
        ),
        Escape(
            "a socket of another program",
            _blocked(f"import socket; socket.socket(socket.AF_UNIX).connect({canary + '/door'!r})"),
        ),
        Escape("files outside its folder", _blocked(f"open({canary + '/secret'!r}).read()")),
        Escape("the accounts of this machine", _blocked("open('/etc/passwd').read()")),
        Escape("the home of this person", _blocked(f"import os; os.listdir({home!r})")),
        Escape("a file outside its folder to write", _blocked(f"open({canary + '/mark'!r}, 'w')")),
        Escape("rights of files", _blocked(f"import os; os.chmod({canary + '/secret'!r}, 0o777)")),
        Escape("other processes", _blocked("import os; os.fork() or os._exit(0)")),
        Escape("other programs", _blocked("import os; os.execv('/bin/sh', ['sh', '-c', 'exit'])")),
        Escape("signals to others", _blocked(f"import os; os.kill({os.getpid()}, 0)")),
        Escape("the memory of others", _blocked(f"open('/proc/{os.getpid()}/mem', 'rb')")),
        Escape("the environment", "import os\ndef check(): return set(os.environ) <= {'LC_CTYPE'}"),
        Escape(
            "all the memory",
            "x = bytearray(10**12)\ndef check(): return False",
            is_stopped=_is_ended,
        ),
        Escape("a processor for ever", "while True: pass\ncheck = bool", _SHORT, _is_ended),
        Escape(
            "endless output", "while True: print('x' * 4096)\ncheck = bool", is_stopped=_is_ended
        ),
        Escape("the disk", _FILLS, is_stopped=_is_bounded),
    )


_FILLS = (
    _TRIED
    + """
def fill():
    for number in range(10_000):
        with open(f'f{number}', 'wb') as file:
            file.write(b'x' * 1_000_000)
def check(): return tried(fill)
"""
)


def _blocked(statement: str) -> str:
    body = statement.replace("; ", "\n    ")
    return f"{_TRIED}\ndef act():\n    {body}\ndef check(): return tried(act)\n"


async def first_escape(layers: tuple[str, ...]) -> str:
    """Why programs cannot be run under these protections; empty where nothing gets out."""
    honest = Escape("", "def check(): return sum([2, 3]) == 5")
    if not await _is_held(layers, honest):
        return "the kernel does not grant what confines them."
    with outside() as (port, canary):
        ways = escapes(port, canary, str(Path.home()))
        slow = [way for way in ways if way.is_stopped is not is_passed]
        quick = [way for way in ways if way.is_stopped is is_passed]
        async with asyncio.TaskGroup() as group:
            all_at_once = group.create_task(_is_held(layers, _together(quick)))
            tasks = [group.create_task(_is_held(layers, way)) for way in slow]
        reached = [way for way, task in zip(slow, tasks, strict=True) if not task.result()]
        if not all_at_once.result():
            reached += [way for way in quick if not await _is_held(layers, way)]
    return f"they could reach {reached[0].aim}." if reached else ""


async def _is_held(layers: tuple[str, ...], way: Escape) -> bool:
    from homeport.daemon.sandbox.sandbox import run_under

    return way.is_stopped(await run_under(layers, way.code, "assert check()", way.limits))


def _together(ways: Sequence[Escape]) -> Escape:
    """One program that tries them all, since a process for each takes its time."""
    functions = [
        f"def way_{place}():\n{textwrap.indent(way.code, '    ')}\n    return check()\n"
        for place, way in enumerate(ways)
    ]
    all_of_them = " and ".join(f"way_{place}()" for place in range(len(ways)))
    return Escape("", f"{''.join(functions)}\ndef check(): return {all_of_them}")


@contextmanager
def outside() -> Iterator[tuple[int, str]]:
    """What an escape would find: a port that listens; a folder with a secret and a socket."""
    canary = tempfile.mkdtemp(prefix="homeport-outside-")
    Path(canary, "secret").write_text("secret", encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{canary}/door")
        door.listen()
        try:
            yield server.getsockname()[1], canary
        finally:
            shutil.rmtree(canary, ignore_errors=True)
