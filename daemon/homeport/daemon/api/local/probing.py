"""`/homeport/v1/doctor`: what was found, and trying one model to find more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import BadRequest

if TYPE_CHECKING:
    from homeport.daemon.trials.trying import Trying


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which model is to be tried."""

    probe: str
    spend: bool = False
    """The caller knows that it costs money."""


_decoder = msgspec.json.Decoder(Order)


async def doctor(call: Call, house: House) -> None:
    """What was found, what is missing, and what would help; `?probe=` plans to try a model."""
    model = call.query().get("probe")
    if model is None:
        await call.reply_json(await house.daemon.doctor())
        return
    trying = await _trying(house, model)
    await call.reply_json(await trying.plan())


async def probe(call: Call, house: House) -> None:
    """Try a model for real, and keep what was found of it."""
    order = await call.decoded(_decoder)
    trying = await _trying(house, order.probe)
    plan = await trying.plan()
    if plan.worst_nano != 0 and not order.spend:
        raise BadRequest(
            f"Trying {plan.model} costs money: `spend` has to say that this is known.",
            code="costs_money",
            param="spend",
        )
    report = await trying.run()
    await house.daemon.fleet.refresh()
    house.daemon.fleet_changed()
    await call.reply_json(report)


async def _trying(house: House, model: str) -> Trying:
    """The model on trial; the cloud is asked for its models where this one is not known yet."""
    from homeport.daemon.trials.trying import Trying

    daemon = house.daemon
    await daemon.fleet.first_look()
    if model not in daemon.fleet.ids():
        await daemon.refresh_models()
    return Trying(daemon.rooms, daemon.tried, model)
