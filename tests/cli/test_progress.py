"""The passing line, on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest

from homeport.cli.progress import Progress


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def test_a_line_replaces_the_one_before_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    progress = Progress()
    progress.show("loading\x07")
    progress.show("")
    progress.show("reading")
    progress.end()
    progress.show("too late")
    progress.end()
    assert terminal.getvalue() == "\r\x1b[Kloading␇\r\x1b[Kreading\r\x1b[K"


def test_nobody_who_does_not_want_it_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    progress = Progress(wanted=False)
    progress.show("loading")
    progress.end()
    assert terminal.getvalue() == ""


def test_what_is_no_terminal_gets_none(capsys: pytest.CaptureFixture[str]) -> None:
    Progress().show("loading")
    assert capsys.readouterr().err == ""
