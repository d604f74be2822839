"""`homeport logs`: the end of the daemon's log, and what is added to it."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from homeport.cli import exit_codes
from homeport.cli.output import safe
from homeport.cli.prompting import positive
from homeport.cli.refusal import LocalTrouble
from homeport.client import paths

_POLL_S = 0.2
_BLOCK_BYTES = 64 * 1024


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `logs`."""
    add = parser.add_argument
    add("-n", "--lines", type=positive, default=50, metavar="N", help="how many (default: 50)")
    add("-f", "--follow", action="store_true", help="go on with what is added")


def run(args: Namespace) -> int:
    """Prints the log; works without a daemon."""
    path = paths.log_path()
    try:
        log = path.open("rb")
    except OSError as error:
        said = f"There is no log to read at {path}: {error.strerror}. To start: homeport start"
        raise LocalTrouble(said) from None
    log.seek(start_of_last(log, args.lines))
    for line in _followed(log, path) if args.follow else _there(log):
        _print(line, as_json=args.json)
    return exit_codes.DONE


def start_of_last(log: BinaryIO, count: int) -> int:
    """Where the last lines of a file begin, found from its end."""
    left = log.seek(0, os.SEEK_END)
    text = b""
    while left and text.count(b"\n") <= count:
        step = min(_BLOCK_BYTES, left)
        left -= step
        log.seek(left)
        text = log.read(step) + text
    return left + len(text) - sum(map(len, _lines(text)[-count:]))


def _lines(text: bytes) -> list[bytes]:
    """Each with its end, which is a line feed alone."""
    *whole, rest = text.split(b"\n")
    return [line + b"\n" for line in whole] + [rest] * bool(rest)


def _there(log: BinaryIO) -> Iterator[bytes]:
    with log:
        yield from log


def _followed(log: BinaryIO, path: Path) -> Iterator[bytes]:
    """Every line from here on, also after the file was replaced or cut; never ends."""
    try:
        while True:
            if line := _whole_line(log):
                yield line
                continue
            sys.stdout.flush()
            time.sleep(_POLL_S)
            if _was_replaced(log, path):
                yield from log
                log.close()
                log = path.open("rb")
    finally:
        log.close()


def _whole_line(log: BinaryIO) -> bytes:
    """One line with its end; a line that is still being written is left for later."""
    start = log.tell()
    line = log.readline()
    if line.endswith(b"\n"):
        return line
    log.seek(start)
    return b""


def _was_replaced(log: BinaryIO, path: Path) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    ours = os.fstat(log.fileno())
    return (there.st_ino, there.st_dev) != (ours.st_ino, ours.st_dev) or there.st_size < log.tell()


def _print(line: bytes, *, as_json: bool) -> None:
    text = line.decode("utf-8", "replace").rstrip("\n")
    if as_json:
        text = json.dumps({"line": text}, ensure_ascii=False)
    sys.stdout.write(safe(text) + "\n")
