"""The answers that may be given again: what is kept, and forgetting it."""

from __future__ import annotations

import msgspec

from homeport.client.wire import CacheCleared, CacheOrder
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import BadRequest

_decoder = msgspec.json.Decoder(CacheOrder)


async def show(call: Call, house: House) -> None:
    """What is kept by model, and what it was good for."""
    await call.reply_json(await house.daemon.caching.report())


async def change(call: Call, house: House) -> None:
    """Forget all of it, or the answer of one request."""
    order = await call.decoded(_decoder)
    if order.clear == bool(order.forget):
        raise BadRequest("Say `clear: true`, or `forget` with the id of a request.", param="clear")
    cache = house.daemon.caching()
    forgotten = await (cache.clear() if order.clear else cache.forget_of(order.forget))
    await call.reply_json(CacheCleared(forgotten))
