"""Programs, chats and comparisons before a real daemon, which the first of them starts.

The Python of the READMEs runs as it is written.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.home import Home, a_home

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "daemon/README.md")
CALM, TERSE = "Hello there, sailor.", "Ahoy."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("python") / "h"
    with a_home(folder, HOMEPORT_ECHO=f"name=calm;words={CALM}|name=terse;words={TERSE}") as made:
        yield made


def recipes(page: str) -> list[str]:
    """The blocks of Python that use the client."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if "homeport.client" in block]


def python(home: Home, code: str) -> str:
    """What a program prints; it may not even warn."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=home.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


@pytest.mark.parametrize("page", PAGES)
def test_each_recipe_runs_as_it_is_written(home: Home, page: str) -> None:
    assert recipes(page)
    for recipe in recipes(page):
        printed = python(home, recipe)
        assert CALM in printed or TERSE in printed


def test_a_program_compares_and_says_which_was_better(home: Home) -> None:
    printed = python(
        home,
        "from homeport.client import Client\n"
        "answer = Client().compare('hello', ['echo/calm', 'echo/terse'])\n"
        "print(*(each.text for each in answer.answers), sep='\\n')\n"
        "print(answer.strategy, *answer.models)\n"
        "print(answer.feedback('up', answer=1).model)\n",
    )
    assert printed == f"{CALM}\n{TERSE}\ncompare echo/calm echo/terse\necho/terse\n"


def test_a_comparison_leaves_its_report(home: Home, tmp_path: Path) -> None:
    target = tmp_path / "run.md"
    ran = home.homeport(
        *["compare", "hello", "--models", "echo/calm,echo/terse", "--output", str(target)],
        check=True,
    )
    assert "\n1. local echo/calm · " in ran.stdout
    assert ran.stdout.endswith(f"\n{TERSE}\n")
    assert ran.stderr.startswith("2 of 2 answered · ")
    report = target.read_text()
    assert "- engines: 2\n- succeeded: 2\n- failed: 0\n" in report
    assert f"> {CALM}\n" in report


def test_a_chat_goes_on_is_asked_elsewhere_and_judged(home: Home) -> None:
    lines = "hello\n/again elsewhere\n/up\nand then?\n"
    ran = home.homeport("chat", "--json", "--session", "trip", stdin=lines, check=True)
    first, again, noted, last = map(json.loads, ran.stdout.splitlines())
    assert {first["model_used"], again["model_used"]} == {"echo/calm", "echo/terse"}
    assert noted["model"] == again["model_used"]
    why = home.told("why", last["decision"])
    assert why["ask"]["session"] == "trip"
    assert why["ask"]["input_tokens"] > home.told("why", first["decision"])["ask"]["input_tokens"]
