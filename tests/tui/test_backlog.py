"""Over a slow line nothing is painted that nobody would see in time."""

from __future__ import annotations

import inspect
import io
from types import SimpleNamespace

from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from homeport.client import wire
from homeport.tui.backlog import is_behind
from support.stage import staged


def test_a_frame_that_waits_is_a_backlog() -> None:
    writer = WriterThread(io.StringIO())
    driver = SimpleNamespace(_writer_thread=writer)
    assert not is_behind(driver)  # type: ignore[arg-type]  # as much of one as is looked at
    writer.write("a frame")
    assert is_behind(driver)  # type: ignore[arg-type]


def test_without_a_terminal_nothing_waits() -> None:
    assert not is_behind(None)
    assert not is_behind(SimpleNamespace())  # type: ignore[arg-type]


def test_the_pinned_textual_hands_frames_over_as_expected() -> None:
    assert "_writer_thread" in inspect.getsource(LinuxDriver)


async def test_what_waited_is_painted_when_the_terminal_has_caught_up() -> None:
    async with staged() as stage:
        writer = WriterThread(io.StringIO())
        stage.app._driver._writer_thread = writer  # type: ignore[union-attr]
        writer.write("a frame")
        await stage.tell(wire.LinkChanged(41, 0, wire.LinkView("offline")))
        assert "Offline: cloud" not in stage.text
        writer._queue.get()
        while "Offline: cloud" not in stage.text:
            await stage.pilot.pause(0.01)
