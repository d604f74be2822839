"""`GET` and `DELETE /v1/responses/{id}`, and `GET /v1/responses/{id}/input_items`."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.daemon.api.call import JSON, Call
from homeport.daemon.api.house import House
from homeport.daemon.api.responses.history import items_of, said_in
from homeport.daemon.storage.texts_responses import KeptResponse
from homeport.policies.errors import BadRequest, NotFound

START = "/v1/responses/"
ITEMS = "/input_items"
MOST_ITEMS = 100
USUAL_ITEMS = 20


async def show(call: Call, house: House) -> None:
    """One kept answer, or what was said before it."""
    name = call.path.removeprefix(START)
    if name.endswith(ITEMS):
        await _show_items(call, house, name.removesuffix(ITEMS))
        return
    if call.query().get("stream") in ("true", "1"):
        raise BadRequest(
            "A kept answer is whole: leave `stream` out.", code="unsupported_value", param="stream"
        )
    response = await house.daemon.responses.get(name)
    if response is None:
        raise _not_kept(name)
    await call.reply(200, response.object, JSON)


async def forget(call: Call, house: House) -> None:
    """Delete one kept answer; what went on from it cannot be gone on from after that."""
    name = call.path.removeprefix(START)
    if not await house.daemon.responses.forget(name):
        raise _not_kept(name)
    await call.reply_json({"id": name, "object": "response", "deleted": True})


async def _show_items(call: Call, house: House, name: str) -> None:
    chain = await house.daemon.responses.conversation(name)
    if not chain:
        raise _not_kept(name)
    items = _items(chain)
    if _order(call) == "desc":
        items.reverse()
    after = call.query().get("after")
    if after:
        places = [place for place, item in enumerate(items) if item["id"] == after]
        items = items[places[0] + 1 :] if places else []
    limit = call.number("limit", USUAL_ITEMS, MOST_ITEMS)
    page = items[:limit]
    await call.reply_json(
        {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": len(items) > limit,
        }
    )


def _order(call: Call) -> str:
    order = call.query().get("order", "desc")
    if order not in ("asc", "desc"):
        raise BadRequest("`order` must be `asc` or `desc`.", param="order")
    return order


def _items(chain: list[KeptResponse]) -> list[dict[str, Any]]:
    """What the last answer was given to, each item with an id."""
    *before, last = chain
    items = []
    for response in before:
        items += [_named(response, n, item) for n, item in enumerate(said_in(response))]
    given = items_of(msgspec.json.decode(last.items))
    return items + [_named(last, n, item) for n, item in enumerate(given)]


def _named(response: KeptResponse, number: int, item: dict[str, Any]) -> dict[str, Any]:
    whole = {"type": "message", **item}
    content = whole.get("content")
    if whole["type"] == "message" and isinstance(content, str):
        kind = "output_text" if whole.get("role") == "assistant" else "input_text"
        whole["content"] = [{"type": kind, "text": content}]
    whole["id"] = item.get("id") or f"item_hp_{response.id}_{number}"
    return whole


def _not_kept(name: str) -> NotFound:
    return NotFound(
        f"The answer {name[:80]!r} is not kept here.", code="response_not_found", param="id"
    )
