"""The cache of answers: looks for a prompt's answer, has it judged, and keeps new ones.

Looked for after the prompt was decided on, so that privacy, rules and modes are known;
before anything is announced or refused, since a kept answer needs no way to its model
and no money.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from homeport.adapters.base import CacheWish
from homeport.client.wire import CacheReport, CacheView
from homeport.daemon.caching.entry import Body, Unkeepable, body_of, packed, unpacked
from homeport.daemon.caching.flights import SHARE, Flights
from homeport.daemon.caching.judging import Digests, judged, weights_of
from homeport.daemon.caching.keeping import kept_out, not_kept
from homeport.daemon.caching.kept import KeptAnswers, Stored
from homeport.daemon.caching.key import Keys, last_words
from homeport.daemon.caching.showing import given, show_given
from homeport.daemon.caching.visit import Asking, Found, Visit
from homeport.daemon.config.settings import Cache as Bounds
from homeport.daemon.housekeeping import guarded
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.policies.errors import NotFound

if TYPE_CHECKING:
    from homeport.daemon.caching.meaning import Meanings, Vector
    from homeport.daemon.caching.near import Near
    from homeport.daemon.caching.told import Remembered

log = logging.getLogger("homeport.cache")

ALWAYS = CacheWish()
"""What holds where the config caches and the caller says nothing."""


class Cache:
    """Owns who waits for what, and the counts since the start. Made at its first use."""

    def __init__(self, kept: KeptAnswers, keys: Keys, clock_ms: Callable[[], int]) -> None:
        self.kept = kept
        self._keys = keys
        self._clock_ms = clock_ms
        self._digests = Digests()
        self._flights = Flights()
        self._counts: Counter[str] = Counter()
        """Visits by outcome."""
        self._saved_nano = 0
        self._keeping: set[asyncio.Task[None]] = set()
        self._meanings: Meanings | None = None
        """Made when a vector is first asked for."""

    def __repr__(self) -> str:
        return f"Cache({dict(self._counts)}, {self._flights!r})"

    async def visit(self, request: Request, rooms: Rooms) -> Visit | None:
        """What the cache does for a prompt that was decided on; None is nothing.

        Raises `NotFound` where the caller wants a kept answer or none.
        """
        bounds, asked = rooms.config().cache, request.prompt.labels.cache
        if asked is not None and asked.use == "off":
            return None
        visit, reason = None, kept_out(request.prompt, request.ask, asked, bounds)
        if reason:
            _say(request, "bypass", reason)
        else:
            visit = await self._visited(request, rooms, asked or ALWAYS)
        self._count(request.view.cache)
        if asked is not None and asked.use == "only" and not isinstance(visit, Found):
            raise _nothing_kept(request)
        return visit

    async def has(self, request: Request, rooms: Rooms) -> bool:
        """Whether a kept answer would be given. Nothing is begun, counted or shown."""
        bounds, asked = rooms.config().cache, request.prompt.labels.cache
        if asked is not None and asked.use in ("off", "refresh"):
            return False
        if kept_out(request.prompt, request.ask, asked, bounds):
            return False
        wish = asked or ALWAYS
        try:
            stored = await self.kept.find(await self._keys.of(request.prompt, wish))
        except OSError:  # the key cannot be kept; a visit says so
            return False
        asking = Asking(request, rooms, wish, b"", self._ended)
        return stored is not None and not await self._objection(stored, asking)

    async def _visited(self, request: Request, rooms: Rooms, wish: CacheWish) -> Visit | None:
        try:
            key = await self._keys.of(request.prompt, wish)
        except OSError as error:
            log.warning("answers are not cached, for their key cannot be kept: %s", error)
            _say(request, "bypass", "The key of the cache cannot be kept; the log says why.")
            return None
        asking = Asking(request, rooms, wish, key, self._ended)
        try:
            found = await self._looked_for(asking)
        except BaseException:
            asking.ended()
            raise
        if found is not None or wish.use == "only":
            asking.ended()
        return found or asking

    async def _looked_for(self, asking: Asking) -> Found | None:
        wish, compares = asking.wish, asking.rooms.config().cache.near
        if compares:
            asking.near = await self._keys.of_meaning(asking.request.prompt, wish)
            if asking.rooms.config().cache.near_embedding:
                asking.around = await self._keys.of_surroundings(asking.request.prompt, wish)
        if wish.use == "refresh":
            _say(asking.request, "miss", "It was asked afresh, as its caller wished.")
            return None
        found = await self._exact(asking)
        return await self._near(asking) if found is None and asking.near is not None else found

    async def _exact(self, asking: Asking) -> Found | None:
        """The answer that is kept, or that somebody else is being given at the moment.

        One looks for all, and where there is none asks for all; the others wait for that.
        """
        request = asking.request
        while not self._flights.begin(asking.key):
            request.announce("queued")
            try:
                stored = await self._flights.wait(asking.key, request.seconds_left * SHARE)
            except TimeoutError:
                _say(request, "miss", "Somebody else is being given its answer, and takes long.")
                return None
            _decide_afresh(request, asking.rooms)
            found = await self._given(stored, asking) if stored is not None else None
            if found is not None:
                return found
        asking.flies = True
        asking.stored = await self.kept.find(asking.key)
        return await self._given(asking.stored, asking)

    async def _near(self, asking: Asking) -> Found | None:
        """The answer to a prompt that says the same in other words."""
        from homeport.daemon.caching.near import nearest

        words = last_words(asking.request.prompt)
        if asking.near is None or words is None:
            return None
        others = await self.kept.neighbours(asking.near, asking.key)
        near = await nearest(words, others)
        if near is None and asking.around is not None:
            near = await self._near_in_meaning(words, asking.around, asking)
        if near is None:
            return None
        return await self._given(await self.kept.find(near.key), asking, near.similarity)

    async def _near_in_meaning(self, words: str, around: bytes, asking: Asking) -> Near | None:
        from homeport.daemon.caching.meaning import LOOK_S
        from homeport.daemon.caching.near import nearest_in_meaning

        if not await self.kept.has_around(around):
            return None  # its vector is made when its answer is kept
        asking.vector = vector = await self._vector(words, asking, LOOK_S)
        if vector is None:
            return None
        others = await self.kept.around(around, vector.embedder, asking.key)
        least = asking.rooms.config().cache.near_least
        return await nearest_in_meaning(words, vector.packed, others, least)

    async def _vector(self, words: str, asking: Asking, seconds: float) -> Vector | None:
        if self._meanings is None:
            from homeport.daemon.caching.meaning import Meanings

            self._meanings = Meanings()
        model = asking.rooms.config().cache.near_embedding
        if not model:
            return None
        ask = asking.request.ask
        return await self._meanings.of(words, ask, asking.rooms, model, seconds)

    async def _given(
        self, stored: Stored | None, asking: Asking, similarity: float | None = None
    ) -> Found | None:
        """What is kept, where it may be given; else the row says why not."""
        request = asking.request
        if stored is None:
            if request.view.cache is None:
                _say(request, "miss", "No answer is kept for this prompt.")
            return None
        reason = await self._objection(stored, asking)
        body = None if reason else _read(stored)
        if body is None:
            why = reason or "It cannot be read."
            _say(request, "miss", f"The answer of {stored.request} is kept, and not given: {why}")
            return None
        await self.kept.used(stored)
        show_given(request, given(stored, self._clock_ms(), similarity), stored)
        return Found(body)

    async def _objection(self, stored: Stored, asking: Asking) -> str:
        """Why it may not be given. What never may be again is forgotten."""
        now_ms, wish = self._clock_ms(), asking.wish
        if wish.max_age_s is not None and now_ms - stored.kept_ms > wish.max_age_s * 1000:
            return "It is older than the caller wants it."
        if stored.private and not asking.rooms.config().cache.private:
            return "It was made of a private prompt."
        found = judged(stored, asking.request, asking.rooms, self._digests, now_ms)
        if found is not None and found.dies:
            await self.kept.forget(stored.key)
        return found.sentence if found is not None else ""

    def _count(self, view: CacheView | None) -> None:
        if view is not None:
            self._counts[view.outcome] += 1
            self._saved_nano += (view.saved_nano or 0) if view.of else 0

    # -- keeping

    def _ended(self, asking: Asking) -> None:
        """Keep the answer, where there is one to be given again, and tell who waits for it."""
        remembered, asking.remembered = asking.remembered, None
        stored, found = None, asking.stored
        try:
            if remembered is not None and asking.wish.keeps:
                stored = self._to_keep(asking, remembered)
        except Unkeepable as reason:
            log.info("the answer of %s is not cached: %s", asking.request.id, reason)
        finally:
            if asking.flies:
                asking.flies = False
                self._flights.land(asking.key, stored or found)
        if stored is not None and self.kept.hold(stored):
            self._keep_soon(stored, asking)

    def _keep_soon(self, stored: Stored, asking: Asking) -> None:
        keeping = guarded(partial(self._keep, stored, asking))
        try:
            task = asking.rooms.tasks.create_task(keeping)
        except RuntimeError:  # the daemon stops
            keeping.close()
        else:
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)

    async def _keep(self, stored: Stored, asking: Asking) -> None:
        """With the vector of its prompt, which nobody waits for."""
        if asking.around is not None and stored.words is not None:
            vector = asking.vector
            if vector is None:
                from homeport.daemon.caching.meaning import KEEP_S

                vector = await self._vector(stored.words, asking, KEEP_S)
            if vector is not None:
                stored = msgspec.structs.replace(
                    stored, around=asking.around, embedder=vector.embedder, vector=vector.packed
                )
                self.kept.held_as(stored)
        await self.kept.keep(stored)

    async def written_down(self) -> None:
        """Wait until every answer that is to be kept is."""
        while self._keeping:
            await asyncio.wait(tuple(self._keeping))

    def _to_keep(self, asking: Asking, remembered: Remembered) -> Stored | None:
        """None where nothing was said, or not to its end. Raises `Unkeepable`."""
        if remembered.finish is None or not remembered.said:
            return None
        body = body_of(remembered.said, remembered.finish)
        request, bounds = asking.request, asking.rooms.config().cache
        answered, data = request.answered, packed(body)
        if answered is None or not request.finished:
            raise Unkeepable("nobody answered it whole")
        reason = not_kept(body, len(data), bounds)
        if reason:
            raise Unkeepable(reason)
        return Stored(
            n=0,
            key=asking.key,
            request=request.id,
            model=answered.card.id,
            version=weights_of(answered.card),
            strategy=request.view.strategy,
            policy=self._digests.of_decided(request, asking.rooms),
            price=self._digests.price(request.payments.price_held(answered)),
            kept_ms=self._clock_ms(),
            ttl_ms=_ttl_ms(asking.wish, bounds),
            cost_nano=request.view.cost_nano,
            private=request.ask.privacy == "private",
            body=data,
            near=asking.near,
            words=last_words(request.prompt) if asking.near is not None else None,
        )

    # -- what people ask

    async def forget_of(self, request: str) -> int:
        """Forget the answer of a request, once it is kept; how many there were."""
        await self.written_down()
        return await self.kept.forget_of(request)

    async def clear(self) -> int:
        """Forget all; how many answers that were."""
        await self.written_down()
        return await self.kept.clear()

    async def report(self, bounds: Bounds, path: str) -> CacheReport:
        """What is kept, and what it was good for."""
        await self.written_down()
        return CacheReport(
            exact=bounds.exact,
            near=bounds.near,
            near_embedding=bounds.near_embedding if bounds.near else "",
            ttl_s=bounds.ttl_s,
            most_answers=bounds.entries,
            most_bytes=bounds.bytes,
            rows=await self.kept.rows(),
            hits=self._counts["hit"],
            near_hits=self._counts["near"],
            misses=self._counts["miss"],
            bypassed=self._counts["bypass"],
            saved_nano=self._saved_nano,
            path=path,
            trouble=self.kept.trouble or (self._meanings.trouble if self._meanings else ""),
        )


def _say(request: Request, outcome: str, sentence: str) -> None:
    request.change(cache=CacheView(outcome, sentence))  # type: ignore[arg-type]


def _read(stored: Stored) -> Body | None:
    try:
        return unpacked(stored.body)
    except msgspec.MsgspecError as error:
        log.warning("the kept answer of %s cannot be read: %s", stored.request, error)
        return None


def _ttl_ms(wish: CacheWish, bounds: Bounds) -> int:
    return (bounds.ttl_s if wish.ttl_s is None else wish.ttl_s) * 1000


def _decide_afresh(request: Request, rooms: Rooms) -> None:
    """Time has passed since it was decided on. Where the person is to be asked at a limit, that
    stands: a prompt asks them when it is first decided on, or not at all."""
    ask, policy = request.ask, request.steps[0].policy
    if policy.at_limit != "ask":
        request.decide(rooms.fleet.candidates(ask), rooms.ledger.budget(ask), policy)


def _nothing_kept(request: Request) -> NotFound:
    view = request.view.cache
    why = view.sentence if view is not None else ""
    return NotFound(
        f"There is no answer in the cache to give, and nothing else was wanted: {why}",
        code="not_cached",
        decision=request.id,
    )
