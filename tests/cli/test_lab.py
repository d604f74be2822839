"""`homeport lab` hands over to the lab."""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

from homeport.cli import lab

HOMEPORT = str(Path(sys.executable).parent / "homeport")


def test_every_word_is_passed_on() -> None:
    ran = subprocess.run([HOMEPORT, "lab", "faults"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "reset_on_connect" in ran.stdout


def test_its_status_is_the_labs() -> None:
    ran = subprocess.run([HOMEPORT, "lab", "x"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "homeport lab" in ran.stderr


def test_without_a_word_it_says_what_there_is() -> None:
    ran = subprocess.run([HOMEPORT, "lab", "--help"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert "serve" in ran.stdout
    lab.arguments(ArgumentParser(), "lab")
