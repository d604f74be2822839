"""What is talked about, kept while its screens come and go; and loaded late."""

from __future__ import annotations

import subprocess
import sys

from support import talk_sights
from support.stage import staged
from support.talk_stage import say

_LATE = ("chat", "compare", "talking", "editor", "picker", "salon", "errand", "answering")


def test_the_program_starts_without_them() -> None:
    script = "import homeport.tui.app, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {f"homeport.tui.{name}" for name in _LATE}
    assert "textual.widgets._text_area" not in loaded


async def test_a_conversation_and_a_comparison_outlive_their_screens() -> None:
    async with staged(keys=["c"]) as stage:
        await say(stage, "hi", talk_sights.answer())
        await stage.press("escape", "x")
        await say(stage, "fight", talk_sights.comparison())
        await stage.press("escape", "c")
        assert "> hi" in stage.text
        await stage.press("escape", "x")
        assert "compare: fight" in stage.text
        assert repr(stage.app.salon).startswith("Salon(Talk(1 rounds")
