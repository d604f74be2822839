"""`POST …/models/{model}:countTokens`: how long a prompt is, without answering it."""

from __future__ import annotations

from homeport.daemon.api.call import Call
from homeport.daemon.api.gemini.read import read_counted
from homeport.daemon.api.house import House


async def count(call: Call, house: House, model: str) -> None:
    """The count; `x-homeport-count` says whether it is `exact` or an `estimate`."""
    prompt = read_counted(await call.body(), call.headers, model)
    counted = await house.daemon.router.count(prompt)
    headers = [
        (b"x-homeport-count", b"exact" if counted.exact else b"estimate"),
        (b"x-homeport-route", counted.model.encode("ascii", "replace")),
    ]
    await call.reply_json({"totalTokens": counted.tokens}, headers=headers)
