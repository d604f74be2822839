"""A fixed time zone, and no unit files of a person."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def nothing_of_a_person(in_utc: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Times are shown in UTC, in colour, and no unit file of a person is found."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("NO_COLOR", raising=False)
