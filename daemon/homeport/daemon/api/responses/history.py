"""What was said before: the conversation that `previous_response_id` goes on from.

It is read from what is kept here, so that any model can go on from an answer of
any other. An upstream of this wire gets the whole conversation in `input`: it
may not be the one that gave the earlier answers. What began with an answer that
is not ours, and that is not kept here, only its own provider can go on from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from homeport.daemon.api.responses.ids import is_ours
from homeport.daemon.api.responses.sealing import is_sealed
from homeport.daemon.storage.texts_responses import KeptResponse, KeptResponses
from homeport.policies.errors import BadRequest

_encode = msgspec.json.encode


class Before(msgspec.Struct, frozen=True):
    """A conversation up to a request."""

    items: list[dict[str, Any]] = []
    private: bool = False
    """A part of it must not leave this machine."""
    elsewhere: str = ""
    """The id of an answer that comes before the items, and that only a provider knows."""


async def said_before(kept: KeptResponses, previous: str | None) -> Before:
    """Everything up to and with an answer.

    Raises `BadRequest` where it is ours and not kept, or not whole yet.
    """
    if not previous:
        return Before()
    chain = await kept.conversation(previous)
    first = chain[0].previous if chain else previous
    if is_ours(first):
        raise not_found(previous, "`storage.responses_days` says how long answers are kept.")
    if chain and is_unfinished(msgspec.json.decode(chain[-1].object)):
        raise BadRequest(
            f"The answer {previous[:80]!r} is not whole yet: fetch it until it is `completed`.",
            code="previous_response_not_ready",
            param="previous_response_id",
        )
    items = [item for response in chain for item in said_in(response)]
    return Before(items, any(response.private for response in chain), first)


def not_found(previous: str, why: str) -> BadRequest:
    """There is no going on from this answer."""
    return BadRequest(
        f"The answer {previous[:80]!r} is not kept here, or not the whole conversation"
        f" before it: send the items themselves. {why}",
        code="previous_response_not_found",
        param="previous_response_id",
    )


def is_unfinished(response: dict[str, Any]) -> bool:
    """Whether the object is of an answer in the background that was not whole when it was kept."""
    return response.get("status") in ("queued", "in_progress")


def said_in(response: KeptResponse) -> list[dict[str, Any]]:
    """The items that one request brought, and those of its answer."""
    output = msgspec.json.decode(response.object).get("output")
    return [*items_of(msgspec.json.decode(response.items)), *(output or ())]


def items_of(given: Any) -> list[Any]:
    """The field `input` as a list of items."""
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}] if given else []
    return list(given or ())


def raw_for_upstream(
    body: bytes, fields: dict[str, msgspec.Raw], before: Before, items: Sequence[Any]
) -> bytes:
    """The body for an upstream of this wire: as it came, unless it needs what is known here."""
    known = [*items_known_upstream(before.items), *items_known_upstream(items)]
    in_background = bytes(fields.get("background", b"")) == b"true"
    if not before.items and not in_background and known == list(items):
        return body
    patched: dict[str, Any] = {**fields, "input": known}
    for name in ("previous_response_id", "background"):
        patched.pop(name, None)
    if before.elsewhere:
        patched["previous_response_id"] = before.elsewhere
    return _encode(patched)


def items_known_upstream(items: Iterable[Any]) -> list[Any]:
    """Items without ids that were made here, and without reasoning that its provider would not
    know: that of others, and what broke off."""
    known = []
    for item in items:
        if not isinstance(item, dict):
            continue
        ours = is_ours(item.get("id"))
        if item.get("type") == "reasoning" and _is_foreign(item, ours=ours):
            continue
        known.append({k: v for k, v in item.items() if k != "id"} if ours else item)
    return known


def _is_foreign(item: dict[str, Any], *, ours: bool) -> bool:
    """OpenAI can neither decrypt it nor look it up, or never heard its end."""
    if item.get("status") == "incomplete":
        return True
    encrypted = item.get("encrypted_content")
    if isinstance(encrypted, str) and encrypted:
        return is_sealed(encrypted)
    return ours or not item.get("id")
