"""From the daemon's trouble to an exit status."""

from __future__ import annotations

import pytest

from homeport.cli import exit_codes
from homeport.policies import errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BadRequest, 2),
        (errors.NotAllowed, 1),
        (errors.NotFound, 2),
        (errors.TooLarge, 2),
        (errors.Refused, 3),
        (errors.OverBudget, 3),
        (errors.NothingAnswered, 5),
        (errors.DaemonTrouble, 1),
        (errors.HomeportError, 1),
    ],
)
def test_every_error_of_the_daemon_has_its_status(
    error: type[errors.HomeportError], status: int
) -> None:
    assert exit_codes.of_trouble(error.code, error.blame) == status


def test_no_error_was_forgotten() -> None:
    leaves = errors.HomeportError.__subclasses__()
    assert len([leaf for leaf in leaves if leaf.__module__ == errors.__name__]) == 8


def test_what_nobody_knows_is_a_failure() -> None:
    assert exit_codes.of_trouble("new", "weather") == exit_codes.FAILED
