"""Every route and every code of the doors is in the README of this folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from homeport.daemon.api.routes import BELOW, ROUTES

ROOT = Path(__file__).parents[2] / "daemon"
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("README*.md"))
DOORS = [
    *(ROOT / "homeport/daemon/api").glob("*.py"),
    *(ROOT / "homeport/daemon/http").glob("*.py"),
    *(
        ROOT / "homeport/daemon" / name
        for name in ("app.py", "instance.py")
    ),
]
CODES = sorted(
    {code for path in DOORS for code in re.findall(r'\bcode="([a-z_]+)"', path.read_text())}
)
PAIRS = [(method, path) for path, methods in {**ROUTES, **BELOW}.items() for method in methods]


@pytest.mark.parametrize(("method", "path"), PAIRS)
def test_each_route_is_described(method: str, path: str) -> None:
    shown = f"{path}{{id}}" if path in BELOW else path
    assert f"`{method} {shown}`" in TEXT


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_described(code: str) -> None:
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize("path", DOORS, ids=lambda path: path.name)
def test_each_module_is_described(path: Path) -> None:
    if path.name != "__init__.py":
        assert path.name in TEXT
