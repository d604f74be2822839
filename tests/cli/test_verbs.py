"""The contract of every verb: help with an example, --json, a row in the README, few imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.exit_codes import MEANINGS
from homeport.cli.parser import WITHOUT_JSON, module_of, parser_of
from homeport.cli.verbs import VERBS, Verb, overview

README = Path(__file__).parents[2] / "tui" / "README.md"
OWN = [verb for verb in VERBS if verb.name not in WITHOUT_JSON]


def readme() -> str:
    return README.read_text("utf-8")


def named(verb: Verb) -> str:
    return verb.name


@pytest.mark.parametrize("verb", OWN, ids=named)
def test_every_verb_has_help_with_its_examples(verb: Verb, homeport: Callable[..., Any]) -> None:
    ran = homeport(verb.name, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert verb.summary.split()[0] in ran.out
    assert verb.examples
    for example in verb.examples:
        assert example in ran.out


@pytest.mark.parametrize("verb", OWN, ids=named)
def test_every_verb_takes_json(verb: Verb) -> None:
    assert "--json" in parser_of(verb).format_help()


@pytest.mark.parametrize("verb", OWN, ids=named)
def test_every_option_says_what_it_does(verb: Verb) -> None:
    for action in parser_of(verb)._actions:
        assert action.help, f"{verb.name} {action.dest}"


@pytest.mark.parametrize("verb", VERBS, ids=named)
def test_every_verb_has_a_row_in_the_readme(verb: Verb) -> None:
    assert f"| `{verb.name}" in readme()


@pytest.mark.parametrize("verb", OWN, ids=named)
def test_every_option_is_in_the_readme(verb: Verb) -> None:
    for action in parser_of(verb)._actions:
        for option in action.option_strings:
            if option.startswith("--"):
                assert f"`{option}" in readme(), f"{verb.name} {option}"


@pytest.mark.parametrize("status", MEANINGS)
def test_every_exit_status_is_in_the_readme_and_the_help(status: int) -> None:
    assert f"| {status} |" in readme()
    assert f"{status} {MEANINGS[status].removeprefix('wrong ')}" in overview().replace("\n", " ")


def test_every_verb_has_a_module() -> None:
    for verb in VERBS:
        assert callable(module_of(verb).run)


@pytest.mark.parametrize("words", [["--help"], ["status"], ["ask", "--help"], ["version"]])
def test_no_command_loads_what_it_does_not_need(words: list[str]) -> None:
    code = (
        "import sys; from homeport.cli.main import main; main(sys.argv[1:]);"
        " print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stderr.splitlines())
    heavy = {"msgspec", "asyncio", "ssl", "http.client", "httpx", "httpx2", "textual", "rich"}
    assert not loaded & heavy
    assert not {name for name in loaded if name.startswith(("homeport.daemon", "homeport.tui"))}
