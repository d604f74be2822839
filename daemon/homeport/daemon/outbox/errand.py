"""`Errand`: one sending of an item, as the router and the doors tell of it."""

from __future__ import annotations

import secrets
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
        key: str = "",
        pinned: str = "",
    ) -> None:
        """`stays_home`: the link does not hold, so that only models at home may answer; `looks`:
        it is not its time yet, so that only the cache of answers may. `pinned`: the model that
        may have answered it before, and knows it again by its `key`."""
        self.item_id = item_id
        self.key = key or secrets.token_hex(16)
        self.pinned = pinned
        self.is_known = False
        """The server that it left for last knows it again."""
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

    async def leaves(self, request: str, model: str, *, idempotent: bool = False) -> None:
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
        if self.pinned not in ("", model):
            raise NothingAnswered(
                f"{self.pinned} may have answered it, and nobody else is asked before that is "
                "known.",
                code="nothing_ready",
                status=503,
            )
        now_ms, key = self._clock_ms(), self.key if idempotent else ""
        leaves = partial(moves.leaves, decision=request, model=model, now_ms=now_ms, key=key)
        await self._items.change(self.item_id, leaves)
        self.left, self.is_known = True, idempotent

    def failed(self, kind: FailureKind, sentence: str, *, unsure: bool) -> None:
        """An attempt failed; `unsure` where its provider may have worked on it."""
        self.last = kind
        if unsure:
            self.unsure = self.unsure or sentence
