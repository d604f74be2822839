"""The answer of one request over an own connection."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from homeport.daemon.egress.answer import Answer
from homeport.daemon.egress.troubles import Trouble

HELD_BYTES: Final = 256 * 1024
"""So many unread bytes stop the reading of the connection."""


class Source(Protocol):
    """What an answer needs of its connection."""

    def abort(self) -> None:
        """Close at once."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...


class Http1Answer(Answer):
    """Filled by its connection, emptied by whoever asked.

    What came before a trouble is handed out before it.
    """

    __slots__ = ("_ended", "_held_bytes", "_source", "_trouble", "_waiting", "pieces")

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source: Source | None = source
        """None once the answer no longer needs it."""
        self.pieces: list[bytes] = []
        """Of the body, not taken yet; its connection adds to them."""
        self._held_bytes = 0
        self._ended = False
        self._trouble: Trouble | None = None
        self._waiting: asyncio.Future[None] | None = None

    # To whoever asked

    async def head(self) -> None:
        """Wait for status and headers."""
        while not self.status:
            if self._trouble is not None:
                raise self._trouble
            await self._news()

    async def piece(self) -> bytes:
        """All bytes that have come, as one."""
        while not self.pieces:
            if self._trouble is not None:
                raise self._trouble
            if self._ended:
                return b""
            await self._news()
        pieces, self.pieces = self.pieces, []
        if self._held_bytes > HELD_BYTES and self._source is not None:
            self._source.resume()
        self._held_bytes = 0
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Drop the connection, unless the whole body came."""
        source, self._source = self._source, None
        if source is not None:
            source.abort()

    # From the connection, which calls `wake` when it has told everything it knows

    def came(self, size: int) -> None:
        """So many bytes, most of them of the body: a bound of what is held."""
        self._held_bytes += size

    @property
    def is_full(self) -> bool:
        """More should not be read before some was taken."""
        return self._held_bytes > HELD_BYTES and sum(map(len, self.pieces)) > HELD_BYTES

    def end(self) -> None:
        """The body is whole."""
        self._ended = True
        self._source = None

    def fail(self, trouble: Trouble) -> None:
        """No more will come."""
        self._trouble = trouble
        self._source = None

    def wake(self) -> None:
        """Let who waits look again."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def _news(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None
