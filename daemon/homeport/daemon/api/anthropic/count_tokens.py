"""`POST /v1/messages/count_tokens`: how long a prompt is, without answering it."""

from __future__ import annotations

from homeport.daemon.api.anthropic.read import read
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House


async def count(call: Call, house: House) -> None:
    """The count; `x-homeport-count` says whether it is `exact` or an `estimate`."""
    prompt = read(await call.body(), call.headers)
    counted = await house.daemon.router.count(prompt)
    headers = [
        (b"x-homeport-count", b"exact" if counted.exact else b"estimate"),
        (b"x-homeport-route", counted.model.encode("ascii", "replace")),
    ]
    await call.reply_json({"input_tokens": counted.tokens}, headers=headers)
