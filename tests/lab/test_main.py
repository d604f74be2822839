"""The command line of the lab."""

from __future__ import annotations

import subprocess
import sys

import pytest

from homeport.lab.main import main


@pytest.mark.parametrize(
    "words", [[], ["nonsense"], ["demo", "--for", "0"], ["demo", "--for", "x"]]
)
def test_what_makes_no_sense_is_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(words)
    assert leaving.value.code == 2
    assert "usage: homeport lab" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["demo", "--help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(words)
    assert leaving.value.code == 0
    assert "homeport lab" in capsys.readouterr().out


def test_the_demonstration_needs_a_terminal_or_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 2
    assert "--no-tui" in capsys.readouterr().err
    assert main(["demo", "--json"]) == 2


def test_it_knows_the_client_alone() -> None:
    script = (
        "import sys, homeport.lab.main, homeport.lab.server, homeport.lab.demo.show\n"
        "rooms = {n.split('.')[1] for n in sys.modules if n.startswith('homeport.')}\n"
        "assert rooms == {'lab', 'client'}, rooms\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
