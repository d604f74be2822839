"""What anybody on this machine may ask without a token: is it there, and which version."""

from __future__ import annotations

from homeport.daemon.api.call import TEXT, Call
from homeport.daemon.api.house import House


async def root(call: Call, house: House) -> None:  # noqa: ARG001 - every route takes both
    """A sentence for a browser or a health check."""
    await call.reply(200, b"Homeport is running\n", TEXT)


async def healthz(call: Call, house: House) -> None:
    """200 while prompts are taken, 503 while the daemon drains."""
    draining = house.daemon.draining
    await call.reply(503 if draining else 200, b"draining\n" if draining else b"ok\n", TEXT)


async def version(call: Call, house: House) -> None:
    """The version, where Ollama's clients look for one."""
    await call.reply_json({"version": house.daemon.version})
