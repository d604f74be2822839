"""Two daemons, one behind the other, are restarted in the middle of answers: nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from support.daemon import QUIET_CONFIG, RunningDaemon, end, start
from support.upstreams import closed_port

WORDS = " ".join(f"w{number}é" for number in range(30))
FAR = f"name=words;words={WORDS};tokens_per_s="
NEAR = f"name=home;words={WORDS};parameters=1000"
MODEL = "far/echo/words"


def nothing() -> None:
    """The answer is left alone."""


async def asked(
    daemon: RunningDaemon, in_the_middle: Callable[[], Any] = nothing
) -> tuple[str, list[str]]:
    """The answer, with something done at its third piece, and who gave it."""
    pieces: list[str] = []
    last: dict[str, Any] = {}
    body = {"prompt": "Count.", "model": MODEL}
    async for last in daemon.lines("POST", "/homeport/v1/ask", body):
        if "text" in last:
            pieces.append(last["text"])
            if len(pieces) == 3:
                in_the_middle()
    tries = last["result"]["attempts"]
    assert last["result"]["response"] == "".join(pieces)
    return "".join(pieces), [f"{one['model']}: {one['outcome']}" for one in tries]


async def test_both_are_restarted_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    port = closed_port()
    far_config = QUIET_CONFIG.replace("port = 0", f"port = {port}")
    start_far = partial(start, tmp_path / "far", config=far_config)
    far = await start_far(HOMEPORT_ECHO=f"{FAR}10")
    server = f'[[server]]\nname = "far"\nurl = "http://127.0.0.1:{port}/v1"\nkey = "env:FAR_KEY"\n'
    start_near = partial(
        start, tmp_path / "near", config=QUIET_CONFIG + server, HOMEPORT_ECHO=NEAR,
        FAR_KEY=far.token,
    )  # fmt: skip
    near = await start_near()
    try:
        text, ways = await asked(near, far.kill)
        assert (text, ways[0], ways[-1]) == (WORDS, f"{MODEL}: reset", "echo/home: done")
        await end(far)
        far = await start_far(HOMEPORT_ECHO=f"{FAR}60")
        assert await asked(near) == (WORDS, [f"{MODEL}: done"])
        stopping = partial(near.kill, signal.SIGTERM)
        assert await asked(near, stopping) == (WORDS, [f"{MODEL}: done"]), "it is let end"
        await end(near)
        near = await start_near()
        assert await asked(near) == (WORDS, [f"{MODEL}: done"])
    finally:
        await end(near)
        await end(far)
