"""What tests of downloads share: a reporter that remembers, and permits of the real egress."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from homeport.daemon.download.wanted import PermitFor
from homeport.daemon.egress.permits import Egress


class Heard:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.received: list[int] = []

    def progress(self, received: int, total: int | None) -> None:
        """So far."""
        self.received.append(received)

    def told(self, sentence: str) -> None:
        """A sentence."""
        self.sentences.append(sentence)


@contextlib.asynccontextmanager
async def permits() -> AsyncIterator[PermitFor]:
    """Permits as the program itself gets them."""
    egress = Egress(environment={})
    try:
        yield egress.download_permit
    finally:
        await egress.close()
