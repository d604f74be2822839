"""A program that runs every adapter and reports each connection made without a permit.

Run as `python -m support.watched_adapters [--bad]`; prints one JSON object:
`connections` (all that were made), `outside` (those without a permit) and
`adapters` (those that were run). On the plain asyncio loop, whose connections
the interpreter's audit events show.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import sys
from typing import Any

from homeport.adapters.base import Adapter, Finish, TextDelta
from homeport.daemon.egress.addresses import CONNECTING
from homeport.daemon.egress.permits import Egress
from homeport.policies.model import ModelCard
from support.asks import PATIENT, ask, collect, setup, user
from support.upstreams import FakeServer, OllamaServer, OpenAIServer

connections: list[str] = []
outside: list[str] = []


def watch(event: str, args: tuple[Any, ...]) -> None:
    """The audit hook."""
    if event != "socket.connect":
        return
    connections.append(str(args[1]))
    leave = CONNECTING.get()
    if leave is None or not leave.origin.endswith(f":{args[1][1]}"):
        outside.append(str(args[1]))


class BadAdapter:
    """Goes around its permit: what this program must catch."""

    provider = "bad"

    def __init__(self, origin: str) -> None:
        self.origin = origin

    async def models(self, permit: Any) -> list[ModelCard]:
        return [ModelCard(id="bad/m", provider="bad", name="m", place="local")]

    async def stream(self, prompt: Any, card: Any, **_: Any) -> Any:
        port = int(self.origin.rpartition(":")[2])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(prompt.messages[0].text.encode())
        writer.close()
        yield TextDelta("leaked")
        yield Finish("stop")


async def run(adapter: Any, egress: Egress) -> None:
    """Ask for its models, then prompt the first."""
    permit = egress.probe_permit(adapter.origin) if adapter.origin else None
    card = (await adapter.models(permit))[0]
    stream = adapter.stream(
        user(), card, prefix="", limits=PATIENT, permit=egress.permit(ask(), card, adapter.origin)
    )
    outcome = await collect(stream)
    assert outcome.deltas, outcome.failure


def build(kind: type[Any], server: FakeServer) -> list[Adapter]:
    """One adapter of that kind, at the server."""
    settings = {
        "ollama": {"enabled": True, "url": server.origin},
        "server": [{"name": "test", "url": f"{server.origin}/v1"}],
        "probing": {"local_ports": False},
        "models": {"context": 4096, "idle_unload_s": 60, "scan_stores": False, "folders": ()},
    }
    return list(kind.build(setup(settings=settings, environment={"HOMEPORT_ECHO": "1"})))


async def main() -> None:
    ran = []
    for entry in importlib.metadata.entry_points(group="homeport.adapters"):
        server = OllamaServer() if entry.name == "ollama" else OpenAIServer()
        egress = Egress(environment={})
        async with server:
            # The embedded engine opens no connection: building it is all there is to see.
            for adapter in build(entry.load(), server):
                if entry.name != "llamacpp":
                    await run(adapter, egress)
                ran.append(entry.name)
            if "--bad" in sys.argv:
                await run(BadAdapter(server.origin), egress)
        await egress.close()
    report = {"connections": connections, "outside": outside, "adapters": sorted(ran)}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    sys.addaudithook(watch)
    asyncio.run(main())
