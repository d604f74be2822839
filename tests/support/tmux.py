"""A program in a real terminal: a tmux server of its own, looked at as text."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """One pane."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def run(self, *words: str, **environment: str) -> str:
        """One tmux command, and what it says."""
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "-f",
            "/dev/null",
            "-S",
            str(self._socket),
            *words,
            env={**_environment_without_size(), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return output.decode()

    async def screen(self) -> str:
        """What a person sees."""
        return await self.run("capture-pane", "-p")

    async def record(self, file: Path) -> None:
        """Keeps every byte that is painted from here on."""
        await self.run("pipe-pane", f"cat > {shlex.quote(str(file))}")

    async def press(self, *keys: str) -> None:
        """Types, by tmux's names of keys."""
        await self.run("send-keys", *keys)

    async def until(self, *texts: str) -> str:
        """The screen, once it shows all of these."""
        screen = ""
        try:
            async with asyncio.timeout(60):
                while not all(text in screen for text in texts):
                    await asyncio.sleep(0.05)
                    screen = await self.screen()
        except TimeoutError:
            raise AssertionError(f"{texts} never came; last was:\n{screen}") from None
        return screen


def _environment_without_size() -> dict[str, str]:
    """The pane says how large it is, and nobody else."""
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}


@asynccontextmanager
async def terminal(
    folder: Path,
    command: Sequence[str],
    size: tuple[int, int] = (120, 32),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Terminal]:
    """A program in a terminal of this size; its server is gone afterwards."""
    opened = Terminal(folder / "tmux.sock")
    await opened.run(
        "new-session",
        "-d",
        "-x",
        str(size[0]),
        "-y",
        str(size[1]),
        *[f"-e{name}={value}" for name, value in (environment or {}).items()],
        *command,
        LC_ALL="C.UTF-8",
    )
    try:
        yield opened
    finally:
        await opened.run("kill-server")
