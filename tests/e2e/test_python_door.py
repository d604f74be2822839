"""The Python of the READMEs runs as it is written, before a daemon that it starts itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.home import Home, a_home

ROOT = Path(__file__).parents[2]
PAGES = ("daemon/README.md",)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("python") / "h"
    with a_home(folder, HOMEPORT_ECHO="name=calm;words=Hello there, sailor.") as made:
        yield made


def recipes(page: str) -> list[str]:
    """The blocks of Python that use the client."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if "homeport.client" in block]


@pytest.mark.parametrize("page", PAGES)
def test_each_recipe_runs_as_it_is_written(home: Home, page: str) -> None:
    assert recipes(page)
    for recipe in recipes(page):
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", recipe],
            env=home.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        assert "Hello there, sailor." in ran.stdout
