"""Trouble in words."""

from __future__ import annotations

import pytest

from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.cli.trouble import as_trouble, explain, status_of, version_difference
from homeport.client import wire
from homeport.client.errors import (
    BrokenAnswer,
    ClientError,
    DaemonError,
    NoDaemon,
    SocketRefused,
    StartFailed,
)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NoDaemon("x"), 4, "no_daemon"),
        (SocketRefused("x"), 4, "no_daemon"),
        (BrokenAnswer("x"), 1, "connection"),
        (StartFailed("x"), 1, "connection"),
        (ClientError("x"), 1, "connection"),
        (WrongUse("x"), 2, "usage"),
        (LocalTrouble("x"), 1, "local"),
        (DaemonError("x", code="refused", blame="policy"), 3, "refused"),
    ],
)
def test_each_error_has_its_status_and_its_code(error: ClientError, status: int, code: str) -> None:
    assert status_of(error) == status
    assert as_trouble(error)["code"] == code


def test_another_command_may_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    explain(NoDaemon("It does not pick up.", "homeport restart"))
    assert capsys.readouterr().err == "It does not pick up.\nTo start it: homeport restart\n"


@pytest.mark.parametrize(
    ("vetoes", "lines"),
    [(1, 1), (2, 3)],
)
def test_a_reason_is_not_said_twice(
    capsys: pytest.CaptureFixture[str], vetoes: int, lines: int
) -> None:
    ruled_out = tuple(
        wire.VetoView(f"m{n}", "privacy", f"It is private: {n}.") for n in range(vetoes)
    )
    explain(DaemonError("Nothing may answer; closest was m0: It is private: 0.", vetoes=ruled_out))
    assert len(capsys.readouterr().err.splitlines()) == lines


def test_the_same_version_is_no_difference() -> None:
    assert version_difference("0.1.0", 1) == ""
    assert version_difference("", None) == ""
    assert "unknown" in version_difference(None, 2)
