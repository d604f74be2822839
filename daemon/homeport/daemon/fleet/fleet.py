"""Every model that could be asked, as it stands now.

Owns the adapters, their cards, and each model's live state: in flight, breaker,
speed, and through its entrance who waits. `candidates` turns all of it into the
values that policies judge. Longer than other modules: all of that is told here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from homeport.adapters.base import Adapter, AttemptFailed, Permit
from homeport.adapters.places import place_of_origin
from homeport.client.wire import MachineView, ModelView, RequestView
from homeport.daemon.fleet.abilities import UNJUDGED, Knowledge
from homeport.daemon.fleet.breaker import NOT_ITS_FAULT, Breaker
from homeport.daemon.fleet.breakers import Breakers
from homeport.daemon.fleet.entrance import Entrance
from homeport.daemon.fleet.predictions import (
    FEWEST_OUTPUT,
    expected_nano,
    input_bound,
    times_of,
    warm_tokens,
    worst_nano,
)
from homeport.daemon.fleet.reliability import Reliability
from homeport.daemon.fleet.running import Running
from homeport.daemon.fleet.shares import Shares
from homeport.daemon.fleet.speeds import Speeds
from homeport.daemon.fleet.twins import twins_of
from homeport.daemon.money.price import FREE, Price
from homeport.policies.model import (
    Ask,
    BreakerState,
    Candidate,
    Failure,
    FailureKind,
    KeyState,
    LinkState,
    ModelCard,
    ModelState,
    Place,
)
from homeport.policies.quick import changed, placer

log = logging.getLogger("homeport.fleet")

T = TypeVar("T")

HOME_TIMEOUT_S = 4.0
CLOUD_TIMEOUT_S = 8.0
CLOUD_LISTED_MS = 3_600_000
CLOUD_AGAIN_MS = 60_000
OUTPUT_WHERE_UNKNOWN = 8192

_made = placer(Candidate)


class Surroundings(Protocol):
    """What the fleet asks of others to describe a candidate."""

    def price(self, card: ModelCard, terms: Mapping[str, str] = ...) -> Price | None: ...
    def link_state(self, place: Place) -> LinkState: ...
    def key_state(self, provider: str) -> KeyState: ...
    def machine(self) -> MachineView: ...
    def probe_permit(self, origin: str) -> Permit: ...
    async def prepare(self, origin: str) -> None: ...


class Fleet:
    """The models, by id."""

    def __init__(
        self,
        adapters: Sequence[Adapter],
        around: Surroundings,
        *,
        reply_cap: Callable[[], int],
        tools_nano: Callable[[], int] = lambda: 0,
        clock_ms: Callable[[], int],
        changed: Callable[[], None],
        amended: Callable[[ModelCard], ModelCard] = lambda card: card,
        learned: Knowledge = UNJUDGED,
        entrance: Entrance | None = None,
        place_of: Callable[[str], Place] = place_of_origin,
    ) -> None:
        """`amended` puts what was found of a model above what its label says; `place_of` knows
        where an adapter's origin is."""
        self._place_of = place_of
        self.entrance = entrance or Entrance()
        self._amended = amended
        self._learned = learned
        self._adapters = list(adapters)
        self._around = around
        self._reply_cap = reply_cap
        self._tools_nano = tools_nano
        """What is held for a provider's own tools in one answer."""
        self._clock_ms = clock_ms
        self._changed = changed
        self._has_cloud = any(map(self._is_cloud, self._adapters))
        self._listed: dict[str, ModelCard] = {}
        """As the adapters told of them."""
        self._cards: dict[str, ModelCard] = {}
        self._ids: tuple[str, ...] = ()
        """Of the cards, sorted."""
        self._owner: dict[str, Adapter] = {}
        self._doors: dict[str, list[Adapter]] = {}
        """The adapters that lead to each model: its owner, and others of the same server."""
        self._twins: Mapping[str, tuple[ModelCard, ...]] = {}
        self._trouble: dict[str, Failure] = {}
        self._in_flight: Counter[str] = Counter()
        self._uses: Counter[int] = Counter()
        self._unused: dict[int, asyncio.Event] = {}
        self._running = Running(clock_ms)
        self._breakers = Breakers(clock_ms)
        self._refreshing = asyncio.Lock()
        self._first_look = asyncio.Event()
        self._cloud_due_ms = 0
        self.speeds = Speeds()
        self.shares = Shares()
        self._reliability = Reliability(clock_ms)

    def __repr__(self) -> str:
        places = Counter(card.place for card in self._cards.values())
        counts = ", ".join(f"{places[place]} {place}" for place in ("local", "lan", "cloud"))
        return f"Fleet({counts})"

    # -- what there is

    def ids(self) -> tuple[str, ...]:
        """Every model's id, sorted."""
        return self._ids

    def card(self, model: str) -> ModelCard:
        """By id; KeyError where it went away."""
        return self._cards[model]

    def adapters(self) -> tuple[Adapter, ...]:
        """All of them."""
        return tuple(self._adapters)

    def troubles(self) -> dict[str, Failure]:
        """Per provider, why it could not be asked for its models."""
        return dict(self._trouble)

    @property
    def cloud_unasked(self) -> bool:
        """A cloud provider that could be reached has not been asked for its models lately."""
        if not self._has_cloud or self._clock_ms() < self._cloud_due_ms:
            return False
        return self._around.link_state("cloud") in ("ok", "unknown")

    @property
    def cloud_unknown(self) -> bool:
        """There are cloud providers, and what they offer is not known yet."""
        return self._has_cloud and not any(card.place == "cloud" for card in self._cards.values())

    def may_have(self, name: str) -> bool:
        """Somebody who could not be asked for models may have one of this name."""
        return self.cloud_unknown or name.partition("/")[0] in self._trouble

    async def first_look(self) -> None:
        """Wait until this machine's own models are known."""
        if not self._first_look.is_set():
            await self._first_look.wait()

    def replace_adapters(self, adapters: Sequence[Adapter]) -> list[Adapter]:
        """Swap in the adapters of a new config; gives the old ones, to be closed."""
        old, self._adapters = self._adapters, list(adapters)
        self._has_cloud = any(map(self._is_cloud, self._adapters))
        self._cloud_due_ms = 0
        return old

    # -- looking

    async def refresh(self, *, cloud: bool = False) -> None:
        """Ask every adapter for its models; those in the cloud only where told to."""
        async with self._refreshing:
            asked = [a for a in self._adapters if cloud or not self._is_cloud(a)]
            answers = await asyncio.gather(*(self._ask_models(a) for a in asked))
            if cloud:
                self._note_cloud_listing(asked, answers)
            self._take(dict(zip(map(id, asked), answers, strict=True)))
            for adapter in asked:
                running = getattr(adapter, "running", None)
                if running is not None:
                    self.speeds.told(running())
            await self._learned.prepare(tuple(self._cards.values()))
            self._first_look.set()

    def _note_cloud_listing(
        self, asked: Sequence[Adapter], answers: Sequence[list[ModelCard] | None]
    ) -> None:
        """Ask again in an hour; in a minute where a provider did not answer."""
        silent = any(
            cards is None and self._is_cloud(a) for a, cards in zip(asked, answers, strict=True)
        )
        self._cloud_due_ms = self._clock_ms() + (CLOUD_AGAIN_MS if silent else CLOUD_LISTED_MS)

    async def _ask_models(self, adapter: Adapter) -> list[ModelCard] | None:
        """None where it could not be asked."""
        cloud = self._is_cloud(adapter)
        try:
            async with asyncio.timeout(CLOUD_TIMEOUT_S if cloud else HOME_TIMEOUT_S):
                cards = await adapter.models(await self._probe_permit(adapter.origin))
        except AttemptFailed as failed:
            self._trouble[adapter.provider] = failed.failure
            return None
        except TimeoutError:
            sentence = f"{adapter.provider} did not list its models in time."
            self._trouble[adapter.provider] = _trouble("first_token_timeout", sentence)
            return None
        except Exception:
            log.exception("the adapter %s broke while listing its models", adapter.provider)
            sentence = f"The adapter {adapter.provider} broke; the log says where."
            self._trouble[adapter.provider] = _trouble("garbage", sentence)
            return None
        self._trouble.pop(adapter.provider, None)
        return cards

    def _is_cloud(self, adapter: Adapter) -> bool:
        return bool(adapter.origin) and self._place_of(adapter.origin) == "cloud"

    async def _probe_permit(self, origin: str) -> Permit | None:
        """None for an adapter that opens no connection."""
        if not origin:
            return None
        permit = self._around.probe_permit(origin)
        await self._around.prepare(origin)
        return permit

    def _take(self, answers: dict[int, list[ModelCard] | None]) -> None:
        """Swap in the new cards. A cloud provider out of reach keeps its models."""
        all_listed: dict[str, ModelCard] = {}
        owners: dict[str, Adapter] = {}
        doors: dict[str, list[Adapter]] = {}
        for adapter in self._adapters:
            listed = answers.get(id(adapter))
            if listed is None and (self._is_cloud(adapter) or id(adapter) not in answers):
                listed = [c for c in self._listed.values() if adapter in self._doors[c.id]]
            for card in listed or ():
                if card.id not in all_listed:
                    all_listed[card.id], owners[card.id] = card, adapter
                    doors[card.id] = [adapter]
                elif adapter.origin and adapter.origin == owners[card.id].origin:
                    doors[card.id].append(adapter)
        cards = {model: self._as_it_was(self._amended(c)) for model, c in all_listed.items()}
        differs = cards != self._cards
        self._listed, self._owner, self._ids = all_listed, owners, tuple(sorted(cards))
        self._cards, self._doors = cards, doors
        self._twins = twins_of(cards.values())
        self.entrance.know(cards, doors)
        if differs:
            self.look_at_lines()
            self._changed()

    def _as_it_was(self, card: ModelCard) -> ModelCard:
        """The same object where nothing changed, so that what is made of it stays."""
        known = self._cards.get(card.id)
        return known if known == card else card

    # -- what happens to a model

    def begin(self, model: str, way: int = 0) -> Adapter | None:
        """An attempt starts: with this adapter, to its end; None where the model went away.

        `way` is the one by which it was let in.
        """
        self._in_flight[model] += 1
        self._breakers.begin(model, self._cards.get(model))
        doors = self._doors.get(model)
        adapter = doors[way if way < len(doors) else 0] if doors else None
        if adapter is not None:
            self._uses[id(adapter)] += 1
        return adapter

    def end(self, model: str, adapter: Adapter | None) -> None:
        """It ended, however."""
        self._breakers.release(model, self._cards.get(model))
        self.entrance.leave(model)
        count_down(self._in_flight, model)
        if adapter is not None and not count_down(self._uses, id(adapter)) and self._unused:
            self._tell_unused(adapter)

    @contextmanager
    def borrowed(self, model: str) -> Iterator[Adapter | None]:
        """Its adapter, for something beside answers: no seat is taken, and no breaker is told.
        None where the model went away."""
        adapter = self._owner.get(model)
        if adapter is None:
            yield None
            return
        self._uses[id(adapter)] += 1
        try:
            yield adapter
        finally:
            if not count_down(self._uses, id(adapter)):
                self._tell_unused(adapter)

    def _tell_unused(self, adapter: Adapter) -> None:
        unused = self._unused.pop(id(adapter), None)
        if unused is not None:
            unused.set()

    async def unused(self, adapter: Adapter) -> None:
        """Wait until no attempt runs with an adapter that was replaced."""
        if self._uses[id(adapter)]:
            await self._unused.setdefault(id(adapter), asyncio.Event()).wait()

    def note_failure(self, failure: Failure, *, was_heard: bool = True) -> None:
        """An attempt failed; `was_heard` says that its server said anything at all."""
        card = self._cards.get(failure.model)
        before = self._breaker_state(card)
        self._breakers.fail(failure, card, was_heard=was_heard)
        if failure.kind not in NOT_ITS_FAULT:
            self._reliability.note(failure.model, whole=False)
        state = self._breaker_state(card)
        if state != before:
            log.warning("breaker of %s: %s, %s", failure.model, state, failure.sentence)
            self.look_at_lines()
            self._changed()

    def look_at_lines(self) -> None:
        """Whoever waits for a model that cannot answer any more is told, and goes elsewhere."""
        self.entrance.look(self._is_shut)

    def _is_shut(self, model: str) -> bool:
        """It went away or is left alone, or there is no way or no key to it."""
        card = self._cards.get(model)
        if card is None or self._breaker_state(card) == "open":
            return True
        if self._around.link_state(card.place) not in ("ok", "unknown"):
            return True
        return card.place == "cloud" and self._around.key_state(card.provider) == "refused"

    def opens_in_s(self, model: str) -> float | None:
        """Seconds until a model that is left alone may be tried; None where it may be now."""
        card = self._cards.get(model)
        breaker = None if card is None else self._breakers.of(card)
        if breaker is None or breaker.state != "open":
            return None
        return breaker.opens_in_ms / 1e3

    def slept(self) -> None:
        """This machine slept: its graphics card may have been lost to its models."""
        self.speeds.slept([card.id for card in self._cards.values() if card.place == "local"])

    def forgive(self, place: Place) -> None:
        """The link to a place was lost: who could not be connected to there is not to blame."""
        self._breakers.forgive([card for card in self._cards.values() if card.place == place])

    def note_success(self, model: str) -> None:
        """An attempt was answered whole."""
        self._breakers.succeed(model, self._cards.get(model))
        self._reliability.note(model, whole=True)
        self._running.used(model)

    def recall(self, requests: Iterable[RequestView]) -> None:
        """Learn from requests of earlier runs, the oldest first."""
        for request in requests:
            self.speeds.recall(request)
            self._reliability.recall(request)
            self.shares.recall(request)

    def _breaker_state(self, card: ModelCard | None) -> BreakerState:
        breaker = None if card is None else self._breakers.of(card)
        return "closed" if breaker is None else breaker.state

    # -- as values

    def candidates(self, ask: Ask) -> list[Candidate]:
        """Every model, as it stands for this ask."""
        around = self._around
        machine = around.machine()
        links: dict[Place, LinkState] = {}
        keys: dict[str, KeyState] = {}
        found = []
        for card in self._cards.values():
            place, provider = card.place, card.provider
            if place not in links:
                links[place] = around.link_state(place)
            if place != "cloud":
                key: KeyState = "not-needed"
            elif provider in keys:
                key = keys[provider]
            else:
                key = keys[provider] = around.key_state(provider)
            found.append(self._candidate(card, ask, machine, links[place], key))
        return found

    def let_in(self, candidate: Candidate, ask: Ask) -> Candidate:
        """The same for a prompt that has a seat of it already: it waits for nobody in line."""
        card = candidate.card
        line = self.entrance.line(card.id)
        others = max(self._in_flight.get(card.id, 0), line.taken - 1 if line is not None else 0)
        loads = candidate.state != "ready" and card.place != "cloud"
        speed, warm = self.speeds.of(card), candidate.warm_tokens
        wait_ms, _, _, total_ms = times_of(card, ask, speed, warm, others, loads)
        return changed(
            candidate,
            rate=None,
            queued=0,
            queue_bound=None,
            wait_ms=wait_ms,
            total_ms=total_ms,
        )

    def wait_at_server_ms(self, candidate: Candidate) -> int:
        """Of what a prompt was predicted to wait, what is left of it once it is sent: in a line
        of ours it has waited before."""
        line = self.entrance.line(candidate.card.id)
        if line is not None and line.seats is not None:
            return 0
        return candidate.wait_ms - (candidate.rate.free_ms if candidate.rate is not None else 0)

    def reply_bound(self, card: ModelCard, ask: Ask) -> int:
        """The most output tokens that an attempt is allowed."""
        most = ask.max_tokens if ask.max_tokens is not None else self._reply_cap()
        if card.max_output and card.max_output < most:
            most = card.max_output
        room = OUTPUT_WHERE_UNKNOWN
        if card.context is not None:
            room = card.context - ask.input_tokens
        most = room if room < most else most
        return most if most > 1 else 1

    def _candidate(
        self, card: ModelCard, ask: Ask, machine: MachineView, link: LinkState, key: KeyState
    ) -> Candidate:
        model = card.id
        breaker = self._breakers.of(card)
        state, reason = self._state(card, breaker)
        warm = warm_tokens(card, ask, state) if ask.warm else 0
        busy, rate, queued = self._in_flight.get(model, 0), None, 0
        line = self.entrance.line(model)
        if line is not None:
            rate, queued, turns_before = self.entrance.standing(line, ask)
            busy = max(busy, line.taken) + turns_before
        wait_ms, load_ms, first_token_ms, total_ms = times_of(
            card, ask, self.speeds.of(card), warm, busy, state != "ready" and card.place != "cloud"
        )
        room_ms = rate.free_ms if rate is not None else 0
        quality, source = self._expected(card, ask)
        free_bytes = None
        if card.memory_bytes is not None:
            free_bytes = self._memory_for(card, state, machine)
        price = self._around.price(card)
        return _made(
            card,
            state,
            reason,  # state_reason
            link,
            key,
            breaker.state if breaker is not None else "closed",  # breaker
            breaker.opens_in_ms if breaker is not None else 0,  # breaker_opens_ms
            rate,
            queued,
            self.entrance.most_waiting if queued else None,  # queue_bound
            free_bytes,
            quality,
            source,  # quality_source
            expected_nano(price, ask, warm) if price is not None else None,  # cost_nano
            self._worst_nano(price, card, ask) if price is not None else None,  # worst_cost_nano
            wait_ms + room_ms,  # wait_ms
            load_ms,
            first_token_ms,
            total_ms + room_ms,  # total_ms
            warm,  # warm_tokens
            self._reliability.share(model),  # reliability
        )

    def _expected(self, card: ModelCard, ask: Ask) -> tuple[float, str]:
        """The predicted quality; the mean of all twins, for it is one model."""
        quality, source = self._learned.predicted(card, ask)
        twins = self._twins.get(card.id) if self._twins else None
        if twins is not None:
            every = [self._learned.predicted(twin, ask)[0] for twin in twins]
            quality = round(sum(every) / len(every), 9)
        return quality, source

    def _worst_nano(self, price: Price, card: ModelCard, ask: Ask) -> int:
        if not ask.terms and price is FREE:
            return 0
        reply = self.reply_bound(card, ask)
        if not ask.terms and not ask.needs:
            reply = reply if reply > FEWEST_OUTPUT else FEWEST_OUTPUT
            return price.worst(
                input_bound(card, ask), reply, media=False, kept=ask.caches, searches=0
            )
        prices: tuple[Price, ...] = (price,)
        if ask.terms:
            # Whether they are kept is the provider's to say: the dearer of both.
            prices = price, self._around.price(card, dict(ask.terms)) or price
        tools_nano = self._tools_nano() if "server_tools" in ask.needs else 0
        return worst_nano(prices, card, ask, reply, tools_nano)

    def _state(self, card: ModelCard, breaker: Breaker | None) -> tuple[ModelState, str]:
        if breaker is not None and breaker.state == "open":
            return "failing", breaker.reason
        if card.place == "cloud":
            return "ready", ""
        loaded = getattr(self._owner[card.id], "loaded", None)
        if loaded is None:
            there = card.id in self._in_flight or self._running.has(self._owner[card.id], card.id)
            return ("ready" if there else "loadable"), ""
        live = loaded().get(card.id)
        if live is None:
            return "loadable", ""
        return ("loading" if live.state == "loading" else "ready"), ""

    def _memory_for(self, card: ModelCard, state: str, machine: MachineView) -> int | None:
        """What could be had for it: free memory, and what idle models would give back."""
        if card.memory_bytes is None or machine.memory_free_bytes is None:
            return None
        if state == "ready":
            return max(card.memory_bytes, machine.memory_free_bytes)
        loaded = getattr(self._owner[card.id], "loaded", None)
        models = loaded().values() if loaded is not None else ()
        idle = sum(model.memory_bytes or 0 for model in models if model.state == "ready")
        return machine.memory_free_bytes + idle

    def views(self) -> tuple[ModelView, ...]:
        """For watchers: nearest first."""
        order = {"local": 0, "lan": 1, "cloud": 2}
        cards = sorted(self._cards.values(), key=lambda card: (order[card.place], card.id))
        return tuple(self._view(card) for card in cards)

    def _view(self, card: ModelCard) -> ModelView:
        state, reason = self._state(card, self._breakers.of(card))
        seen = self.speeds.seen(card.id)
        price = self._around.price(card)
        return ModelView(
            id=card.id,
            place=card.place,
            state=state,
            reason=reason or self.speeds.after_sleep.reason(card.id),
            context=card.context,
            capabilities=card.capabilities,
            parameters=card.parameters,
            quantisation=card.quantisation,
            size_bytes=card.size_bytes,
            memory_bytes=card.memory_bytes,
            tokens_per_s=round(seen.tokens_per_s, 1) if seen else None,
            first_token_ms=int(seen.overhead_ms) if seen else None,
            input_nano_per_mtok=price.input_nano_per_mtok if price else None,
            output_nano_per_mtok=price.output_nano_per_mtok if price else None,
            price_source=price.source if price else "",
            demonstration=card.demonstration,
            learned=self._learned.views(card),
            domain=card.domain,
            requests_per_minute=self.entrance.requests_per_minute(card.id),
        )


def count_down(counter: Counter[T], key: T) -> int:
    """One less; nothing is kept of what came to 0."""
    counter[key] -= 1
    return counter[key] if counter[key] > 0 else counter.pop(key) * 0


def _trouble(kind: FailureKind, sentence: str) -> Failure:
    """Of a provider, not of one of its models."""
    return Failure(model="", kind=kind, sentence=sentence)
