"""A home of the person's own, with a table of prices that the demonstration may copy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from homeport.daemon.money.price_table import FORMAT


@pytest.fixture(scope="session")
def yours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The person's home; its table of prices is made once."""
    home = tmp_path_factory.mktemp("yours")
    (home / "cache").mkdir()
    table = home / "cache" / f"prices-{FORMAT}.json"
    command = [sys.executable, "-m", "homeport.daemon.money.price_compiler", str(table)]
    subprocess.run(command, check=True, timeout=120)
    return home
