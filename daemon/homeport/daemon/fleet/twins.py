"""The same model behind several servers: which cards mean the same weights.

What is expected of its answers is the same wherever it runs, so that the one
that is done soonest decides among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from homeport.policies.model import ModelCard


def twins_of(cards: Iterable[ModelCard]) -> Mapping[str, tuple[ModelCard, ...]]:
    """By the id of each model that has a twin: all of them. What is in the cloud has none: there
    a name says little of what is behind it."""
    alike: dict[tuple[object, ...], list[ModelCard]] = defaultdict(list)
    for card in cards:
        if card.place != "cloud":
            name = card.name.lower().removesuffix(":latest")
            alike[name, card.parameters, card.quantisation.upper(), card.version].append(card)
    groups = [tuple(group) for group in alike.values() if len(group) > 1]
    return {card.id: group for group in groups for card in group}
