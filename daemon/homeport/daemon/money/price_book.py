"""The price book: what a model charges, from a table that is made off the daemon's path.

The table is compiled from `genai-prices` by a program of its own and kept in
the cache folder until that package changes. Until it is there, and wherever it
has no answer, a price is unknown, which is never free.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import gmtime, time

import msgspec

from homeport.daemon.money.own_prices import Listed, OwnPrices
from homeport.daemon.money.price import FREE, Price, price_of
from homeport.daemon.money.price_table import (
    FORMAT,
    PricedModel,
    PricedProvider,
    PriceTable,
    source_stamp,
)
from homeport.policies.model import ModelCard

__all__ = ["FREE", "Price", "PriceBook"]

log = logging.getLogger(__name__)

COMPILE_S = 120.0
REMEMBERED = 4096
ALWAYS = -1
MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "PYTHONPATH", "PYTHONHOME", "SYSTEMROOT", "TMPDIR")
"""All of the environment that the compiling program gets; no key is among them."""

NO_CONTEXT: Mapping[str, str] = {}


class PriceBook:
    """Owns the table of prices. `load` may be called at any time, and again."""

    def __init__(
        self,
        cache_dir: Path | str,
        *,
        own: OwnPrices | None = None,
        takes_fetched: Callable[[], bool] = lambda: False,
    ) -> None:
        """`own` are the person's own prices, above the table; `takes_fetched` is whether a list
        that was fetched may take the place of the installed one."""
        self._path = Path(cache_dir) / f"prices-{FORMAT}.json"
        self._takes_fetched = takes_fetched
        self.fetched = Path(cache_dir) / "prices-fetched.json"
        self.own = own or OwnPrices()
        self._table: PriceTable | None = None
        self._opened: dict[str, PricedProvider] = {}
        self._models: dict[str, PricedModel | None] = {}
        self._known: dict[tuple[object, ...], tuple[int, Price | None]] = {}
        self._loading = asyncio.Lock()
        self.ready = False
        """Whether `price` answers for good: a table is loaded, or none can be had."""
        self.trouble = ""
        """Why there is no table, as a sentence; empty where there is one."""
        self.refresh_trouble = ""
        """Why the newest list was not taken, as a sentence; empty where it was, or nobody asked."""

    def __repr__(self) -> str:
        return f"<PriceBook {self._table.source if self._table else self.trouble or 'not loaded'}>"

    async def load(self) -> None:
        """Read the table, or have it made first. Does not raise: `trouble` says what went wrong."""
        async with self._loading:
            fetched = self.fetched if self._takes_fetched() else None
            table = await asyncio.to_thread(_cached, self._path, fetched)
            if table is None:
                self.trouble = await self._compile(fetched)
                table = await asyncio.to_thread(_cached, self._path, fetched)
            if table is None:
                self.trouble = self.trouble or "The table of prices cannot be read."
                log.warning("cloud prices are unknown: %s", self.trouble)
            else:
                self.trouble = ""
            # The person's own are held against the list before any of both counts.
            await asyncio.to_thread(self.own.look, _listed_in(table or self._table), anew=True)
            if table is not None:
                self._table = table
                self._opened, self._models, self._known = {}, {}, {}
            self.ready = True

    async def look(self) -> bool:
        """Take the person's own prices where they changed; whether they did. Those that are taken
        before there is a list are held against it when it comes."""
        return await asyncio.to_thread(self.own.look, _listed_in(self._table))

    async def take(self, fetched: bytes) -> str:
        """Use a newer list; a sentence where it is not one, and nothing has changed then."""
        new = self.fetched.with_suffix(".new")
        async with self._loading:
            try:
                await asyncio.to_thread(_write, new, fetched)
                trouble = await self._compile(new)
                if trouble:
                    return trouble
                new.replace(self.fetched)
            except OSError as error:
                return f"{self.fetched} cannot be written: {error.strerror}."
            finally:
                new.unlink(missing_ok=True)
        await self.load()
        return self.trouble

    def price(
        self, card: ModelCard, at_ms: int, context: Mapping[str, str] = NO_CONTEXT
    ) -> Price | None:
        """What the model charges at that moment; None is unknown.

        `context` holds what the request says of itself and changes its price,
        such as `service_tier`.
        """
        ref = card.price_ref or (card.id if card.place == "cloud" else "")
        if not ref:
            return FREE
        if ref in self.own.prices:
            return self.own.prices[ref]
        if self.own.in_doubt:
            return None
        minute = at_ms // MINUTE_MS
        key = (ref, *sorted(context.items())) if context else (ref,)
        known_at, price = self._known.get(key, (None, None))
        if known_at not in (minute, ALWAYS):
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known_at, price = self._look_up(ref, minute, context)
            self._known[key] = (known_at, price)
        return price

    def listed(self, ref: str, at_ms: int) -> Price | None:
        """What the table says of a name, whatever the person says; None where nothing."""
        return self._look_up(ref, at_ms // MINUTE_MS, NO_CONTEXT)[1]

    def _look_up(
        self, ref: str, minute: int, context: Mapping[str, str]
    ) -> tuple[int, Price | None]:
        """The price, and the minute it is good for."""
        table = self._table
        if table is None:
            return minute, None
        if ref not in self._models:
            self._models[ref] = table.find(ref, self._opened)
        model = self._models[ref]
        if model is None:
            return ALWAYS, None
        good_for = ALWAYS if len(model.rows) == 1 and not context else minute
        return good_for, _price_at(model, ref, minute, context, table.source)

    async def _compile(self, fetched: Path | None) -> str:
        """Have the table made; a sentence where that failed."""
        if not await asyncio.to_thread(source_stamp):
            return "The package genai-prices is not installed; install it to use cloud models."
        environment = {n: v for n, v in os.environ.items() if n in KEPT_VARIABLES}
        try:
            program = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "homeport.daemon.money.price_compiler"),
                *(str(self._path), *([str(fetched)] if fetched else [])),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
            )
        except OSError as error:
            return f"The program that makes the table of prices cannot be run: {error.strerror}."
        try:
            async with asyncio.timeout(COMPILE_S):
                _, complaint = await program.communicate()
        except TimeoutError:
            return f"Making the table of prices took more than {COMPILE_S:.0f} s."
        finally:
            if program.returncode is None:
                program.kill()
                await program.wait()
        if program.returncode == 0:
            return ""
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        return f"The table of prices could not be made in {self._path.parent} ({last})."


def _price_at(
    model: PricedModel, ref: str, minute: int, context: Mapping[str, str], source: str
) -> Price | None:
    day, of_day = _utc(minute)
    amounts = model.amounts_at(day, of_day, context)
    if not amounts and ref.endswith(":free"):
        return FREE
    # A day ahead: the clock that counts is the provider's, when the answer is whole.
    others = model.amounts_until(day, _utc(minute + DAY_MINUTES)[0], context)
    date = model.row_at(day, of_day).from_day
    return price_of(amounts, others, source=source, date=date)


def _listed_in(table: PriceTable | None) -> Listed:
    """What a table says today; for a thread, and so with nothing that the book remembers."""
    opened: dict[str, PricedProvider] = {}
    minute = int(time() // 60)

    def listed(ref: str) -> Price | None:
        model = None if table is None else table.find(ref, opened)
        if table is None or model is None:
            return None
        return _price_at(model, ref, minute, NO_CONTEXT, table.source)

    return listed


def _utc(minute: int) -> tuple[str, int]:
    """Day (ISO 8601) and minute of the day."""
    at = gmtime(minute * 60)
    return f"{at.tm_year:04d}-{at.tm_mon:02d}-{at.tm_mday:02d}", at.tm_hour * 60 + at.tm_min


def _write(path: Path, text: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(text)


def _cached(path: Path, fetched: Path | None) -> PriceTable | None:
    """The table on disk; None where there is none, it is damaged, or made from something else."""
    try:
        table = msgspec.json.decode(path.read_bytes(), type=PriceTable)
    except (OSError, msgspec.MsgspecError):
        return None
    current = table.format == FORMAT and table.stamp == source_stamp(fetched)
    return table if current else None
