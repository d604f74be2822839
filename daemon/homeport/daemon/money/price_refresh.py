"""Fetches a newer list of prices than the installed one, once a day, where the person wants that.

The list is that of the makers of `genai-prices`. A request for it carries nothing but its
address; it is made under the egress, and never offline, over a metered connection or while
everything stays at home. A list that is not one changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Protocol

from homeport.adapters.base import AttemptFailed, Permit
from homeport.adapters.places import host_of
from homeport.daemon.config.settings import Prices
from homeport.daemon.egress.troubles import Trouble
from homeport.daemon.money.price_book import PriceBook

log = logging.getLogger(__name__)

LIST_URL = (
    "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/"
    "prices/new_data/v2/data.json"
)
DAY_S = 24 * 3600.0
AGAIN_S = 3600.0
"""After a fetch that failed."""
ANSWER_S = 60.0
CONNECT_S = 5.0
MOST_BYTES = 32 * 2**20


class NotFetched(Exception):
    """A sentence that says why."""


class Gate(Protocol):
    """Gives leave to reach a host: the egress."""

    def download_permit(self, url: str) -> Permit: ...


class PriceRefresh:
    """Owns when the list is asked for."""

    def __init__(
        self,
        book: PriceBook,
        gate: Gate,
        *,
        wanted: Callable[[], Prices],
        may_leave: Callable[[], bool],
    ) -> None:
        """`may_leave` is whether something that can wait may use the connection now."""
        self._book = book
        self._gate = gate
        self._wanted = wanted
        self._may_leave = may_leave
        self._failed_s: float | None = None

    def __repr__(self) -> str:
        return f"PriceRefresh({self._book.refresh_trouble or 'well'})"

    async def fetch_if_due(self) -> bool:
        """Fetch the list where it is time; whether there are new prices."""
        if not self._wanted().refresh or not self._is_due() or not self._may_leave():
            return False
        try:
            async with asyncio.timeout(ANSWER_S):
                fetched = await self._fetched(self._wanted().url or LIST_URL)
            trouble = await self._book.take(fetched)
        except TimeoutError:
            trouble = f"The list of prices did not come within {ANSWER_S:.0f} s."
        except NotFetched as reason:
            trouble = str(reason)
        self._book.refresh_trouble = trouble
        self._failed_s = time.monotonic() if trouble else None
        if trouble:
            log.warning("the prices stay as they are: %s", trouble)
        return not trouble

    def _is_due(self) -> bool:
        if self._failed_s is not None:
            return time.monotonic() - self._failed_s >= AGAIN_S
        try:
            age_s = time.time() - self._book.fetched.stat().st_mtime
        except OSError:
            return True
        return not 0 <= age_s < DAY_S

    async def _fetched(self, url: str) -> bytes:
        host = host_of(url)
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        try:
            permit = self._gate.download_permit(url)
            answer = await permit.send("GET", url, headers=headers, connect_s=CONNECT_S)
            async with aclosing(answer):
                if answer.status != 200:
                    raise NotFetched(f"{host} answered {answer.status} instead of its prices.")
                pieces, size = [], 0
                async for piece in answer:
                    size += len(piece)
                    if size > MOST_BYTES:
                        raise NotFetched(f"{host} sent more than {MOST_BYTES // 2**20} MiB.")
                    pieces.append(piece)
        except AttemptFailed as refused:
            raise NotFetched(refused.failure.sentence) from None
        except Trouble as trouble:
            raise NotFetched(f"{host} could not be asked: {trouble}.") from None
        return b"".join(pieces)
