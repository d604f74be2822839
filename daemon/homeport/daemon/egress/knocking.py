"""Asks whether anybody listens on a port of this machine, without any HTTP library.

On a machine without model servers that is all that ever happens, so the
libraries are not loaded at all.
"""

from __future__ import annotations

import asyncio
import contextlib

KNOCK_S = 1.0


async def anyone_listens(host: str, port: int) -> bool:
    """Whether a connection to loopback is taken. Nothing is sent."""
    try:
        async with asyncio.timeout(KNOCK_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
