"""`kill -9` at any moment: no promise is broken, no reservation is lost.

`HOMEPORT_PROVE=N` kills N times instead of ten.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from support import reserving
from support.kept import check_sums
from support.ledgers import a_ledger

KILLS = int(os.environ.get("HOMEPORT_PROVE") or 10)
ROOM = 30_000
"""What each round may spend."""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")


def killed_run(path: Path, limit: int, name: str, after: int) -> list[list[str]]:
    """The promises of a program that was killed once it had made so many of them."""
    command = [sys.executable, str(Path(reserving.__file__)), str(path), str(limit), name]
    environment = {**os.environ, "PYTHONPATH": str(Path(reserving.__file__).parent.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(after)]
        program.kill()
        lines += program.stdout.readlines()
    assert program.returncode == -signal.SIGKILL, lines
    return [line.split() for line in lines if line.endswith("\n")]


def left_behind(path: Path) -> tuple[int, int]:
    """Spent and reserved in the file, before anybody repairs anything."""
    with contextlib.closing(sqlite3.connect(path)) as raw:
        (spent,) = raw.execute("SELECT ifnull(sum(cost_nano), 0) FROM entry").fetchone()
        (held,) = raw.execute("SELECT ifnull(sum(worst_nano), 0) FROM reservation").fetchone()
        check_sums(raw)
    return spent, held


def booked(path: Path) -> dict[str, tuple[int, int, str]]:
    with contextlib.closing(sqlite3.connect(path)) as raw:
        rows = raw.execute("SELECT id, worst_nano, cost_nano, outcome FROM entry")
        return {row[0]: row[1:] for row in rows}


@pytest.mark.timeout(60 + 5 * KILLS)
async def test_promises_survive_being_killed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    chance = random.Random(4663)  # noqa: S311 - no secret
    spent, promises = 0, []
    for number in range(KILLS):
        limit = spent + ROOM
        promises += killed_run(path, limit, f"round{number}", chance.randrange(1, 120))
        on_disk, held = left_behind(path)
        assert on_disk + held <= limit
        async with a_ledger(path, day=limit) as ledger:
            window = ledger.spend_view().windows[0]
            assert (window.spent_nano, window.reserved_nano) == (on_disk + held, 0)
            spent = window.spent_nano
    entries = booked(path)
    settled = {name for kind, name, _ in promises if kind == "S"}
    for kind, name, nano in promises:
        worst, cost, outcome = entries[name]
        if kind == "S":
            assert (cost, outcome) == (int(nano), "done")
        else:
            assert worst == int(nano)
            assert name in settled or outcome in ("done", "crashed")
    assert any(outcome == "crashed" for _, _, outcome in entries.values())
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert check_sums(raw) > KILLS  # they died while entries were brought into the sums
