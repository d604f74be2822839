"""Importing the package costs nothing, and its names are all there."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import homeport.client
from homeport.client import versions, wire

ROOT = Path(__file__).parents[2]


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_importing_it_loads_nothing_of_it() -> None:
    loaded = loaded_after("import homeport.client")
    assert {name for name in loaded if name.startswith("homeport.client.")} == set()


def test_every_exported_name_is_there() -> None:
    for name in homeport.client.__all__:
        assert getattr(homeport.client, name) is not None


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        homeport.client.Nothing  # noqa: B018  # the access is the test


def test_a_connection_loads_no_http_library_and_no_typed_decoder() -> None:
    loaded = loaded_after("from homeport.client.connection import Connection")
    assert not loaded & {"http.client", "httpx2", "httpx", "aiohttp", "msgspec", "asyncio", "ssl"}


def test_the_version_is_the_one_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == versions.VERSION


def test_the_wire_speaks_of_the_same_api() -> None:
    assert wire.API_VERSION == versions.API_VERSION
