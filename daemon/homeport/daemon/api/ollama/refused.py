"""The routes of Ollama that change its own store of models: refused, in a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import BadRequest

INSTEAD: Final = {
    "create": "create models with `ollama create` at Ollama itself; Homeport finds them there",
    "copy": "name a model as you like under `aliases` in Homeport's config",
    "delete": "`ollama rm` deletes a model of Ollama; Homeport's own are files in its models"
    " folder",
    "push": "publish models with `ollama push` at Ollama itself",
    "blobs": "hand files to Ollama itself, or put them into a folder of `models.folders`",
}
"""What a caller can do in place of each."""


def not_served(what: str) -> BadRequest:
    """The refusal of one route."""
    sentence = f"Homeport does not serve /api/{what}: {INSTEAD[what]}."
    return BadRequest(sentence, code="not_served", status=403)


def refusing(what: str) -> Callable[[Call, House], Awaitable[None]]:
    """A route that refuses."""

    async def refuse(call: Call, house: House) -> None:  # noqa: ARG001 - every route takes both
        await call.body()
        raise not_served(what)

    return refuse


create = refusing("create")
copy = refusing("copy")
delete = refusing("delete")
push = refusing("push")
blobs = refusing("blobs")
