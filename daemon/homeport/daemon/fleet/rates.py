"""How often each model may be asked: requests and tokens a minute.

What the person says of a model or of its server counts, and what the answers of
its provider tell. Of a provider in the cloud that told nothing yet, a number is
taken by the tier of its model. What comes of an answer's headers is exact for
requests, and the provider's word for tokens, of which our count is a guess.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from homeport.adapters.http.rate_limits import MINUTE_S, Allowance, Counted, allowances
from homeport.adapters.places import place_of_host
from homeport.daemon.fleet.abilities import ability
from homeport.daemon.fleet.token_bucket import TokenBucket
from homeport.policies.model import Ask, ModelCard, Rate, RateSource

STRONG_FROM, MIDDLE_FROM = 80.0, 65.0
"""Points of ability from which a model is of the upper tiers."""
UNTOLD = (20, 50, 100)
"""Requests a minute where nobody says: of a strong model, a middle one, a light one."""
SERVER = "server"
"""Buckets that all models of a server share are named by this and what they count."""


class Cost(NamedTuple):
    """What one prompt takes of its model's limits."""

    input: int
    output: int

    def of(self, counts: str) -> int:
        """In what a bucket counts."""
        if counts == "requests":
            return 1
        if counts == "tokens":
            return self.input + self.output
        return self.input if counts == "input" else self.output


class ServerBounds(NamedTuple):
    """What the config says of a server as a whole; None is no bound."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


NO_BOUNDS = ServerBounds()


def cost_of(ask: Ask) -> Cost:
    """What is expected of a prompt and its answer."""
    return Cost(ask.input_tokens + ask.answer_tokens, ask.output_tokens)


def untold_per_minute(card: ModelCard) -> int | None:
    """Requests a minute where nobody says; None at home, and for servers of the person's own."""
    if card.place != "cloud" or place_of_host(card.host.partition(":")[0]) != "cloud":
        return None
    points, _ = ability(card)
    strong, middle, light = UNTOLD
    return strong if points >= STRONG_FROM else middle if points >= MIDDLE_FROM else light


class Limited:
    """The limits of one model by one way to it (a server, a key)."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._buckets: dict[str, tuple[TokenBucket, RateSource]] = {}
        self._closed_until_s = 0.0
        self.is_untouched = True
        """Nothing was ever taken, told or closed: there is room, without a look at the clock."""

    def __repr__(self) -> str:
        return f"Limited({', '.join(f'{name}: {b!r}' for name, (b, _) in self._buckets.items())})"

    def __bool__(self) -> bool:
        return bool(self._buckets)

    def bound(self, counts: str, per_minute: int | None, source: RateSource) -> None:
        """Somebody says how much there is in a minute; what was told before of it goes."""
        known = self._buckets.get(counts)
        if per_minute is None:
            if known is not None and known[1] == source:
                del self._buckets[counts]
        elif known is None or (known[1], known[0].limit) != (source, per_minute):
            self._buckets[counts] = TokenBucket(per_minute, MINUTE_S, self._clock_s), source

    def knows(self, counts: str) -> bool:
        """Whether it has a limit of this."""
        return counts in self._buckets

    @property
    def told_per_minute(self) -> int | None:
        """Requests a minute, where the person or the provider has said so."""
        bucket, source = self._buckets.get("requests", (None, "guess"))
        if bucket is None or source == "guess" or bucket.period_s != MINUTE_S:
            return None
        return round(bucket.limit)

    def share(self, counts: str, bucket: TokenBucket | None) -> None:
        """A bucket of the whole server counts too, where there is one."""
        name = f"{SERVER} {counts}"
        if bucket is not None:
            self._buckets[name] = bucket, "config"
            self.is_untouched = False  # others take of it
        else:
            self._buckets.pop(name, None)

    def learn(self, told: Iterable[Allowance]) -> None:
        """What an answer told. It takes the place of a guess, never that of the person's word."""
        for allowance in told:
            self._learn(allowance)

    def _learn(self, told: Allowance) -> None:
        self.is_untouched = False
        known = self._buckets.get(told.counts)
        if known is not None and known[1] == "config":
            return
        bucket = known[0] if known else TokenBucket(told.limit, told.period_s, self._clock_s)
        told_before = known is not None and known[1] == "provider"
        exact = told_before and told.counts == "requests" and bucket.limit == told.limit
        bucket.learn(told.limit, told.remaining, told.period_s, exact=exact)
        self._buckets[told.counts] = bucket, "provider"

    def take(self, cost: Cost) -> None:
        """A prompt is sent."""
        self.is_untouched = False
        for name, (bucket, _) in self._buckets.items():
            bucket.take(cost.of(counted(name)))

    def give(self, cost: Cost) -> None:
        """It was not sent after all."""
        for name, (bucket, _) in self._buckets.items():
            bucket.give(cost.of(counted(name)))

    def correct(self, expected: Cost, real: Cost) -> None:
        """What an answer really took is known; a provider tells the rest of its own by itself."""
        for name, (bucket, source) in self._buckets.items():
            if source != "provider" and counted(name) != "requests":
                bucket.take(real.of(counted(name)) - expected.of(counted(name)))

    def wait_s(self, cost: Cost, ahead: int = 0) -> float:
        """Seconds until there is room for it, behind others of its kind."""
        waits = [self._wait_s(name, cost, ahead) for name in self._buckets]
        return max([*waits, self._closed_until_s and self._closed_until_s - self._clock_s(), 0.0])

    def close(self, for_s: float) -> None:
        """This way is not to be used for so long."""
        self.is_untouched = False
        self._closed_until_s = max(self._closed_until_s, self._clock_s() + for_s)

    @property
    def is_closed(self) -> bool:
        """It is not to be used now."""
        return self._clock_s() < self._closed_until_s

    def _wait_s(self, name: str, cost: Cost, ahead: int) -> float:
        bucket, amount = self._buckets[name][0], cost.of(counted(name))
        return bucket.wait_s(amount) + ahead * amount * bucket.period_s / bucket.limit

    def rate(self, cost: Cost, ahead: int = 0) -> Rate | None:
        """The limit that holds it back longest; None where there is room."""
        waits = [(self._wait_s(name, cost, ahead), name) for name in self._buckets]
        wait_s, name = max(waits, default=(0.0, ""))
        if wait_s <= 0:
            return None
        bucket, source = self._buckets[name]
        return Rate(
            limit=round(bucket.limit),
            period_s=round(bucket.period_s),
            counts="requests" if counted(name) == "requests" else "tokens",
            source=source,
            free_ms=max(1, round(wait_s * 1000)),
        )


def counted(name: str) -> Counted:
    """What a bucket counts, its own or its server's."""
    return name.removeprefix(f"{SERVER} ")  # type: ignore[return-value]  # a name of these


class Rates:
    """The limits of every model, by the way to it. What was learned outlives a new config."""

    def __init__(
        self,
        bounds: Callable[[str], ServerBounds] = lambda _: NO_BOUNDS,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bounds = bounds
        self._clock_s = clock_s
        self._by_way: dict[tuple[str, str], Limited] = {}
        self._of_servers: dict[tuple[str, str], TokenBucket] = {}

    def __repr__(self) -> str:
        return f"Rates({sum(map(bool, self._by_way.values()))} limited)"

    def of(self, card: ModelCard, way: str) -> Limited:
        """The limits of a model by one way, under the config in force."""
        limited = self._by_way.get((way, card.id))
        if limited is None:
            limited = self._by_way[way, card.id] = Limited(self._clock_s)
        limited.bound("requests", card.requests_per_minute, "config")
        limited.bound("tokens", card.tokens_per_minute, "config")
        if not limited.knows("requests"):
            limited.bound("requests", untold_per_minute(card), "guess")
        bounds = self._bounds(card.provider)
        for counts, said in zip(("requests", "tokens"), bounds, strict=True):
            limited.share(counts, None if said is None else self._of_server(way, counts, said))
        return limited

    def _of_server(self, way: str, counts: str, per_minute: int) -> TokenBucket:
        bucket = self._of_servers.get((way, counts))
        if bucket is None or bucket.limit != per_minute:
            bucket = TokenBucket(per_minute, MINUTE_S, self._clock_s)
            self._of_servers[way, counts] = bucket
        return bucket

    def hear(self, limited: Limited, headers: Mapping[str, str]) -> None:
        """The head of an answer came."""
        told = allowances(headers, now_s=time.time())
        if told:
            limited.learn(told)
