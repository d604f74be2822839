"""`homeport lab serve`: lab servers by hand, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from homeport.lab.faults import UnknownFault, read_fault
from homeport.lab.log import Received
from homeport.lab.recordings import RecordingTrouble
from homeport.lab.script import Script, ScriptTrouble, read_script
from homeport.lab.server import LabServer
from homeport.lab.talking import say, talk
from homeport.lab.wires import WIRES

_DONE, _FAILED, _USAGE = 0, 1, 2


def run(asked: argparse.Namespace) -> int:
    """Serves until a signal ends it."""
    try:
        server = server_from(asked)
    except (UnknownFault, ScriptTrouble, RecordingTrouble, ValueError) as error:
        talk(f"homeport lab serve: {error}")
        return _USAGE
    return asyncio.run(_serve(server, asked))


def server_from(asked: argparse.Namespace) -> LabServer:
    """The server that the options describe; raises ValueError with a sentence."""
    wires = [name.strip() for name in asked.wire.split(",") if name.strip()]
    unknown = [name for name in wires if name not in WIRES]
    if unknown or not wires:
        raise ValueError(f"there is no wire {', '.join(unknown)!r}; known are {', '.join(WIRES)}.")
    script = read_script(Path(asked.script)) if asked.script else Script()
    return LabServer(
        wires,
        script=_changed(script, asked),
        faults=[read_fault(text) for text in asked.fault],
        models=[name.strip() for name in asked.models.split(",")] if asked.models else None,
        key=asked.key,
        requests_per_minute=asked.rpm,
        tokens_per_minute=asked.tpm,
        recordings=asked.recordings,
        in_turn=asked.in_turn,
        honours_keys=asked.honours_keys,
        host=asked.host,
        port=asked.port,
        on_end=None if asked.quiet else tell,
    )


def tell(request: Received) -> None:
    """One line about a request that ended."""
    what = request.model or f"{request.method} {request.path}"
    fault = f"  fault {request.fault}" if request.fault else ""
    tokens = f"  {request.tokens} tokens" if request.is_prompt else ""
    head = request.status or "no head"
    talk(f"{request.wire:<12}  {what}  {head}{tokens}  {request.outcome}{fault}")


async def _serve(server: LabServer, asked: argparse.Namespace) -> int:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows ends by Ctrl-C alone
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        async with server:
            _introduce(server, asked)
            await ended.wait()
    except OSError as error:
        talk(f"Port {asked.port} of {asked.host} cannot be taken: {error.strerror or error}.")
        return _FAILED
    return _DONE


def _introduce(server: LabServer, asked: argparse.Namespace) -> None:
    urls = {name: server.base_url_of(name) for name in server.wires}
    if asked.json:
        say(json.dumps({"pid": os.getpid(), "origin": server.origin, "wires": urls}))
        return
    for name, url in urls.items():
        say(f"{name:<12}  {url}")
    talk(f"Faults: POST {server.origin}/lab/faults. Log: GET {server.origin}/lab/log. Ctrl-C ends.")


def _changed(script: Script, asked: argparse.Namespace) -> Script:
    """The script with what the options say."""
    from msgspec.structs import replace

    given: dict[str, Any] = {
        "words": asked.words,
        "tokens_per_s": asked.speed,
        "first_token_ms": asked.first_token,
        "jitter": asked.jitter,
        "seed": asked.seed,
    }
    return replace(script, **{name: value for name, value in given.items() if value is not None})
