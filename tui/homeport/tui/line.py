"""All that the terminal interface asks of a daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from homeport.client.link import News, Watch, get, post
from homeport.client.wire import LinkView, Why


class Line(Protocol):
    """A line to a daemon, real or scripted."""

    def news(self) -> AsyncIterator[News]:
        """Everything that happens, without end."""
        ...

    def retry(self) -> None:
        """Looks for the daemon at once."""
        ...

    async def why(self, request_id: str) -> Why:
        """Everything about one decision. Raises ClientError."""
        ...

    async def set_offline(self, offline: bool) -> LinkView:
        """Goes offline by choice, or online again. Raises ClientError."""
        ...


class DaemonLine:
    """The line to the daemon of this user."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __repr__(self) -> str:
        return f"DaemonLine({self._watch!r})"

    def news(self) -> AsyncIterator[News]:
        """Everything that happens, without end."""
        return self._watch.news()

    def retry(self) -> None:
        """Looks for the daemon at once."""
        self._watch.retry()

    async def why(self, request_id: str) -> Why:
        """Everything about one decision. Raises ClientError."""
        return await get(self._watch.where, f"decisions/{request_id}", Why)

    async def set_offline(self, offline: bool) -> LinkView:
        """Goes offline by choice, or online again. Raises ClientError."""
        return await post(self._watch.where, "link", {"offline": offline}, LinkView)
