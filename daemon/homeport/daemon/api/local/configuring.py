"""`/homeport/v1/config`: show, change and check the config."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import BadRequest


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either settings by their dotted keys, or a text to look at."""

    set: dict[str, Any] | None = None
    check: str | None = None
    path: str = ""
    """Of that text, for sentences; empty is the file in force."""


_decoder = msgspec.json.Decoder(Change)


async def show(call: Call, house: House) -> None:
    """What is in force."""
    await call.reply_json(house.daemon.config_file.view())


async def change(call: Call, house: House) -> None:
    """Set settings (all or none), or check a text without touching anything."""
    wanted = await call.decoded(_decoder)
    if wanted.check is not None:
        await call.reply_json(
            check(wanted.check, wanted.path or str(house.daemon.config_file.path))
        )
        return
    if not wanted.set:
        raise BadRequest('Send {"set": {"key": value}} or {"check": "text"}.', param="set")
    await asyncio.to_thread(house.daemon.config_file.set_all, wanted.set)
    await call.reply_json(house.daemon.config_file.view())


def check(text: str, path: str) -> dict[str, Any]:
    """Whether a text would be taken, and a sentence for each problem where it would not."""
    from homeport.daemon.config.errors import ConfigError
    from homeport.daemon.config.file import parse

    try:
        parse(text, path)
    except ConfigError as error:
        return {"ok": False, "error": error.sentence, "problems": error.told()}
    return {"ok": True, "error": "", "problems": []}
