"""Output and talk."""

from __future__ import annotations

import pytest

from homeport.lab.talking import say, talk


def test_output_and_talk_are_apart(capsys: pytest.CaptureFixture[str]) -> None:
    say("told")
    talk("said")
    assert tuple(capsys.readouterr()) == ("told\n", "said\n")
