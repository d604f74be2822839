"""A real daemon that is restarted, and one that is killed, under the program in a real terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from homeport.tui.reducer import CUT_OFF
from support.home import Home, a_home
from support.tmux import Terminal, needs_tmux, terminal

pytestmark = needs_tmux

TUI = [sys.executable, "-m", "homeport.tui"]
WORDS = "one two three four five six"
ECHO = f"name=calm;words={WORDS}"


@pytest.fixture
def tokens_per_s() -> float:
    """As fast as it goes; a test that is parametrized by it has a slower model."""
    return 0.0


@pytest.fixture
def home(tmp_path: Path, tokens_per_s: float) -> Iterator[Home]:
    echo = f"{ECHO};tokens_per_s={tokens_per_s}"
    with a_home(tmp_path / "h", HOMEPORT_ECHO=echo) as home:
        home.homeport("start", check=True)
        yield home


@pytest.fixture
async def shown(home: Home, tmp_path: Path) -> AsyncIterator[Terminal]:
    """The program; every byte that it painted tells of no trouble of its own."""
    painted = tmp_path / "painted"
    async with terminal(tmp_path, TUI, (120, 24), home.environment) as shown:
        await shown.record(painted)
        await shown.until("● live", "No prompts yet")
        yield shown
        await shown.press("Escape")
        await shown.press("C-q")
    assert "Traceback" not in painted.read_text(errors="replace")


async def type_(home: Home, *words: str) -> None:
    """One command, to its end."""
    await asyncio.to_thread(home.homeport, *words, check=True)


async def test_live_goes_on_after_a_restart(home: Home, shown: Terminal) -> None:
    await type_(home, "ask", "hello")
    await shown.until("following · 1 of 1")
    await type_(home, "restart")
    await shown.until("● live", "following · 1 of 1")
    await type_(home, "ask", "again")
    await shown.until("following · 2 of 2")
    await type_(home, "stop")
    stopped = await shown.until("○ stopped", "Start it with: homeport start", "last picture")
    assert stopped.count("local calm") == 3  # two decisions and the model


@pytest.mark.parametrize("tokens_per_s", [2.0])
async def test_chat_goes_on_after_a_kill_in_the_middle_of_an_answer(
    home: Home, shown: Terminal
) -> None:
    await shown.press("c", *"slowly", "Enter")
    await shown.until("▸ one two")
    await shown.press(*"ty")
    home.kill()
    await shown.until("○ stopped", "last picture", "middle of an")
    await shown.press(*"pe")
    await type_(home, "start")
    await shown.until("● live")
    await shown.press(*"d", "Enter")
    await shown.until("> typed", "answer 2 of 2", "▸ one")
    await type_(home, "restart")  # which lets the answer end
    await shown.until("● live", WORDS, "first word", "─ answer 2 of 2")
    await shown.press("Escape")
    await shown.until("i Write")
    await shown.press("Escape")
    await shown.until("╭─ decisions", CUT_OFF, "following · 2 of 2")
