"""Keeps a prompt in the outbox, and tells its caller in the shape of the wire that it came by.

There is no answer yet, so each wire's object comes without one: no choices, no
content, and the object `homeport` that names the item. The status is 202, on a
stream too. OpenAI's Responses alone have a word for it: `queued`.
"""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Callable
from typing import Any

import msgspec

from homeport.client.wire import AskDeferred, OutboxItem
from homeport.daemon.api.answer_marks import EVENT_STREAM
from homeport.daemon.api.body_fields import fields_of
from homeport.daemon.api.call import JSON, NDJSON, Call
from homeport.daemon.api.errors import wire_of
from homeport.daemon.api.house import House
from homeport.daemon.api.put_off import PutOff, Tried
from homeport.daemon.bus import now_ms
from homeport.daemon.outbox.doors import ASK, STREAMING, kept_headers
from homeport.daemon.outbox.item import Item, Kept, view_of
from homeport.daemon.outbox.moves import CUT_OFF
from homeport.daemon.outbox.outcome import wait_ms
from homeport.policies.errors import NotFound

ANSWERS = "/homeport/v1/outbox/"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_encode = msgspec.json.Encoder().encode


def new_item_id(key: str = "") -> str:
    """Short, and safe to say aloud; the same each time for the same key."""
    drawn = hashlib.blake2b(key.encode(), digest_size=10).digest() if key else os.urandom(10)
    return "ob" + "".join(ALPHABET[byte % 32] for byte in drawn)


async def keep(call: Call, house: House, put_off: PutOff) -> None:
    """On disk before the caller hears of it. Raises `HomeportError` where it cannot be kept."""
    kept = _kept_of(call, put_off)
    if not await house.outbox.put([kept]):
        kept = await house.outbox.get(kept.item.id)  # the same key came before
    item = view_of(kept.item, len(kept.body))
    if call.started:
        await call.finish(_last_words(call, item, put_off))
        return
    call.further = (
        (b"x-homeport-deferred", b"true"),
        (b"x-homeport-outbox", item.id.encode()),
        (b"location", f"{ANSWERS}{item.id}/answer".encode()),
    )
    kind, body = _told(call, item, item.sentence)
    await call.reply(202, body, kind)


def _kept_of(call: Call, put_off: PutOff) -> Kept:
    labels, at_ms = put_off.labels, now_ms()
    key = call.header(b"idempotency-key")
    # Another prompt under the same key is no repetition: it must not get this one's answer.
    asked = hashlib.blake2b(call.received, digest_size=16).hexdigest() if key else ""
    item = Item(
        id=new_item_id(f"{labels.client}\n{call.path}\n{key}\n{asked}" if key else ""),
        at_ms=at_ms,
        since_ms=at_ms,
        from_ms=at_ms,
        path=call.path,
        query=call.query_string.decode("latin-1"),
        headers=kept_headers(call.headers),
        client=labels.client,
        model=labels.model,
        private=labels.private,
        when="off-peak" if labels.defer == "off-peak" else "online",
        sentence=put_off.sentence,
        asks_home=labels.defer == "off-peak",
    )
    if put_off.tried is not None:
        item = _as_tried(item, put_off.tried)
    return Kept(item, call.received)


def _as_tried(item: Item, tried: Tried) -> Item:
    """It was asked at once: it waits a while, or for the person's word."""
    known = msgspec.structs.replace(item, decision=tried.decision, answered_by=tried.model)
    if tried.unsure:
        sentence = f"{item.sentence.rstrip('.')}. {CUT_OFF}."
        return msgspec.structs.replace(
            known, state="uncertain", sentence=sentence, cost_nano=tried.cost_nano
        )
    chance = random.random()  # noqa: S311 - no secret
    next_ms = item.at_ms + wait_ms(tried.error, 0, chance)
    return msgspec.structs.replace(known, tries=1, next_ms=next_ms)


def _last_words(call: Call, item: OutboxItem, put_off: PutOff) -> bytes:
    """The end of an answer of which something was told already."""
    if call.path == ASK:
        return _encode(AskDeferred(item, item.sentence)) + b"\n"
    tried = put_off.tried
    if tried is None or call.last_words is None:
        return b""
    told = f"{item.sentence.rstrip('.')}. It is kept ({item.state}): homeport outbox show {item.id}"
    tried.error.sentence = told
    return call.last_words(tried.error)


def _told(call: Call, item: OutboxItem, because: str) -> tuple[bytes, bytes]:
    """The content type and the body."""
    wire = wire_of(call.path, call.headers)
    homeport = {
        "deferred": True,
        "outbox": item.id,
        "state": item.state,
        "because": because,
        "answer": f"{ANSWERS}{item.id}/answer",
    }
    if wire == "homeport" and call.path == ASK:
        return NDJSON, _encode(AskDeferred(item, because)) + b"\n"
    return _SHAPES[wire](call, item, homeport)


def _of_openai(call: Call, item: OutboxItem, homeport: dict[str, Any]) -> tuple[bytes, bytes]:
    made = {"id": item.id, "created": item.at_ms // 1000, "model": item.model}
    if call.path == "/v1/responses":
        return _of_responses(call, item, homeport)
    kind = "text_completion" if call.path == "/v1/completions" else "chat.completion"
    if not _streams(call):
        return JSON, _encode({"object": kind, **made, "choices": [], "homeport": homeport})
    chunk = "chat.completion.chunk" if kind == "chat.completion" else kind
    event = _encode({"object": chunk, **made, "choices": [], "homeport": homeport})
    return EVENT_STREAM, b"data: " + event + b"\n\ndata: [DONE]\n\n"


def _of_responses(call: Call, item: OutboxItem, homeport: dict[str, Any]) -> tuple[bytes, bytes]:
    response = _response(item) | {"homeport": homeport}
    if not _streams(call):
        return JSON, _encode(response)
    return EVENT_STREAM, b"".join(
        b"event: %s\ndata: %s\n\n"
        % (kind, _encode({"type": kind.decode(), "sequence_number": n, "response": response}))
        for n, kind in enumerate((b"response.created", b"response.queued"))
    )


def _response(item: OutboxItem) -> dict[str, Any]:
    """OpenAI's object of an answer that is not there."""
    status = {"queued": "queued", "sending": "in_progress", "cancelled": "cancelled"}
    failed = item.state not in status
    error = {"code": "server_error", "message": item.sentence} if failed else None
    return {
        "id": item.id,
        "object": "response",
        "created_at": item.at_ms // 1000,
        "status": status.get(item.state, "failed"),
        "background": True,
        "model": item.model,
        "output": [],
        "error": error,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


async def kept_response(house: House, item_id: str) -> bytes | None:
    """What `GET /v1/responses/{id}` shows of a kept prompt of that wire; None for any other."""
    try:
        kept = await house.outbox.get(item_id)
    except NotFound:
        return None
    if kept.item.path != "/v1/responses":
        return None
    if kept.item.state == "answered" and kept.answer:
        await house.outbox.mark_read(item_id)
        return kept.answer
    return _encode(_response(view_of(kept.item)))


def _of_anthropic(call: Call, item: OutboxItem, homeport: dict[str, Any]) -> tuple[bytes, bytes]:
    message: dict[str, Any] = {
        "id": item.id,
        "type": "message",
        "role": "assistant",
        "model": item.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
        "homeport": homeport,
    }
    if not _streams(call):
        return JSON, _encode(message)
    start = _encode({"type": "message_start", "message": message})
    stop = _encode({"type": "message_stop", "homeport": homeport})
    return EVENT_STREAM, (
        b"event: message_start\ndata: %s\n\nevent: message_stop\ndata: %s\n\n" % (start, stop)
    )


def _of_gemini(call: Call, item: OutboxItem, homeport: dict[str, Any]) -> tuple[bytes, bytes]:
    told = _encode({"candidates": [], "responseId": item.id, "homeport": homeport})
    if not call.path.endswith(STREAMING):
        return JSON, told
    if call.query().get("alt") == "sse":
        return EVENT_STREAM, b"data: " + told + b"\r\n\r\n"
    return JSON, b"[" + told + b"]"


def _of_ollama(call: Call, item: OutboxItem, homeport: dict[str, Any]) -> tuple[bytes, bytes]:
    made_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(item.at_ms / 1000))
    said: dict[str, Any] = {"response": ""}
    if call.path == "/api/chat":
        said = {"message": {"role": "assistant", "content": ""}}
    line = {"model": item.model, "created_at": made_at, **said, "done": True}
    told = _encode({**line, "done_reason": "deferred", "homeport": homeport})
    return (NDJSON, told + b"\n") if _streams(call, unless_told=True) else (JSON, told)


def _streams(call: Call, *, unless_told: bool = False) -> bool:
    given = fields_of(call.received).get("stream")
    return unless_told if given is None else bytes(given) == b"true"


_SHAPES: dict[str, Callable[[Call, OutboxItem, dict[str, Any]], tuple[bytes, bytes]]] = {
    "openai": _of_openai,
    "anthropic": _of_anthropic,
    "gemini": _of_gemini,
    "ollama": _of_ollama,
}
