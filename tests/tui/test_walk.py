"""A walk through every screen against a real daemon with the lab, kept to be looked at.

`HOMEPORT_PROVE=1 pytest tests/tui/test_walk.py`, or `make walk`: the captures are in `build/walk`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from support.tmux import Terminal, needs_tmux, terminal

WALK = Path(__file__).parents[2] / "build" / "walk"
DEMO = [sys.executable, "-m", "homeport.lab", "demo", "--no-engine"]
SIZES = ((120, 34), (80, 24), (60, 16))

# Name of the capture, the keys, what must be there then.
STEPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("live", (), ("╭─ decisions", "following")),
    ("judged", ("g", "u"), ("Noted as good", " +│")),
    ("paused", ("G", "Space"), ("○ paused",)),
    ("filtered", ("Space", "/", *"local", "Enter"), ("filter: local",)),
    ("why", ("Enter",), ("WHAT THE PROMPT NEEDED", "THE CANDIDATES")),
    ("why-end", ("G",), ("policy frugal", "THE ATTEMPTS", "WHAT IF")),
    ("commands", ("Escape", "C-p"), ("╭─ commands", "Theme: light")),
    ("spend", ("Escape", "Escape", "s"), ("╭─ spend", "[day]", "WHERE THE MONTH WILL END")),
    ("spend-by-model", ("Tab",), ("[model]",)),
    ("budget", ("b",), ("day 0", "New budget")),
    ("models", ("Escape", "m"), ("╭─ models", "ready", "enter Open")),
    ("models-filtered", ("/", *"local", "Enter"), ("filter: local",)),
    ("model", ("Enter",), ("WHAT IT IS", "WHAT ITS ANSWERS HAVE TAUGHT")),
    ("machine", ("h",), ("memory ", "╭─ machine", "PROVIDERS", "answered")),
    ("asks-offline", ("o",), ("Go offline?",)),
    ("chat", ("Escape", "c", *"Why is the sky blue", "Enter"), (" tokens, ", "> Why is the sky")),
    ("chat-again", ("Escape", "a"), ("╭─ ask again", "elsewhere")),
    ("compare", ("Escape", "x", *"Name a river", "Enter"), (" tokens, ", "compare: Name a river")),
    ("compared", ("Escape", "]", "u"), ("your pick",)),
    ("help", ("?",), ("KEYS", "Holds the feed")),
    ("light", ("Escape", "C-p", *"theme: light", "Enter"), ("compare",)),
    ("live-again", ("Escape", "Escape"), ("╭─ decisions",)),
)


def tmux_key(key: str) -> str:
    """As tmux names it."""
    return {" ": "Space", ";": "\\;"}.get(key, key)


async def step(shown: Terminal, keys: tuple[str, ...], texts: tuple[str, ...]) -> str:
    """Presses, and waits for what must come; an escape alone is none with a letter behind it."""
    for key in keys:
        await shown.press(tmux_key(key))
        await asyncio.sleep(0.3 if key == "Escape" else 0.05)
    return await shown.until(*texts)


@needs_tmux
@pytest.mark.skipif(not os.environ.get("HOMEPORT_PROVE"), reason="a long proof")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_walk_through_every_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = WALK / f"{size[0]}x{size[1]}"
    folder.mkdir(parents=True, exist_ok=True)
    async with terminal(tmp_path, DEMO, size) as shown:
        await shown.until("cloud", "local")
        await asyncio.sleep(30)  # some prompts of every kind
        for number, (name, keys, texts) in enumerate(STEPS):
            wanted = texts if size == SIZES[0] else texts[:1]
            try:
                screen = await step(shown, keys, wanted)
            finally:
                screen = await shown.screen()
                (folder / f"{number:02}-{name}.txt").write_text(screen, encoding="utf-8")
        await shown.press("q")
