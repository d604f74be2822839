"""How the daemon stands, and what it decided: the routes of `/homeport/v1` that only read."""

from __future__ import annotations

import msgspec

from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import NotFound

MAX_DECISIONS = 1000


async def status(call: Call, house: House) -> None:
    """The snapshot without its requests."""
    snapshot = house.daemon.snapshot()
    await call.reply_json(msgspec.structs.replace(snapshot, requests=()))


async def models(call: Call, house: House) -> None:
    """Every model; `?refresh=1` asks the servers again, those in the cloud too."""
    if call.query().get("refresh", "0") not in ("", "0"):
        await house.daemon.refresh_models()
    await call.reply_json({"models": house.daemon.fleet.views()})


async def machine(call: Call, house: House) -> None:
    """What this machine is, and has left."""
    await call.reply_json(house.daemon.machine())


async def link(call: Call, house: House) -> None:
    """Connectivity."""
    await call.reply_json(house.daemon.link.view)


async def decisions(call: Call, house: House) -> None:
    """The last requests, the newest last; `?limit=` bounds how many."""
    limit = call.number("limit", 50, MAX_DECISIONS)
    await house.daemon.written_down()
    await call.reply_json({"requests": await house.daemon.decisions.recent(limit)})


async def decision(call: Call, house: House) -> None:
    """Why one request went where it did; by its id, the start of it, or `last`."""
    wanted = call.path.removeprefix("/homeport/v1/decisions/")
    why = await house.daemon.why(wanted)
    if why is None:
        raise no_decision(wanted)
    await call.reply_json(why)


def no_decision(wanted: str) -> NotFound:
    """Nothing has such an id."""
    sentence = "Nothing was asked yet, so that there is no last decision."
    if wanted != "last":
        sentence = (
            f"There is no decision `{wanted[:64]}`. `homeport watch` shows their ids, and `last`"
            " is the newest."
        )
    return NotFound(sentence, code="decision_not_found")
