"""Trouble in words: what happened, what to do next, and the exit status for it."""

from __future__ import annotations

from typing import Any

from homeport.cli import exit_codes
from homeport.cli.output import one_line, talk
from homeport.cli.refusal import Refusal
from homeport.client.destinations import left_address
from homeport.client.errors import ClientError, DaemonError, NoDaemon, SocketRefused
from homeport.client.versions import API_VERSION, VERSION

_SHOWN_VETOES = 8


def explain(error: ClientError) -> int:
    """Says it on stderr; gives the status."""
    talk(error.sentence)
    for hint in _hints(error):
        talk(hint)
    return status_of(error)


def status_of(error: ClientError) -> int:
    """The exit status for an error."""
    if isinstance(error, DaemonError):
        return exit_codes.of_trouble(error.code, error.blame)
    if isinstance(error, Refusal):
        return error.status
    if isinstance(error, NoDaemon | SocketRefused):
        return exit_codes.NO_DAEMON
    return exit_codes.FAILED


def as_trouble(error: ClientError) -> dict[str, Any]:
    """The error in the shape of `wire.Trouble`."""
    if not isinstance(error, DaemonError):
        blame = error.blame if isinstance(error, Refusal) else "daemon"
        return {"code": error.code, "blame": blame, "sentence": error.sentence}
    return {
        "code": error.code,
        "blame": error.blame,
        "sentence": error.sentence,
        "param": error.param,
        "vetoes": list(error.vetoes),
        "decision": error.decision,
    }


def version_difference(version: str | None, api_version: int | None = None) -> str:
    """A sentence where the running daemon is another version than this command; else empty."""
    older_api = api_version is not None and api_version != API_VERSION
    if not older_api and (not version or version == VERSION):
        return ""
    return (
        f"The running daemon is version {version or 'unknown'}, this command is {VERSION}. "
        "To bring them together: homeport restart"
    )


def _hints(error: ClientError) -> list[str]:
    if isinstance(error, NoDaemon):
        return [f"To start it: {error.command}"]
    if not isinstance(error, DaemonError):
        return []
    hints = _vetoes(error)
    if error.decision:
        hints.append(f"The whole story: homeport why {error.decision}")
    difference = version_difference(str(left_address().get("version") or ""))
    return [*hints, difference] if difference else hints


def _vetoes(error: DaemonError) -> list[str]:
    """A line for each model that was ruled out; none where the sentence names the only one."""
    if len(error.vetoes) == 1 and error.vetoes[0].reason in error.sentence:
        return []
    shown = error.vetoes[:_SHOWN_VETOES]
    more = len(error.vetoes) - len(shown)
    told = [f"  {one_line(veto.model)}: {one_line(veto.reason)}" for veto in shown]
    return [*told, f"  and {more} more"] if more else told
