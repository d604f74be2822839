"""What the terminal interface asks of a daemon, over a real socket."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from homeport.client import wire
from homeport.client.destinations import UnixDestination
from homeport.client.link import Knocking, Patience, Watch
from homeport.tui.line import DaemonLine
from support import sights
from support.fake_events import FakeEvents


async def test_the_line_speaks_with_the_daemon(tmp_path: Path) -> None:
    async with FakeEvents(tmp_path / "s", sights.snapshot()) as daemon:
        daemon.answers["GET decisions/7f"] = sights.why()
        daemon.answers["POST link"] = wire.LinkView("offline", by_choice=True)
        line = DaemonLine(Watch(lambda: [UnixDestination(str(daemon.path))], Patience()))
        async with aclosing(line.news()) as news:
            assert await anext(news) == Knocking()
            assert await anext(news) == sights.snapshot()
        assert await line.why("7f") == sights.why()
        assert (await line.set_offline(True)).by_choice
        assert daemon.bodies[-1] == {"offline": True}
        line.retry()
        assert repr(line).startswith("DaemonLine(Watch(")
