"""One prompt's visit to the cache: what was found for it, or what is to be kept of its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeport.adapters.base import CacheWish
from homeport.daemon.caching.entry import Body
from homeport.daemon.caching.told import Remembered, ToldAgain
from homeport.daemon.strategies.choosing import answer_of

if TYPE_CHECKING:
    from homeport.daemon.caching.kept import Stored
    from homeport.daemon.caching.meaning import Vector
    from homeport.daemon.routing.request import Request
    from homeport.daemon.routing.rooms import Rooms


class Found:
    """A kept answer is given."""

    answers = True

    def __init__(self, body: Body) -> None:
        self._body = body

    def deltas(self, request: Request, rooms: Rooms) -> ToldAgain:
        """Those of the kept answer."""
        return ToldAgain(request, self._body, rooms.clock_ms)

    def ended(self) -> None:
        """Nothing is to be kept."""


class Asking:
    """The prompt is asked; its answer is to be kept."""

    answers = False

    def __init__(
        self,
        request: Request,
        rooms: Rooms,
        wish: CacheWish,
        key: bytes,
        over: Callable[[Asking], None],
    ) -> None:
        """`over` is called when its answer is whole, or there is none."""
        self.request = request
        self.rooms = rooms
        self.wish = wish
        self.key = key
        self.near: bytes | None = None
        """Key of the prompts that may say the same, where they are looked for."""
        self.around: bytes | None = None
        """Key of the prompts that may mean the same, where meanings are compared."""
        self.vector: Vector | None = None
        """Of its last words, once it was asked for and is there."""
        self.flies = False
        """Others wait for its answer."""
        self.stored: Stored | None = None
        """What was found under its key, whether it may be given or not."""
        self.remembered: Remembered | None = None
        self._over = over

    def deltas(self, request: Request, rooms: Rooms) -> Remembered:
        """Those of the answer as it comes."""
        self.remembered = Remembered(answer_of(request, rooms))
        return self.remembered

    def ended(self) -> None:
        """The answer is whole, or there is none. May be called again."""
        self._over(self)


Visit = Found | Asking
