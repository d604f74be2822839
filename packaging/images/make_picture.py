"""Makes `live.svg`, the picture of the terminal interface.

Run it as `python packaging/images/make_picture.py`. It shows the believable afternoon of
`tests/support/sights.py` on the real Live screen. The fonts are left to the
reader's machine, so that the file stands alone.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

SIZE = (120, 26)
FONTS = 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'


async def picture() -> str:
    """The Live screen as SVG."""
    from support.stage import staged

    async with staged("live", SIZE) as stage:
        await stage.press("k", "k")
        return stage.app.export_screenshot(title="homeport")


def standing_alone(svg: str) -> str:
    """Without fonts from elsewhere."""
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family:\s*Fira Code[^;]*;", f"font-family: {FONTS};", svg)
    svg = re.sub(r"\s*font-variant-east-asian:[^;]*;", "", svg)
    return re.sub(r"[ \t]+\n", "\n", svg)


def main() -> None:
    """Writes the file beside this one."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    path = HERE / "live.svg"
    path.write_text(standing_alone(asyncio.run(picture())), encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
