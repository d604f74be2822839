"""`Errand`: one sending of an item, as the router and the doors tell of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from homeport.client.wire import RequestView
from homeport.daemon.outbox import moves
from homeport.daemon.outbox.items import Items
from homeport.policies.errors import NothingAnswered
from homeport.policies.model import FailureKind


class Errand:
    """Writes down that the item leaves, before it does; knows what became of its attempts."""

    def __init__(
        self,
        item_id: str,
        items: Items,
        clock_ms: Callable[[], int],
        *,
        stays_home: bool,
        looks: bool = False,
    ) -> None:
        """`stays_home`: the link does not hold, so that only models at home may answer; `looks`:
        it is not its time yet, so that only the cache of answers may."""
        self.item_id = item_id
        self.looks = looks
        self.stays_home = stays_home
        self._items = items
        self._clock_ms = clock_ms
        self.left = False
        """A byte of it may have left."""
        self.unsure = ""
        """Why nobody knows whether it was answered, as a sentence; empty where that is known."""
        self.last: FailureKind | None = None
        """How the last attempt failed."""
        self.view: RequestView | None = None
        """Of the last request that was made for it."""

    def __repr__(self) -> str:
        return f"Errand({self.item_id}{', left' if self.left else ''})"

    async def leaves(self, request: str, model: str) -> None:
        """On disk before a byte leaves. Raises where it may not leave, or did and nobody knows
        what became of that."""
        if self.unsure:
            raise NothingAnswered(self.unsure)
        if self.stays_home:
            raise NothingAnswered(
                "The link does not hold, and this would have left the machine.",
                code="nothing_ready",
                status=503,
            )
        now_ms = self._clock_ms()
        leaves = partial(moves.leaves, decision=request, model=model, now_ms=now_ms)
        await self._items.change(self.item_id, leaves)
        self.left = True

    def failed(self, kind: FailureKind, sentence: str, *, unsure: bool) -> None:
        """An attempt failed; `unsure` where its provider may have worked on it."""
        self.last = kind
        if unsure:
            self.unsure = self.unsure or sentence
