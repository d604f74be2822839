"""Every state of every screen as text, at four sizes.

`HOMEPORT_GOLDEN=update` writes them afresh; read the diff before you keep it.
"""

from __future__ import annotations

import pytest

from homeport.tui.app import Options
from support import sights
from support.goldens import SIZES, assert_golden
from support.stage import staged

# Name of the golden, the scene it starts from, the keys pressed then.
POSES = {
    **{scene: (scene, ()) for scene in sights.scenes()},
    "paused": ("live", ("k", "k", "space")),
    "errors-only": ("live", ("e",)),
    "filtering": ("live", ("slash", *"cloud")),
    "filtered": ("live", ("slash", *"-local", "enter")),
    "nothing-matches": ("live", ("slash", *"zebra", "enter")),
    "asks-offline": ("live", ("o",)),
    "asks-online": ("offline-by-choice", ("o",)),
    "dimmed-key": ("empty", ("enter",)),
    "why": ("live", ("k", "k", "enter")),
    "why-end": ("live", ("k", "k", "enter", "G")),
    "help": ("live", ("question_mark",)),
    "alerted": ("alerted", ()),
    "judged": ("judged", ()),
    "kept-and-waiting": ("kept-and-waiting", ()),
    "waits-at-limit": ("waits-at-limit", ()),
    "asks-raise": ("waits-at-limit", ("b",)),
    "commands": ("live", ("ctrl+p",)),
    "commands-narrowed": ("live", ("ctrl+p", *"them")),
    "wrong-filter": ("live", ("slash", *">5", "enter")),
    "why-link-fell": ("link-fell", ("k", "k", "enter", "G")),
}


@pytest.mark.parametrize("pose", POSES)
async def test_every_state_at_every_size(pose: str) -> None:
    scene, keys = POSES[pose]
    async with staged(scene, SIZES[0], keys=keys) as stage:
        for width, height in SIZES:
            await stage.resize(width, height)
            assert_golden(f"{pose}-{width}x{height}", stage.text)


async def test_the_live_screen_in_ascii() -> None:
    options = Options(ascii_only=True)
    async with staged("live", (120, 32), options=options) as stage:
        assert stage.text.isascii()
        assert_golden("ascii-120x32", stage.text)


async def test_readonly_says_so() -> None:
    async with staged("live", (80, 24), options=Options(readonly=True), keys=["o"]) as stage:
        assert_golden("readonly-80x24", stage.text)


@pytest.mark.parametrize("pose", ["live", "why", "asks-raise"])
async def test_a_screen_that_starts_so_is_the_same_as_a_resized_one(pose: str) -> None:
    scene, keys = POSES[pose]
    for width, height in SIZES[1:]:
        async with staged(scene, (width, height), keys=keys) as stage:
            assert_golden(f"{pose}-{width}x{height}", stage.text)


@pytest.mark.parametrize("scene", ["live", "budget-spent", "offline-by-choice"])
async def test_the_text_is_the_same_without_colour(
    scene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged(scene, (120, 32)) as stage:
        assert stage.app.no_color
        assert_golden(f"{scene}-120x32", stage.text)
