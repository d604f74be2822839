"""`/homeport/v1/outbox`: prompts that are kept until they can be sent, and their answers."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from homeport.client.wire import OutboxDetail, OutboxOrder, OutboxReport, OutboxTaken
from homeport.daemon.api.call import JSON, Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms
from homeport.daemon.outbox.item import Kept, view_of
from homeport.daemon.outbox.lines import kepts_of
from homeport.daemon.outbox.moves import WrongState
from homeport.policies.errors import NotFound

START = "/homeport/v1/outbox/"
ANSWER = "/answer"
MOST = 1000


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done with one item, or with every line of a file."""

    action: Literal["retry", "drop", "read"]


_order = msgspec.json.Decoder(OutboxOrder)
_action = msgspec.json.Decoder(Order)


async def listing(call: Call, house: House) -> None:
    """Every item; `?batch=` those of a file, `?after=` those behind one, `?limit=` so many."""
    items = await house.outbox.every()
    query = call.query()
    if query.get("batch"):
        items = [item for item in items if item.batch.startswith(query["batch"])]
    ids = [item.id for item in items]
    begin = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
    limit = call.number("limit", MOST, MOST)
    page = tuple(items[begin : begin + limit])
    more = len(items) > begin + limit
    await call.reply_json(OutboxReport(house.outbox.view(), page, more))


async def put(call: Call, house: House) -> None:
    """Lines of a file; all of them are on disk when this is answered, or none."""
    order = await call.decoded(_order)
    kepts = kepts_of(order, now_ms())
    added = await house.outbox.put(kepts)
    await call.reply_json(OutboxTaken(added, len(kepts) - added, house.outbox.view()))


async def show(call: Call, house: House) -> None:
    """One item with its texts; with `/answer` behind it, the answer as its door gives it."""
    name = call.path.removeprefix(START)
    if name.endswith(ANSWER):
        await _give(call, house, await house.outbox.resolve(name.removesuffix(ANSWER)))
        return
    kept = await house.outbox.get(await house.outbox.resolve(name))
    await call.reply_json(_detail(kept))


async def _give(call: Call, house: House, item_id: str) -> None:
    """202 while there is none, 410 where there will be none. Whoever gets it has read it."""
    kept = await house.outbox.get(item_id)
    call.further = ((b"x-homeport-outbox", item_id.encode("ascii", "replace")),)
    if not (kept.answer and kept.intact):
        status = 202 if kept.item.state in ("queued", "sending") else 410
        await call.reply_json(_detail(kept), status=status)
        return
    await call.reply(kept.item.status or 200, kept.answer, JSON)
    if kept.item.state == "answered":
        await house.outbox.mark_read(item_id)


async def act(call: Call, house: House) -> None:
    """Retry, drop, or say that the answer was read: of one item, or of a file's lines."""
    order = await call.decoded(_action)
    name = call.path.removeprefix(START)
    outbox = house.outbox
    item_id = await outbox.resolve(name)
    lines = outbox.lines_of(name) if len(name) >= 8 else []
    if not lines:
        await call.reply_json({"items": [await _acted(house, order.action, item_id)]})
        return
    done = []
    for line in lines:
        try:
            done.append(await _acted(house, order.action, line))
        except (NotFound, WrongState):
            continue
    await call.reply_json({"items": done})


async def _acted(house: House, action: str, item_id: str) -> Any:
    outbox = house.outbox
    do = {"retry": outbox.retry, "drop": outbox.drop, "read": outbox.mark_read}[action]
    return await do(item_id)


def _detail(kept: Kept) -> OutboxDetail:
    """An answer that was changed on disk is nobody's."""
    item = view_of(kept.item, len(kept.body) + len(kept.answer))
    answer = kept.answer if kept.intact else b""
    return OutboxDetail(item, _plain(kept.body), _plain(answer))


def _plain(text: bytes) -> Any:
    """JSON as values; what is none as text, nothing as nothing."""
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return text.decode("utf-8", "replace")
