"""Orders to the daemon itself: going offline, coming back, stopping."""

from __future__ import annotations

import msgspec

from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House


class LinkOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Offline by choice, or not."""

    offline: bool


_decoder = msgspec.json.Decoder(LinkOrder)


async def set_link(call: Call, house: House) -> None:
    """Go offline by choice, or back."""
    order = await call.decoded(_decoder)
    await house.daemon.set_offline(order.offline)
    await call.reply_json(house.daemon.link.view)


async def stop(call: Call, house: House) -> None:
    """Drain and stop. The answer comes first."""
    await call.reply_json({}, status=202)
    house.stop()
