"""A scorer of the person's own: a real package, bounded, and never in the way."""

from __future__ import annotations

import asyncio
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from homeport.daemon.routing.scoring import LIMIT_S, Scorer
from support.asks import ask
from support.scripted import prompt
from support.wheels import make_wheel
from support.whole_daemon import QUIET, whole_daemon

CODE = b"""
import threading

held = threading.Event()

def length(turns):
    return min(100, len(turns[-1].text))

def high(turns):
    return 1e9

def endless(turns):
    return 10**400

def leaving(turns):
    raise SystemExit("enough")

def nonsense(turns):
    return "very"

def nan(turns):
    return float("nan")

def broken(turns):
    raise ValueError("out of order")

def slow(turns):
    held.wait(30)
    return 1
"""
NAMES = ("length", "high", "endless", "leaving", "nonsense", "nan", "broken", "slow")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A wheel with eight scorers, unpacked where Python looks for packages."""
    entries = "[homeport.scorers]\n" + "\n".join(f"{name} = my_scorers:{name}" for name in NAMES)
    members = {
        "my_scorers.py": CODE,
        "my_scorers-1.0.dist-info/entry_points.txt": entries.encode(),
    }
    wheel = make_wheel(tmp_path, members, name="my_scorers")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield
    if module := sys.modules.pop("my_scorers", None):
        module.held.set()


MEASURED = ask(difficulty=20, level="basic")


async def scored(name: str, text: str = "x" * 70, limit_s: float = 10.0) -> tuple[int, str, str]:
    found = await Scorer(lambda: name, limit_s=limit_s).rescored(prompt(text), MEASURED)
    return found.difficulty, found.level, found.scorer


@pytest.mark.usefixtures("package")
async def test_it_gives_the_difficulty_and_with_it_the_level() -> None:
    assert await scored("length") == (70, "expert", "length")
    assert await scored("length", "x" * 35) == (35, "intermediate", "length")
    assert await scored("high") == (100, "expert", "high")
    assert await scored("endless") == (100, "expert", "endless")


async def test_without_a_name_nothing_is_looked_for() -> None:
    scorer = Scorer()
    assert await scorer.rescored(prompt(), MEASURED) is MEASURED
    assert repr(scorer) == "Scorer(none)"


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense", "The scorer nonsense gave no number."),
        ("nan", "The scorer nan gave no number."),
        ("broken", "The scorer broken failed: ValueError: out of order"),
        ("leaving", "The scorer leaving failed: SystemExit: enough"),
        ("absent", "The scorer absent failed: LookupError: no package here offers it; there are: "),
    ],
)
async def test_one_that_fails_changes_nothing_and_is_told_once(
    name: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    scorer = Scorer(lambda: name, limit_s=10.0)
    for _ in range(3):
        assert await scorer.rescored(prompt(), MEASURED) == MEASURED
    assert caplog.text.count(said) == 1
    assert scorer.trouble.startswith(said[:20])
    assert scorer.trouble.endswith("The measured difficulty stands.")


@pytest.mark.usefixtures("package")
async def test_one_that_is_slow_is_waited_for_once_and_briefly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scorer = Scorer(lambda: "slow", limit_s=LIMIT_S)
    assert await scorer.rescored(prompt(), MEASURED) == MEASURED
    assert "The scorer slow took longer than 100 ms." in caplog.text
    assert await scorer.rescored(prompt(), MEASURED) == MEASURED
    assert "is still at an earlier prompt" in caplog.text
    assert repr(scorer) == "Scorer(slow, busy)"
    sys.modules["my_scorers"].held.set()
    async with asyncio.timeout(10):
        while "busy" in repr(scorer):
            await asyncio.sleep(0.001)
    scorer._limit_s = 20.0
    assert (await scorer.rescored(prompt(), MEASURED)).difficulty == 1


@pytest.mark.usefixtures("package")
async def test_a_decision_is_made_by_it_and_replays() -> None:
    async with whole_daemon("name=a", 'scorer = "length"\n' + QUIET) as daemon:
        why: dict[str, Any] = {"ask": {"scorer": ""}}
        async with asyncio.timeout(30):
            while not why["ask"]["scorer"]:  # on a busy machine it is late for the first ones
                lines = await daemon.lines("/homeport/v1/ask", {"prompt": "y" * 66})
                decision = lines[-1]["result"]["decision"]
                why = (await daemon.ask("GET", f"/homeport/v1/decisions/{decision}")).json
    assert (why["ask"]["difficulty"], why["ask"]["scorer"]) == (66, "length")
    assert (why["request"]["difficulty"], why["replay"]) == (66, "identical")
