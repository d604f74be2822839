"""Whether a kept answer still holds for a prompt: its values are gathered here, and logged.

The judgement itself is pure (`homeport.policies.kept_answer`), so that it replays.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

import msgspec

from homeport.daemon.caching.kept import Stored
from homeport.daemon.money.price import Price
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.trials.tried import version_of
from homeport.policies.kept_answer import KeptAnswer, Objection, objection
from homeport.policies.model import ModelCard, Policy

KNOWN = 64
"""Policies whose digest is remembered."""


class Digests:
    """Short names of policies and prices. A policy lasts, so its digest is made once."""

    def __init__(self) -> None:
        self._policies: dict[int, tuple[Policy, str]] = {}
        """By identity; it keeps them alive."""

    def __repr__(self) -> str:
        return f"Digests({len(self._policies)} policies)"

    def policy(self, policy: Policy) -> str:
        """Of all that it says; another word in it is another digest."""
        known = self._policies.get(id(policy))
        if known is not None:
            return known[1]
        if len(self._policies) >= KNOWN:
            self._policies.clear()
        digest = digest_of(policy)
        self._policies[id(policy)] = (policy, digest)
        return digest

    def price(self, price: Price | None) -> str:
        """Of the row in force: its rates, and the day since which it is. Empty where unknown."""
        if price is None:
            return ""
        row: Mapping[str, object] = {"rates": price.rates, "date": price.date}
        return digest_of(row)

    def of_request(self, request: Request, rooms: Rooms) -> str:
        """Of the policy that holds for it."""
        return self.policy(rooms.policy_named(request.ask.policy))

    def of_decided(self, request: Request, rooms: Rooms) -> str:
        """Of the policy that it was decided under, whatever holds since."""
        decided = request.policy
        return self.of_request(request, rooms) if decided is None else self.policy(decided)

    def of_card(self, card: ModelCard, rooms: Rooms) -> str:
        """Of what its model charges now."""
        return self.price(rooms.price_of(card))


def digest_of(value: object) -> str:
    """Of a value, by its fields."""
    return hashlib.blake2b(msgspec.json.encode(value), digest_size=16).hexdigest()


def judged(
    stored: Stored, request: Request, rooms: Rooms, digests: Digests, now_ms: int
) -> Objection | None:
    """None where it may be given. The values and the outcome go into the decision's log."""
    step = request.steps[-1]
    card = next((c.card for c in step.candidates if c.card.id == stored.model), None)
    kept = KeptAnswer(
        of=stored.request,
        model=stored.model,
        version=stored.version,
        policy=stored.policy,
        price=stored.price,
        kept_ms=stored.kept_ms,
        ttl_ms=stored.ttl_ms,
        now_ms=now_ms,
        version_now=weights_of(card) if card is not None else "",
        policy_now=digests.of_request(request, rooms),
        price_now=digests.of_card(card, rooms) if card is not None else "",
        private=stored.private,
    )
    found = objection(kept, step.ask, step.candidates, step.budget, step.policy, step.decision)
    sentence = found.sentence if found is not None else ""
    request.steps[-1] = dataclasses.replace(step, kept=kept, kept_out=sentence)
    return found


def weights_of(card: ModelCard) -> str:
    """What tells its weights from others; never empty."""
    return f"v{version_of(card)}"
