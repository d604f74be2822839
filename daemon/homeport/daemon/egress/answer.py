"""An answer whose head has come, as adapters and the httpx faces read it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator


class Answer(ABC):
    """Status and headers; iterating gives the body as it arrives, nothing held back."""

    __slots__ = ("raw_headers", "status")

    def __init__(self) -> None:
        self.status = 0
        self.raw_headers: list[tuple[bytes, bytes]] = []

    @property
    def headers(self) -> dict[str, str]:
        """By names in lower case; those that stand more than once, joined by a comma."""
        found: dict[str, str] = {}
        for raw_name, raw_value in self.raw_headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece = await self.piece()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Drop the connection, unless the whole body came."""
        self.close()

    @abstractmethod
    async def piece(self) -> bytes:
        """The bytes that have come; waits for some; empty at the end. Raises `Trouble`."""

    @abstractmethod
    def close(self) -> None:
        """Drop the connection, unless the whole body came."""
