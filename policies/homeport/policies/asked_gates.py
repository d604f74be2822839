"""Which gates are asked: one that cannot object to anybody in a situation is left out.

What comes of it is what comes of asking all of `GATES` about every candidate. Nearly
every candidate stands well, and is asked about by a third of them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from homeport.policies.gates import GATES, VECTORS, Gate, first_veto
from homeport.policies.model import Candidate
from homeport.policies.rules.rule import Orders
from homeport.policies.situation import DISTANCE, Situation

Asked = tuple[tuple[str, Gate], ...]
"""Names and functions, in the order of `GATES`."""


class AskedGates(NamedTuple):
    """The gates of one situation."""

    of_all: Asked
    of_the_sound: Asked
    """Of candidates that are sound: whatever looks at how they stand has no objection."""

    def veto(self, candidate: Candidate, situation: Situation) -> tuple[str, str] | None:
        """The first gate that objects, and its sentence; None where none does."""
        asked = self.of_the_sound if is_sound(candidate) else self.of_all
        return first_veto(candidate, situation, asked)


def is_sound(candidate: Candidate) -> bool:
    """Nothing of how it stands would be an objection: it is there, reached, has room and a price.

    One that is not may pass the gates as well: they are asked.
    """
    return (
        candidate.state == "ready"
        and candidate.link in _USABLE_LINKS
        and candidate.breaker == "closed"
        and candidate.key in _USABLE_KEYS
        and candidate.rate is None
        and candidate.queue_bound is None
        and candidate.cost_nano is not None
        and candidate.worst_cost_nano is not None
    )


_USABLE_LINKS = ("ok", "unknown")
_USABLE_KEYS = ("valid", "not-needed", "untested")

OF_ITS_STANDING = frozenset({"link", "key", "state", "memory", "breaker", "rate", "queue", "price"})
"""Gates that have no objection to a sound candidate, whatever is asked."""


ONLY_SOMETIMES = (
    *("privacy", "mode", "requested", "rule", "tried", "battery"),
    *("capability", "held", "continuation", "tool_costs", "max_cost", "budget"),
)
"""Gates that can object in some situations only; every other one can in any."""


def have_a_say(situation: Situation) -> tuple[bool, ...]:
    """Whether each of these may object to anybody."""
    ask, home = situation.ask, situation.stays_home
    return (
        home == "private",
        home == "local-only" or situation.mode == "cloud-only",
        _asks_for_some(situation),
        bool(situation.ruling.by) and _keeps_out(situation.ruling.orders),
        bool(situation.history),
        bool(situation.policy.battery_floor),
        bool(ask.needs),
        bool(ask.held_by),
        ask.answer_tokens > 0,
        "server_tools" in ask.needs,
        ask.max_cost_nano is not None,
        bool(situation.budget.windows),
    )


def _asks_for_some(situation: Situation) -> bool:
    ask = situation.ask
    return (
        bool(ask.only)
        or situation.named is not None
        or situation.wish.kind in ("local", "cloud")
        or situation.farthest < DISTANCE["cloud"]
        or (bool(ask.needs) and not VECTORS.isdisjoint(ask.needs))
    )


def _keeps_out(orders: Orders) -> bool:
    if orders.refuse or orders.places or orders.allow or orders.deny:
        return True
    return orders.dearest_nano is not None


def asked_gates(situation: Situation) -> AskedGates:
    """Those that may object to some candidate."""
    return _those(have_a_say(situation))


@lru_cache(maxsize=256)
def _those(say: tuple[bool, ...]) -> AskedGates:
    idle = {name for name, may in zip(ONLY_SOMETIMES, say, strict=True) if not may}
    asked = tuple([row for row in GATES if row[0] not in idle])
    return AskedGates(asked, tuple([row for row in asked if row[0] not in OF_ITS_STANDING]))
