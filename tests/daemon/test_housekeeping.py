"""The loops beside the prompts: one broken round harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from homeport.client import paths
from homeport.daemon import housekeeping
from homeport.daemon.assemble import Daemon
from homeport.daemon.config.file import ConfigFile
from homeport.daemon.housekeeping import guarded


async def test_what_breaks_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    async def look_at_nothing() -> None:
        raise ValueError("odd")

    await guarded(look_at_nothing)
    assert "look_at_nothing broke" in caplog.text


async def test_a_broken_look_is_followed_by_the_next(caplog: pytest.LogCaptureFixture) -> None:
    looks: asyncio.Queue[int] = asyncio.Queue()

    class Looking(Daemon):
        """Breaks at its first look."""

        async def look_around(self) -> None:
            looks.put_nowait(1)
            if looks.qsize() == 1:
                raise OSError("no such thing")

    paths.config_path().write_text("[probing]\ninterval_s = 1\n[models]\nscan_stores = false\n")
    config_file = ConfigFile(paths.config_path())
    config_file.load()
    daemon = Looking("0.0", config_file)
    await daemon.start()
    try:
        async with asyncio.timeout(30):
            while looks.qsize() < 2:
                await asyncio.sleep(0.01)
    finally:
        await daemon.stop()
    assert "_look broke" in caplog.text
    assert repr(daemon.housekeeping) == "Housekeeping(0 loops)"


async def test_a_watching_that_broke_is_begun_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "AGAIN_S", 0.01)
    begun = asyncio.Event()

    class Breaking(ConfigFile):
        """Cannot be watched the first time."""

        tries = 0

        async def watch(self, on_change: Callable[[], None], **more: Any) -> None:
            self.tries += 1
            if self.tries == 1:
                raise RuntimeError("no more watches")
            begun.set()
            await super().watch(on_change, **more)

    paths.config_path().write_text("[models]\nscan_stores = false\n")
    config_file = Breaking(paths.config_path())
    config_file.load()
    daemon = Daemon("0.0", config_file)
    await daemon.start()
    try:
        async with asyncio.timeout(30):
            await begun.wait()
    finally:
        await daemon.stop()
    assert "_watch_config broke" in caplog.text


async def test_a_damaged_file_keeps_nothing_of_another_longer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    paths.state_dir().mkdir(parents=True)
    paths.config_path().write_text("[models]\nscan_stores = false\n")
    for path in (paths.texts_path(), paths.cache_path()):
        path.write_bytes(b"no database" * 500)
    config_file = ConfigFile(paths.config_path())
    config_file.load()
    daemon = Daemon("0.0", config_file)
    await daemon.start()
    try:
        await daemon.housekeeping._prune()
    finally:
        await daemon.stop()
    assert "KeptResponses.prune broke" in caplog.text
    assert "the cache of answers was damaged and begins anew" in caplog.text
