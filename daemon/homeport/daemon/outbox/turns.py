"""Whose turn it is: the oldest of whoever has had the least. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from homeport.daemon.outbox.item import Item

Claimant = tuple[str, str]
"""A client, and the file of prompts that it put there: each file stands in line by itself."""


def claimant_of(item: Item) -> Claimant:
    """In whose line it stands."""
    return item.client, item.batch


def next_of(
    firsts: Mapping[Claimant, Item],
    running: Mapping[Claimant, int],
    served: Mapping[Claimant, int],
) -> Item | None:
    """The item that is to go next, of the first ones of each line; None where there is none.

    Who has fewer on their way goes first, then whose turn was longest ago (`served`
    counts up), then who came first.
    """
    return min(
        firsts.values(),
        key=lambda item: (
            running.get(claimant_of(item), 0),
            served.get(claimant_of(item), 0),
            item.at_ms,
        ),
        default=None,
    )
