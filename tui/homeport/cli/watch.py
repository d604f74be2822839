"""`homeport watch`: what happens, one line each, for as long as somebody looks."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from homeport.cli import exit_codes
from homeport.cli.event_lines import event_line
from homeport.cli.output import cut, safe, talk
from homeport.cli.prompting import positive
from homeport.cli.trouble import version_difference
from homeport.client.connection import Connection
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from homeport.client.records import read

GAP_S = 45.0
"""Heartbeats come every 15 s: three that are missing mean that the daemon is gone."""
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 5.0


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `watch`."""
    text = "end after so many events (with --json, lines)"
    parser.add_argument("-n", "--events", type=positive, metavar="N", help=text)


def run(args: Namespace) -> int:
    """Prints events until Ctrl-C; a daemon that went away is waited for."""
    left = args.events
    for line in _lines():
        printed = _print(line, as_json=args.json)
        if left is not None and printed:
            left -= 1
            if left == 0:
                break
    return exit_codes.DONE


def _lines() -> Iterator[bytes]:
    """The lines of one stream after the other; raises NoDaemon where there never was one."""
    pause = 0.0
    while True:
        try:
            with Connection().stream("GET", "events", gap_s=GAP_S) as stream:
                if pause:
                    talk("Connected again.")
                pause = 0.0
                yield from stream
            said = "The daemon has stopped."
        except NoDaemon:
            if not pause:
                raise
            said = ""
        except DaemonError as error:
            if not (pause and error.is_stopping):
                raise
            said = ""
        except BrokenAnswer as error:
            said = error.sentence
        if said:
            talk(f"{said} Waiting for it to come back; Ctrl-C ends this.")
        pause = min(max(pause * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        time.sleep(pause)


def _print(line: bytes, *, as_json: bool) -> bool:
    """Prints one line; False where there was nothing to say."""
    event = _understood(line)
    if event.type == "snapshot" and (
        difference := version_difference(event.version, event.api_version)
    ):
        talk(difference)
    text = line.decode("utf-8", "replace") if as_json else _shown(event)
    if not text:
        return False
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return True


def _shown(event: Any) -> str:
    text = event_line(event)
    return cut(safe(text)) if text else ""


def _understood(line: bytes) -> Any:
    try:
        return read(line)
    except ValueError:
        raise BrokenAnswer("The daemon sent a line that is not JSON.") from None
