"""What was said before: the conversation that `previous_response_id` goes on from.

It is read from what is kept here, so that any model can go on from an answer of
any other. An upstream of this wire gets the whole conversation in `input`: it
may not be the one that gave the earlier answers.
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


async def said_before(kept: KeptResponses, previous: str | None) -> Before:
    """Everything up to and with an answer. Raises `BadRequest` where it is not kept."""
    if not previous:
        return Before()
    chain = await kept.conversation(previous)
    if not chain:
        raise BadRequest(
            f"The answer {previous[:80]!r} is not kept here, or not the whole conversation"
            " before it: send the items themselves. `storage.responses_days` says how long"
            " answers are kept.",
            code="previous_response_not_found",
            param="previous_response_id",
        )
    items = [item for response in chain for item in said_in(response)]
    return Before(items, any(response.private for response in chain))


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
    body: bytes, fields: dict[str, msgspec.Raw], before: Sequence[Any], items: Sequence[Any]
) -> bytes:
    """The body for an upstream of this wire: as it came, unless it needs what is known here."""
    known = [*items_known_upstream(before), *items_known_upstream(items)]
    if not before and known == list(items):
        return body
    patched: dict[str, Any] = {**fields, "input": known}
    patched.pop("previous_response_id", None)
    return _encode(patched)


def items_known_upstream(items: Iterable[Any]) -> list[Any]:
    """Items without ids that were made here, and without reasoning of other providers."""
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
    """OpenAI can neither decrypt it nor look it up."""
    encrypted = item.get("encrypted_content")
    if isinstance(encrypted, str) and encrypted:
        return is_sealed(encrypted)
    return ours or not item.get("id")
