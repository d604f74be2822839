"""A request without a prompt: the model is loaded, or let go where `keep_alive` is 0.

What runs a model is asked to by its adapter's `load` and `unload`, where it has them.
"""

from __future__ import annotations

import logging

import msgspec

from homeport.adapters.base import Adapter, AttemptFailed
from homeport.daemon.api.call import NDJSON, Call
from homeport.daemon.api.house import House
from homeport.daemon.api.ollama.durations import Stopwatch
from homeport.daemon.api.ollama.names import WORDS, unknown_model
from homeport.daemon.api.ollama.read import Asked
from homeport.daemon.api.ollama.write import Say, head
from homeport.policies import UnknownModel, resolve
from homeport.policies.errors import DaemonTrouble, NotFound

log = logging.getLogger("homeport.doors")


async def load_or_let_go(call: Call, house: House, asked: Asked, say: Say) -> None:
    """Answer a request that holds no prompt."""
    stopwatch = Stopwatch()
    goes = asked.keep_alive_s == 0
    model = model_of(house, asked)
    if model and goes:
        await _let_go(house, model)
    elif model:
        await _load(house, model)
        await stay(house, model, asked.keep_alive_s)
    last = head(asked.name) | say("") | {"done": True, "done_reason": "unload" if goes else "load"}
    last |= stopwatch.total()
    if asked.prompt.stream:
        await call.start(200, NDJSON)
        await call.finish(msgspec.json.encode(last) + b"\n")
    else:
        await call.reply_json(last)


def model_of(house: House, asked: Asked) -> str:
    """Id of the one model that is meant; empty where the choice is left to the daemon."""
    name = asked.prompt.labels.model
    if name in WORDS or name.startswith("auto:"):
        return ""
    ids = tuple(view.id for view in house.daemon.fleet.views())
    found = resolve(name, ids, dict(house.daemon.config.aliases))
    if isinstance(found, UnknownModel):
        raise unknown_model(asked.name, NotFound(found.sentence))
    return found.ids[0] if len(found.ids) == 1 else ""


async def _load(house: House, model: str) -> None:
    try:
        await _told(house, model, "load")
    except AttemptFailed as error:
        raise DaemonTrouble(error.failure.sentence, code="not_loaded") from None


async def stay(house: House, model: str, seconds: float | None) -> None:
    """Have our own engine keep a model for so long, negative for always; None leaves it to the
    engine. A server at an address was told with the prompt."""
    adapter = adapter_of(house, model)
    if seconds is None or adapter is None or adapter.origin:
        return
    keep = getattr(adapter, "keep", None)
    if seconds == 0:
        await _let_go(house, model)
    elif keep is not None:
        keep(model, seconds)


async def _let_go(house: House, model: str) -> None:
    """Unload a model, unless it is at work."""
    try:
        await _told(house, model, "unload")
    except AttemptFailed as error:
        log.info("%s was not unloaded: %s", model, error.failure.sentence)


async def _told(house: House, model: str, order: str) -> None:
    """Have whoever runs a model load or unload it; nothing where it does neither."""
    adapter = adapter_of(house, model)
    obey = getattr(adapter, order, None)
    if obey is None or adapter is None:
        return
    if adapter.origin:
        await obey(model, permit=house.daemon.egress.download_permit(adapter.origin))
    else:
        await obey(model)


def adapter_of(house: House, model: str) -> Adapter | None:
    """Whoever runs a model."""
    provider = model.partition("/")[0]
    return next((a for a in house.daemon.fleet.adapters() if a.provider == provider), None)
