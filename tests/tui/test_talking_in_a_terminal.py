"""Chat and Compare in a real terminal, against a real daemon."""

from __future__ import annotations

import sys
from pathlib import Path

from support.daemon import running
from support.tmux import needs_tmux, terminal

TUI = [sys.executable, "-m", "homeport.tui"]
ECHO = (
    "name=calm;words=Hello from home to whom it may concern;tokens_per_s=40"
    " | name=quick;words=Quick says hi"
    " | name=shaky;words=No end to hear;fault=reset;fault_at=2"
)


@needs_tmux
async def test_a_conversation_and_a_comparison(tmp_path: Path) -> None:
    home = tmp_path / "house"
    async with (
        running(home, HOMEPORT_ECHO=ECHO) as daemon,
        terminal(tmp_path, TUI, environment={"HOMEPORT_HOME": str(home)}) as shown,
    ):
        await shown.until("● live", "calm")
        await shown.press("c")
        await shown.until("Ask anything.")
        await shown.press(*"one", "C-j", *"two", "Enter")
        await shown.until("> one", "two", "may concern", "local calm", "$0", "answer 1 of 1")
        await shown.press("Escape")
        await shown.until("i Write")
        await shown.press("u")
        await shown.until("you said: good", "Noted: good, for echo/calm")
        await shown.press("a")
        await shown.until("ask again", "echo/quick")
        await shown.press(*"quick", "Enter")
        await shown.until("> again: echo/quick", "Quick says hi", "answer 2 of 2")
        await shown.press("x")
        await shown.until("One prompt, two to four models")
        await shown.press("Escape")
        await shown.until("i Write")
        await shown.press("t")
        await shown.until("who is compared", "type to narrow")
        await shown.press("Space", "Down", "Space", "Down", "Space", "Enter")
        await shown.until("to calm, quick, shaky")
        await shown.press(*"both", "Enter")
        await shown.until("compare: both", "8 tokens", "Quick says hi", "No answer:")
        await shown.press("Escape")
        await shown.until("i Write")
        await shown.press("]", "u")
        await shown.until("your pick", "Noted: echo/quick was best")
        await shown.press("c")
        await shown.until("Quick says hi", "to whichever suits")
        await daemon.stop()
        await shown.until("○ stopped")
        await shown.press(*"there", "Enter")
        await shown.until("> there", "No daemon is running")
        await shown.press("C-q")
