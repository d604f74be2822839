"""The cloud beside the home, for the proofs of both."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.daemon.money.price_table import FORMAT
from support.hybrid import QUIET_S, Stage, staged


@pytest.fixture(scope="session")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of prices, made once."""
    table = tmp_path_factory.mktemp("prices") / f"prices-{FORMAT}.json"
    command = [sys.executable, "-m", "homeport.daemon.money.price_compiler", str(table)]
    subprocess.run(command, check=True, timeout=120)
    return table


@pytest.fixture
def quiet_s() -> float:
    """A test that is parametrized by it has a stage of its own patience."""
    return QUIET_S


@pytest.fixture
async def stage(tmp_path: Path, prices: Path, quiet_s: float) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "h", prices, quiet_s=quiet_s) as made:
        yield made
