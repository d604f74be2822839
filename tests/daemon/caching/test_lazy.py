"""Who caches nothing loads nothing, and makes no file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from homeport.daemon.bus import now_ms
from homeport.daemon.caching.lazy import LazyCache
from homeport.daemon.config.settings import Cache


def made_in(folder: Path) -> list[str]:
    """Files of the cache."""
    return [path.name for path in folder.iterdir() if path.is_file()]


async def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path) -> None:
    caching = LazyCache(tmp_path / "cache.db", tmp_path / "secret", Cache, now_ms)
    await caching.prune()
    await caching.close()
    assert made_in(tmp_path) == []
    assert caching() is caching()
    report = await caching.report()
    assert (report.rows, report.exact, report.trouble) == ((), False, "")
    await caching.close()
    assert made_in(tmp_path) == []


def test_the_assembly_loads_nothing_of_it() -> None:
    code = (
        "import sys, homeport.daemon.assemble\n"
        "print([n for n in sys.modules if n.startswith('homeport.daemon.caching.')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "['homeport.daemon.caching.lazy']"
