"""`GET /v1/models`: what a program may put into `model`, in OpenAI's shape."""

from __future__ import annotations

from typing import Any, get_args

from homeport.client.wire import ModelView
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import NotFound
from homeport.policies.model import Mode

WORDS = ("auto", "local", "cloud", *(f"auto:{mode}" for mode in get_args(Mode)))
"""Names that leave the choice to the daemon."""


async def list_models(call: Call, house: House) -> None:
    """All of them, those that leave the choice first."""
    await call.reply_json({"object": "list", "data": _entries(house)})


async def one_model(call: Call, house: House) -> None:
    """One by its id, which may hold slashes."""
    wanted = call.path.removeprefix("/v1/models/")
    for entry in _entries(house):
        if entry["id"] == wanted:
            await call.reply_json(entry)
            return
    from difflib import get_close_matches

    near = get_close_matches(wanted, [entry["id"] for entry in _entries(house)], n=3, cutoff=0.4)
    hint = f" The nearest names: {', '.join(near)}." if near else " `GET /v1/models` lists them."
    raise NotFound(
        f"There is no model `{wanted[:200]}`.{hint}", code="model_not_found", param="model"
    )


def _entries(house: House) -> list[dict[str, Any]]:
    started = house.daemon.started_ms // 1000
    words = [_entry(word, started, "homeport") for word in WORDS]
    return words + [_of_view(view, started) for view in house.daemon.fleet.views()]


def _entry(model: str, created: int, owner: str) -> dict[str, Any]:
    return {"id": model, "object": "model", "created": created, "owned_by": owner}


def _of_view(view: ModelView, created: int) -> dict[str, Any]:
    entry = _entry(view.id, created, view.id.partition("/")[0])
    told = {"place": view.place, "state": view.state, "context": view.context}
    return entry | {"homeport": {**told, "capabilities": view.capabilities}}
