"""`POST …/models/{model}:{method}`: finds out what is asked of which model."""

from __future__ import annotations

from homeport.daemon.api.call import Call
from homeport.daemon.api.gemini import count_tokens, embed
from homeport.daemon.api.gemini.generate import generate
from homeport.daemon.api.gemini.paths import METHODS, asked_in
from homeport.daemon.api.house import House
from homeport.policies.errors import NotFound


async def answer(call: Call, house: House) -> None:
    """Answer what is asked. Raises `NotFound` for what nobody knows."""
    model, method = asked_in(call.path)
    if method == "generateContent":
        await generate(call, house, model, stream=False)
    elif method == "streamGenerateContent":
        await generate(call, house, model, stream=True)
    elif method == "countTokens":
        await count_tokens.count(call, house, model)
    elif method == "embedContent":
        await embed.one(call, house, model)
    elif method == "batchEmbedContents":
        await embed.several(call, house, model)
    else:
        raise NotFound(
            f"There is no route {call.path[:200]!r} here. A model's name is followed by one of:"
            f" {', '.join(f':{name}' for name in METHODS)}.",
            code="no_route",
        )
