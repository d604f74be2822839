"""What anybody on this machine may ask without a token: is it there, and which version."""

from __future__ import annotations

from typing import Final

from homeport.daemon.api.call import TEXT, Call
from homeport.daemon.api.house import House

OLLAMA_LEVEL: Final = "0.14.0"
"""The version of Ollama whose wire is spoken: its clients refuse to talk to older ones."""


async def root(call: Call, house: House) -> None:  # noqa: ARG001 - every route takes both
    """The sentence by which Ollama's clients know that somebody is there."""
    await call.reply(200, b"Ollama is running", TEXT)


async def healthz(call: Call, house: House) -> None:
    """200 while prompts are taken, 503 while the daemon drains."""
    draining = house.daemon.draining
    await call.reply(503 if draining else 200, b"draining\n" if draining else b"ok\n", TEXT)


async def version(call: Call, house: House) -> None:
    """The level of Ollama's wire, and our own version."""
    await call.reply_json({"version": OLLAMA_LEVEL, "homeport": house.daemon.version})
