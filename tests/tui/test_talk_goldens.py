"""Every state of Chat, Compare and their lists as text, at four sizes.

`HOMEPORT_GOLDEN=update` writes them afresh; read the diff before you keep it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from homeport.client import wire
from homeport.client.errors import BrokenAnswer, DaemonError
from homeport.tui.app import Options
from support import sights, talk_sights
from support.goldens import SIZES, assert_golden
from support.stage import Stage, staged
from support.talk_stage import hear, say, settled

MARKED = ("escape", "t", "down", "space", "down", "space", "down", "space")


async def chat_empty(stage: Stage) -> None:
    await stage.press("c")


async def chat_waiting(stage: Stage) -> None:
    await stage.press("c")
    loading = talk_sights.running(state="loading")
    await say(stage, talk_sights.SKY, [wire.AskStatus(loading, "loading qwen3:14b")])


async def chat_streaming(stage: Stage) -> None:
    await stage.press("c")
    await say(stage, talk_sights.SKY, talk_sights.answer()[:20])


async def chat_answered(stage: Stage) -> None:
    await stage.press("c", "escape", "v", "i")
    await say(stage, talk_sights.SKY, talk_sights.answer())
    await stage.press("escape", "u")
    await settled(stage)
    await stage.press("k")


async def chat_moved(stage: Stage) -> None:
    await stage.press("c")
    await say(stage, talk_sights.SKY, talk_sights.moved_home())


async def chat_stopped(stage: Stage) -> None:
    await chat_streaming(stage)
    await stage.press("escape")


async def chat_failed(stage: Stage) -> None:
    vetoes = (
        wire.VetoView(sights.QWEN, "context", "the prompt needs 64k; it holds 32k"),
        wire.VetoView("mistral/mistral-large", "key", "there is no key for mistral"),
    )
    await stage.press("c")
    trouble = DaemonError("No model may answer this.", vetoes=vetoes, decision="0a1b2c3d")
    await say(stage, talk_sights.SKY, [trouble])


async def chat_cut(stage: Stage) -> None:
    await stage.press("c")
    cut = BrokenAnswer("The connection to the daemon ended in the middle of an answer.")
    await say(stage, talk_sights.SKY, [*talk_sights.answer()[:20], cut])
    await stage.tell(sights.scenes()["gone"][-1][0])


async def chat_again(stage: Stage) -> None:
    await stage.press("c")
    await say(stage, talk_sights.SKY, talk_sights.answer())
    await stage.press("escape", "a")


async def chat_replaced(stage: Stage) -> None:
    await chat_again(stage)
    await stage.press("down", "down", "down", "enter")
    await settled(stage)
    await hear(stage, talk_sights.moved_home())


async def compare_empty(stage: Stage) -> None:
    await stage.press("x")


async def compare_picking(stage: Stage) -> None:
    await stage.press("x", *MARKED)


async def compare_streaming(stage: Stage) -> None:
    await stage.press("x", *MARKED, "enter")
    await say(stage, talk_sights.SKY, talk_sights.comparison()[:2])


async def compare_answered(stage: Stage) -> None:
    await stage.press("x", *MARKED, "enter")
    await say(stage, talk_sights.SKY, talk_sights.comparison())
    await stage.press("escape", "]", "u")
    await settled(stage)


async def compare_failed(stage: Stage) -> None:
    await stage.press("x")
    await say(stage, talk_sights.SKY, [DaemonError("No model may answer this.")])


POSES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    pose.__name__.replace("_", "-"): pose
    for pose in (
        chat_empty,
        chat_waiting,
        chat_streaming,
        chat_answered,
        chat_moved,
        chat_stopped,
        chat_failed,
        chat_cut,
        chat_again,
        chat_replaced,
        compare_empty,
        compare_picking,
        compare_streaming,
        compare_answered,
        compare_failed,
    )
}


@pytest.mark.parametrize("pose", POSES)
async def test_every_state_at_every_size(pose: str) -> None:
    async with staged("live", SIZES[0]) as stage:
        await POSES[pose](stage)
        for width, height in SIZES:
            await stage.resize(width, height)
            await stage.paint()
            assert_golden(f"{pose}-{width}x{height}", stage.text)


@pytest.mark.parametrize("pose", ["chat-moved", "compare-answered"])
async def test_in_ascii_and_without_colour(pose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged("live", (100, 24), options=Options(ascii_only=True)) as stage:
        await POSES[pose](stage)
        assert stage.text.isascii()
        assert_golden(f"{pose}-ascii-100x24", stage.text)
