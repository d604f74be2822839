"""Every screen in every state of the daemon, one file a screen and size.

The program runs once a screen; each state is put in its place. Live has a file for each
state, in a program that came to it by the news that lead there.
`HOMEPORT_GOLDEN=update` writes the files afresh; read the diff before you keep it.
"""

from __future__ import annotations

import pytest

from homeport.tui.reducer import hear
from homeport.tui.state import State
from support import sights, talk_sights
from support.goldens import SIZES, assert_golden, sections
from support.stage import Stage, staged
from support.talk_stage import say

KEYS = {
    "why": ("k", "k", "enter"),
    "model": ("m", "enter"),
    "chat": ("c",),
    "compare": ("x",),
    "spend": ("s",),
    "models": ("m",),
    "machine": ("h",),
    "help": ("question_mark",),
    "pick": ("c", "escape", "t"),
    "filter-line": ("slash", *"cloud"),
    "budget-line": ("s", "b"),
}
"""How each is opened; the last two are lines below a screen."""


def state_of(scene: str) -> tuple[State, int]:
    """What is known at the end of a scene, and when."""
    state, at_ms = State(), sights.NOW_MS
    for news, now_ms in sights.scenes()[scene]:
        state, at_ms = hear(state, news, now_ms), now_ms
    return state, at_ms


async def asked(stage: Stage, screen: str) -> None:
    """What the screen shows beside the state of the daemon."""
    if screen == "chat":
        await say(stage, talk_sights.SKY, talk_sights.answer("It scatters blue light most."))
    elif screen == "compare":
        await say(stage, talk_sights.SKY, talk_sights.comparison())


async def put(stage: Stage, scene: str) -> str:
    """The screen in a state."""
    stage.app.state, at_ms = state_of(scene)
    stage.app.now_ms = lambda: at_ms
    await stage.paint()
    return stage.text


@pytest.mark.parametrize("screen", KEYS)
async def test_every_state_of_every_other_screen(screen: str) -> None:
    async with staged("live", SIZES[0], keys=KEYS[screen]) as stage:
        await asked(stage, screen)
        for width, height in SIZES:
            await stage.resize(width, height)
            shown = [(scene, await put(stage, scene)) for scene in sights.scenes()]
            name = f"{screen}-states-{width}x{height}"
            if (width, height) != SIZES[-1]:
                assert_golden(name, sections(shown))
            for _, text in shown if (width, height) == SIZES[-1] else ():
                assert_golden(name, text)
