"""`GET /homeport/v1/events`: what happens, as lines: a snapshot, then numbered events."""

from __future__ import annotations

import msgspec

from homeport.client.wire import Event, Snapshot
from homeport.daemon.api.call import NDJSON, Call
from homeport.daemon.api.house import House
from homeport.daemon.api.relay import Relay

_encode = msgspec.json.Encoder().encode


async def watch(call: Call, house: House) -> None:
    """Until the watcher leaves or the daemon stops. A slow one gets fresh snapshots."""
    with house.daemon.bus.watch() as watcher:
        relay = Relay(call, NDJSON, lambda: [(b"cache-control", b"no-cache")], beat=None)
        await relay.run(watcher.__aiter__(), line)
        await relay.finish()


def line(event: Snapshot | Event) -> bytes:
    """One line of the stream."""
    return _encode(event) + b"\n"
