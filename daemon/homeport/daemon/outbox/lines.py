"""From lines of a file, in the shape of OpenAI's batches, to items."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.client.wire import BatchLine, OutboxOrder
from homeport.daemon.api.keeping import new_item_id
from homeport.daemon.outbox.doors import refuse_strange_url
from homeport.daemon.outbox.item import Item, Kept
from homeport.policies.errors import BadRequest

MOST_NAME = 200


class _Body(msgspec.Struct):
    """What is known of a line before its door reads it."""

    model: str = ""
    homeport: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body)


def kepts_of(order: OutboxOrder, at_ms: int) -> list[Kept]:
    """One item for each line. Raises `BadRequest` that names the line at fault."""
    if not 8 <= len(order.batch) <= MOST_NAME or not order.batch.isprintable():
        raise BadRequest("`batch` must have 8 to 200 letters.", param="batch")
    return [_kept(line, order, at_ms, number) for number, line in enumerate(order.lines)]


def _kept(line: BatchLine, order: OutboxOrder, at_ms: int, number: int) -> Kept:
    if not 0 < len(line.custom_id) <= MOST_NAME:
        raise BadRequest("A `custom_id` must have 1 to 200 letters.", param=f"lines[{number}]")
    refuse_strange_url(line.url)
    try:
        read = _body.decode(line.body)
    except msgspec.MsgspecError as error:
        raise BadRequest(f"`body`: {error}.", param=f"lines[{number}].body") from None
    private = read.homeport.get("private") is True or read.homeport.get("privacy") == "private"
    item = Item(
        id=new_item_id(),
        at_ms=at_ms,
        since_ms=at_ms,
        from_ms=at_ms,
        path=line.url,
        client=order.client,
        model=read.model,
        private=private,
        when=order.when,
        batch=order.batch,
        custom_id=line.custom_id,
        asks_cache="cache" in read.homeport,
        asks_home=True,
    )
    return Kept(item, bytes(line.body))
