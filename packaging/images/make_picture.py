"""Makes the pictures of the terminal interface, beside this file.

Run it as `python packaging/images/make_picture.py`. Each shows the believable afternoon of
`tests/support/sights.py` on the real screen. The fonts are left to the reader's machine,
so that a file stands alone.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

FONTS = 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'


async def _live(stage: Any) -> None:
    await stage.press("k", "k")


async def _why(stage: Any) -> None:
    await stage.press("k", "k", "enter", "G")


async def _compare(stage: Any) -> None:
    from support import talk_sights
    from support.talk_stage import say, settled

    marks = ("down", "space") * 3
    await stage.press("x", "escape", "t", *marks, "enter")
    await say(stage, talk_sights.SKY, talk_sights.comparison())
    await stage.press("escape", "]", "u")
    await settled(stage)
    await stage.press("k")


async def _machine(stage: Any) -> None:
    from support import room_sights

    await stage.tell(*room_sights.looks(100))
    await stage.press("h")


PICTURES: dict[str, tuple[str, tuple[int, int], Callable[[Any], Awaitable[None]]]] = {
    "live": ("judged", (120, 26), _live),
    "why": ("link-fell", (120, 28), _why),
    "compare": ("live", (120, 24), _compare),
    "machine": ("live", (120, 30), _machine),
}
"""By the name of the file: the scene, the size, and what is done then."""


async def picture(name: str) -> str:
    """One screen as SVG."""
    from support.stage import staged

    scene, size, pose = PICTURES[name]
    async with staged(scene, size) as stage:
        await pose(stage)
        await stage.pilot.pause()
        return stage.app.export_screenshot(title="homeport")


def standing_alone(svg: str) -> str:
    """Without fonts from elsewhere, and with names that are the same each time."""
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family:\s*Fira Code[^;]*;", f"font-family: {FONTS};", svg)
    svg = re.sub(r"\s*font-variant-east-asian:[^;]*;", "", svg)
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return re.sub(r"[ \t]+\n", "\n", svg)


def main() -> None:
    """Writes the files."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name in PICTURES:
        path = HERE / f"{name}.svg"
        path.write_text(standing_alone(asyncio.run(picture(name))), encoding="utf-8")
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
