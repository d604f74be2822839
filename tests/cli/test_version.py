"""The version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from homeport.client.versions import API_VERSION, VERSION


@pytest.mark.parametrize("words", [["version"], ["--version"], ["-V"]])
def test_version(homeport: Callable[..., Any], words: list[str]) -> None:
    assert homeport(*words).out == f"homeport {VERSION}\n"


def test_json(homeport: Callable[..., Any]) -> None:
    told = homeport("version", "--json").json()
    assert told == {"version": VERSION, "api_version": API_VERSION}
