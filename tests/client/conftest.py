"""A fake daemon where this test's home says that it listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.fake_daemon import FakeDaemon, listening


@pytest.fixture
def fake(own_home: Path) -> Iterator[FakeDaemon]:
    with listening(own_home / "run" / "homeport.sock") as daemon:
        yield daemon
