"""`homeport eval`: hands over to the evaluation, which is a program of its own."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from homeport.cli import tui


def arguments(parser: ArgumentParser, verb: str) -> None:
    """Every word is passed on; `python -m homeport.eval --help` says which there are."""


def run(args: Namespace) -> int:
    """Says what it has."""
    del args
    return hand_over(["--help"])


def hand_over(words: Sequence[str]) -> int:
    """Becomes the evaluation."""
    return tui.hand_over(words, program="homeport.eval")
