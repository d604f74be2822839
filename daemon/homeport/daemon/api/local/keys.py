"""`/homeport/v1/keys`: keys by name and state; a value comes in, and never goes out."""

from __future__ import annotations

import asyncio
from typing import Literal

import msgspec

from homeport.adapters.base import Adapter, AttemptFailed, Permit
from homeport.adapters.providers import ADMIN_KEYS
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.policies.errors import BadRequest, NotFound

TEST_S = 15.0


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done with a provider's key."""

    action: Literal["add", "remove", "test"]
    provider: str
    secret: str | None = None

    def __repr__(self) -> str:
        return f"Order({self.action}, {self.provider})"


_decoder = msgspec.json.Decoder(Order)


async def show(call: Call, house: House) -> None:
    """Every key by name, with its state."""
    await call.reply_json({"keys": house.daemon.keys.views()})


async def change(call: Call, house: House) -> None:
    """Keep, forget or try a key."""
    order = await call.decoded(_decoder)
    if order.action == "add":
        sentence = await _add(order, house)
    elif order.action == "remove":
        sentence = await _remove(order, house)
    else:
        sentence = await _test(order.provider, house)
    await call.reply_json({"keys": house.daemon.keys.views(), "sentence": sentence})


async def _add(order: Order, house: House) -> str:
    if not order.secret or not order.secret.strip():
        raise BadRequest("`secret` is missing.", code="missing_field", param="secret")
    keys = house.daemon.keys
    where = await asyncio.to_thread(keys.add, order.provider, order.secret.strip())
    await house.daemon.rebuild_adapters()
    return f"The key of {order.provider} is kept in {where}."


async def _remove(order: Order, house: House) -> str:
    removed = await asyncio.to_thread(house.daemon.keys.remove, order.provider)
    if not removed:
        return f"No key of {order.provider[:64]} is kept here."
    await house.daemon.rebuild_adapters()
    return f"The key of {order.provider} is forgotten."


async def _test(provider: str, house: House) -> str:
    """Ask the provider what only a valid key may ask; where it has no such question, its models."""
    adapters = [a for a in house.daemon.fleet.adapters() if a.provider == provider and a.origin]
    if provider in ADMIN_KEYS:
        billed = provider.removesuffix("-admin")
        return f"{provider} is tried by `homeport spend reconcile --provider {billed}`."
    if not adapters:
        raise NotFound(
            f"There is no key of `{provider[:64]}` to test; `homeport keys add` keeps one.",
            code="no_key",
            param="provider",
        )
    keys = house.daemon.keys
    try:
        permit = house.daemon.probe_permit(adapters[0].origin)
        async with asyncio.timeout(TEST_S):
            verdict = await _verdict(adapters[0], permit)
    except AttemptFailed as failed:
        return f"{provider}: {failed.failure.sentence}"
    except TimeoutError:
        return f"{provider} did not answer within {TEST_S:.0f} s; the key stays untested."
    keys.note(provider, verdict)
    if verdict == "refused":
        return f"{provider} refused the key; `homeport keys add {provider}` keeps another."
    return f"The key of {provider} is valid."


async def _verdict(adapter: Adapter, permit: Permit) -> Literal["valid", "refused"]:
    check_key = getattr(adapter, "check_key", None)
    if check_key is not None:
        verdict: Literal["valid", "refused"] = await check_key(permit)
        return verdict
    try:
        await adapter.models(permit)
    except AttemptFailed as failed:
        if failed.failure.kind == "unauthorized":
            return "refused"
        raise
    return "valid"
