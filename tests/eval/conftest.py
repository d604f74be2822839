"""The evaluation needs numpy, which comes with the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import router_rows

pytest.importorskip("numpy", reason="numpy is not installed")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up folder of data."""
    return router_rows.write(tmp_path_factory.mktemp("router-data"))
