"""`homeport start`, `stop` and `restart`."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from typing import Any

from homeport.cli import exit_codes
from homeport.cli.config_check import fault_at_start
from homeport.cli.output import talk, write, write_json
from homeport.cli.prompting import milliseconds
from homeport.cli.refusal import LocalTrouble, Refusal
from homeport.client import paths
from homeport.client.connection import Connection
from homeport.client.destinations import left_address
from homeport.client.errors import BrokenAnswer, NoDaemon
from homeport.client.start import start_daemon

PATIENCE_MS = 60_000
"""For running answers, unless said."""
_POLL_S = 0.02
_SAY_AFTER_S = 1.0


class StillBusy(Refusal):
    """The daemon has not stopped in time."""

    code = "busy"
    blame = "daemon"
    status = exit_codes.FAILED


def arguments(parser: ArgumentParser, verb: str) -> None:
    """Adds the options of `stop` and `restart`; `start` has none."""
    if verb != "start":
        parser.add_argument(
            "--wait",
            type=milliseconds,
            default=PATIENCE_MS,
            metavar="TIME",
            help="how long to wait for running answers (default: 60s)",
        )


def run(args: Namespace) -> int:
    """Brings the daemon to the wanted state and says what it is then."""
    if args.verb == "start":
        return _start(as_json=args.json)
    if args.verb == "restart" and (found := fault_at_start(paths.config_path())):
        raise LocalTrouble(f"{found} Nothing was restarted.")
    _stop(args.wait / 1000)
    if args.verb == "restart":
        return _start(as_json=args.json)
    if args.json:
        write_json({"running": False})
    return exit_codes.DONE


def _start(*, as_json: bool) -> int:
    connection = Connection()
    there_before = connection.answers()
    if there_before and _is_stopping(connection):
        _wait_out(connection, left_address().get("pid"), PATIENCE_MS / 1000)
        there_before = connection.answers()  # somebody else may have started the next one
    if not there_before:
        start_daemon()
    snapshot = connection.get("status").read()
    if as_json:
        write_json(_described(snapshot, there_before))
    else:
        verb = "is running already" if there_before else "is running"
        write(f"homeportd {snapshot.version} {verb} (process {snapshot.pid}).")
    return exit_codes.DONE


def _is_stopping(connection: Connection) -> bool:
    """Whether it only finishes what it has, or is gone by now."""
    try:
        return bool(connection.get("status").read().draining)
    except NoDaemon:
        return True
    except BrokenAnswer as error:
        if not error.cut:
            raise
        return True


def _described(snapshot: Any, there_before: bool) -> dict[str, Any]:
    return {
        "running": True,
        "started": not there_before,
        "pid": snapshot.pid,
        "socket": snapshot.address.socket,
        "url": snapshot.address.url,
    }


def _stop(wait_s: float) -> None:
    connection = Connection()
    pid = left_address().get("pid")
    try:
        connection.post("stop", {})
    except NoDaemon as error:
        talk(error.sentence if os.environ.get("HOMEPORT_URL") else "No daemon is running.")
        return
    except BrokenAnswer:
        pass  # it went while it answered
    _wait_out(connection, pid, wait_s)


def _wait_out(connection: Connection, pid: object, wait_s: float) -> None:
    """Returns once the daemon that is stopping is gone; raises StillBusy."""
    if not _gone(connection, pid, wait_s):
        raise StillBusy(
            f"The daemon still finishes running answers after {wait_s:.0f} seconds. "
            "To wait on: homeport stop --wait 10m"
        )
    talk("Stopped.")


def _gone(connection: Connection, pid: object, wait_s: float) -> bool:
    began = time.monotonic()
    said = False
    while _there(connection, pid):
        waited = time.monotonic() - began
        if waited > wait_s:
            return False
        if waited > _SAY_AFTER_S and not said:
            talk("Waiting for the daemon to finish.")
            said = True
        time.sleep(_POLL_S)
    return True


def _there(connection: Connection, pid: object) -> bool:
    return connection.answers() or (isinstance(pid, int) and _alive(pid))


def _alive(pid: int) -> bool:
    """Whether the process exists; one that we started and that ended is taken leave of."""
    if sys.platform == "win32":
        return False  # there, signal 0 would end it
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return not _has_ended(pid)


def _has_ended(pid: int) -> bool:
    """Whether it only waits for its parent to take leave of it; Linux alone can tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b") ")[2][:1] == b"Z"
    except OSError:
        return False
