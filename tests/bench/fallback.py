"""How long a caller waits where the chosen model's server has just gone: to the answer of the next.

Each sample has a daemon of its own, since it remembers who was gone.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

from load import Connection, Target, connect
from processes import Program, homeport_with, upstream_program

WARM_UP = 50
HOME = """
[ollama]
enabled = false
[probing]
local_ports = false
[models]
scan_stores = false
"""
SERVER = """
[[server]]
name = "{name}"
url = "http://127.0.0.1:{port}/v1"
models = ["{model}"]
"""
MODELS = {"first": "fast", "second": "gpt-4o-mini"}


def milliseconds(work: Path, samples: int) -> float:
    """The median: from a prompt whose server refuses to the whole answer of the other."""
    return statistics.median([_once(work / f"fallback{number}") for number in range(samples)])


def _once(home: Path) -> float:
    with ExitStack() as stack:
        servers = {name: stack.enter_context(upstream_program(8)) for name in MODELS}
        config = HOME + "".join(
            SERVER.format(name=name, port=server.port, model=MODELS[name])
            for name, server in servers.items()
        )
        running = stack.enter_context(homeport_with(home, config))
        return asyncio.run(_lost(running.target("auto"), servers))


async def _lost(target: Target, servers: dict[str, Program]) -> float:
    connection = await connect(target.port)
    for _ in range(WARM_UP):
        answer = await connection.ask(target.request())
    chosen = route_of(answer)
    servers[chosen].kill()
    started = time.perf_counter()
    answer = await connection.ask(target.request())
    taken_ms = (time.perf_counter() - started) * 1e3
    if route_of(answer) == chosen:
        raise RuntimeError(f"{chosen} answered although it is gone")
    _close(connection)
    return taken_ms


def route_of(answer: bytes) -> str:
    """The server that answered."""
    head = answer.partition(b"\r\n\r\n")[0].decode()
    if not head.startswith("HTTP/1.1 200"):
        raise RuntimeError(head)
    route = next(line for line in head.splitlines() if line.startswith("x-homeport-route:"))
    return route.partition(":")[2].strip().partition("/")[0]


def _close(connection: Connection) -> None:
    connection.transport.close()
