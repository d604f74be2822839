"""`GET` and `DELETE /v1/responses/{id}`, its `/input_items`, and `/cancel`.

An answer in the background is shown as it stands, and its events can be watched
from any of them on, for as long as it runs and a little longer.
"""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.daemon.api.answer_marks import EVENT_STREAM, stream_headers
from homeport.daemon.api.call import JSON, Call
from homeport.daemon.api.house import House
from homeport.daemon.api.relay import Relay
from homeport.daemon.api.responses.history import is_unfinished, items_of, said_in
from homeport.daemon.api.responses.ids import is_ours
from homeport.daemon.api.responses.running import STOPPED, Running
from homeport.daemon.api.responses.sse import BEAT
from homeport.daemon.storage.texts_responses import KeptResponse
from homeport.policies.errors import BadRequest, NotFound

START = "/v1/responses/"
ITEMS = "/input_items"
CANCEL = "/cancel"
MOST_ITEMS = 100
USUAL_ITEMS = 20


async def show(call: Call, house: House) -> None:
    """One kept answer, or what was said before it."""
    name = call.path.removeprefix(START)
    if name.endswith(ITEMS):
        await _show_items(call, house, name.removesuffix(ITEMS))
        return
    running = house.background.get(name)
    if call.query().get("stream") in ("true", "1"):
        if running is None:
            raise BadRequest(
                "A kept answer is whole: leave `stream` out.",
                code="unsupported_value",
                param="stream",
            )
        await watch(call, running)
        return
    await call.reply(200, running.object if running else await _object(house, name), JSON)


async def watch(call: Call, running: Running) -> None:
    """Pass on the events of an answer in the background; to hang up stops nothing."""
    after = call.query().get("starting_after", "-1")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else -1
    relay = Relay(call, EVENT_STREAM, lambda: stream_headers(running.view), lambda: BEAT)
    await relay.run(running.events(number), bytes)
    await relay.finish()


async def act(call: Call, house: House) -> None:
    """`POST …/cancel`: stop an answer in the background; one that is over is shown."""
    name = call.path.removeprefix(START)
    if not name.endswith(CANCEL):
        raise NotFound(f"There is no route {call.path[:200]!r} here.", code="no_route")
    name = name.removesuffix(CANCEL)
    running = house.background.get(name)
    if running is not None:
        await house.background.cancel(running)
        await call.reply(200, running.object, JSON)
        return
    kept = await _object(house, name)
    if not msgspec.json.decode(kept).get("background"):
        raise BadRequest(
            "Only an answer in the background can be cancelled; hang up to stop another.",
            code="invalid_field",
            param="id",
        )
    await call.reply(200, kept, JSON)


async def _object(house: House, name: str) -> bytes:
    """A kept answer; one that a stop of the daemon left unfinished has failed."""
    response = await house.daemon.responses.get(name)
    if response is None:
        return await _in_the_outbox(house, name)
    kept = msgspec.json.decode(response.object)
    if not is_unfinished(kept):
        return response.object
    error = {"code": "server_error", "message": STOPPED}
    return msgspec.json.encode({**kept, "status": "failed", "error": error})


async def _in_the_outbox(house: House, name: str) -> bytes:
    """A prompt that is kept until it can be sent, as it stands."""
    if not house.has_outbox:
        raise _not_kept(name)
    from homeport.daemon.api.keeping import kept_response

    found = await kept_response(house, name)
    if found is None:
        raise _not_kept(name)
    return found


async def forget(call: Call, house: House) -> None:
    """Delete one kept answer; what went on from it cannot be gone on from after that."""
    name = call.path.removeprefix(START)
    running = house.background.get(name)
    if running is not None:
        await house.background.cancel(running)
        house.background.forget(name)
    if not await house.daemon.responses.forget(name):
        raise _not_kept(name)
    await call.reply_json({"id": name, "object": "response", "deleted": True})


async def _show_items(call: Call, house: House, name: str) -> None:
    chain = await house.daemon.responses.conversation(name)
    if not chain or is_ours(chain[0].previous):
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
