"""Wires the rooms together. Nothing else does.

`Daemon` holds the owners of all state, and starts and stops them in order.
Longer than other modules: every room is named here once, and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Literal

from msgspec import structs

from homeport.adapters.base import Adapter, Permit, Setup
from homeport.adapters.places import host_of, is_address, origin_of, place_of_origin
from homeport.client import paths
from homeport.client.wire import (
    API_VERSION,
    Address,
    Alerted,
    AlertView,
    BudgetAsked,
    BudgetChanged,
    BudgetQuestion,
    ConfigChanged,
    DoctorReport,
    FleetChanged,
    LinkChanged,
    MachineChanged,
    MachineView,
    OutboxView,
    Snapshot,
    SpendView,
    Stopping,
    Why,
)
from homeport.daemon.bus import Bus, now_ms
from homeport.daemon.caching.lazy import LazyCache
from homeport.daemon.clocks import steady
from homeport.daemon.config.file import ConfigFile
from homeport.daemon.config.settings import Config
from homeport.daemon.egress.permits import Egress
from homeport.daemon.fleet.entrance import Entrance
from homeport.daemon.fleet.fleet import Fleet
from homeport.daemon.fleet.own_models import OwnModels
from homeport.daemon.fleet.rates import NO_BOUNDS, ServerBounds
from homeport.daemon.handover.lull import Lull
from homeport.daemon.housekeeping import Housekeeping, guarded
from homeport.daemon.keys.store import KeyStore
from homeport.daemon.learning.learned import Learned
from homeport.daemon.learning.outcomes import Outcomes
from homeport.daemon.link.link import Link
from homeport.daemon.money.alerts import Alerts
from homeport.daemon.money.electricity import Electricity
from homeport.daemon.money.ledger import Ledger, LedgerLimits
from homeport.daemon.money.own_prices import OwnPrices
from homeport.daemon.money.pacer import Pacer
from homeport.daemon.money.price import Price
from homeport.daemon.money.price_book import NO_CONTEXT, PriceBook
from homeport.daemon.money.questions import Questions
from homeport.daemon.money.reports import Reports
from homeport.daemon.money.scopes import WINDOWS, limits_in
from homeport.daemon.ourselves import environment_without_us, leads_elsewhere
from homeport.daemon.plugins import adapters_by_key, close_safely, servers_of
from homeport.daemon.probes.routes import reach
from homeport.daemon.routing.embedding import Embeddings
from homeport.daemon.routing.explaining import explain
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.routing.router import Router
from homeport.daemon.routing.scoring import Scorer
from homeport.daemon.shelf.shelf import Shelf
from homeport.daemon.shelf.surroundings import surroundings
from homeport.daemon.spare_time import SpareTime
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_log import DecisionLog
from homeport.daemon.storage.decision_record import DecisionRecord, replay
from homeport.daemon.storage.figures import Figures
from homeport.daemon.storage.texts import Texts
from homeport.daemon.storage.texts_responses import KeptResponses
from homeport.daemon.trials.tried import Tried
from homeport.policies.model import KeyState, LinkState, ModelCard, Place, Policy

if TYPE_CHECKING:
    from homeport.daemon.replaying.replayer import Replayer

log = logging.getLogger("homeport.daemon")


def limits_of(config: Config) -> LedgerLimits:
    """The budget windows of a config, in nano-dollars."""
    budget = config.budget
    scoped = limits_in(budget, ("week", "session", "request"))
    for own in config.limit:
        scoped += limits_in(own, WINDOWS, own.scope, own.name)
    return LedgerLimits.from_usd(budget.day_usd, budget.month_usd, tuple(scoped))


class Daemon:
    """The running daemon."""

    def __init__(
        self,
        version: str,
        config_file: ConfigFile,
        token: str = "",
        learn_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`learn_secret` is told every key that is found, so that the log can hide it."""
        self._learn_secret = learn_secret
        self.version = version
        self.config_file = config_file
        self._token = token
        self.address = Address()
        self.started_ms = now_ms()
        self.draining = False
        self._stack = AsyncExitStack()
        self._machine = MachineView()
        self._built_from = config_file.current
        self.replayer: Replayer | None = None
        """Made at its first use."""
        self.outbox_view: Callable[[], OutboxView] = OutboxView
        """How many prompts are kept to be sent; of nothing, where none ever was."""
        self.link_moved: Callable[[], None] = lambda: None
        """Called where the link changed, for what waits for it."""
        self.look_at_link: Callable[[], None] = lambda: None
        """Has it looked at soon, where something was heard of it."""
        self.housekeeping = Housekeeping(self)

    def __repr__(self) -> str:
        state = "draining" if self.draining else "running"
        return f"Daemon({self.version}, {state}, {self.fleet!r}, {self.router!r})"

    # -- building

    async def start(self) -> None:
        """Open everything that a first answer needs. Raises `HomeportError` where that fails."""
        await self._open_books()
        self.link = Link(paths.state_dir())
        self.link.changed = self._link_changed
        self._environment = environment_without_us(os.environ, self.address.url, self._token)
        self.keys = KeyStore(
            paths.state_dir(), self.config, self._environment, learn=self._learn_secret
        )
        self.bus = Bus(self.snapshot)
        recent = await self.decisions.recent(200)
        self.bus.restore(recent)
        self.egress = Egress(
            blocked=self.blocked,
            trusted_hosts=lambda: self.config.privacy.trusted_hosts,
            mode=lambda: self.policy().mode,
            ca_file=lambda: self.config.tls.ca_file,
            hear=self.link.hear,
            place_of=self.place_of,
        )
        self.link.look = lambda: reach(os.environ, self.egress.numbers())
        self.shelf = Shelf(paths.policies_dir())
        self.fleet = Fleet(
            self.build_adapters(self.config),
            self,
            reply_cap=lambda: self.config.budget.reply_cap,
            tools_nano=lambda: self.policy().server_tools_nano or 0,
            clock_ms=steady(now_ms),
            changed=self.fleet_changed,
            amended=lambda card: self.own_models.amended(self.tried.amended(card)),
            learned=self.learned,
            entrance=Entrance(self._bounds, lambda: self.config.queue.waiting),
            place_of=self.place_of,
        )
        self.fleet.recall(recent)
        tasks = await self._stack.enter_async_context(asyncio.TaskGroup())
        self.learned.start(tasks)
        self.rooms = self._rooms(tasks)
        self.router, self.embeddings = Router(self.rooms), Embeddings(self.rooms)
        self.housekeeping.start(tasks)
        if self.pacer.is_needed(self.policy()):
            tasks.create_task(guarded(self._recall_pace))

    async def _open_books(self) -> None:
        self.spare = SpareTime()
        self.database = await Database.open(paths.ledger_path(), spare=self.spare)
        self.ledger = Ledger(
            self.database,
            limits_of(self.config),
            now_ms,
            survive_power_cuts=lambda: self.config.budget.survive_power_cuts,
        )
        await self.ledger.open()
        self.reports = Reports(self.database, now_ms)
        self.alerts = Alerts(
            self.database,
            self.ledger.spend_view,
            lambda: self.config.alerts.hour_times,
            self._tell,
            self._send,
            now_ms,
        )
        self.questions = Questions(self._asked)
        self.electricity = Electricity(lambda: self.config.energy.price_per_kwh)
        self.ledger.on_spent = self._spent
        self.decisions = DecisionLog(self.database)
        self.figures = Figures(self.database)
        self.own_models = OwnModels(lambda: self.config.model)
        self.learned = Learned(Outcomes(self.database), now_ms, self.own_models.prior)
        self.texts = Texts(paths.texts_path())
        self.responses = KeptResponses(self.texts, lambda: self.config.storage, now_ms)
        self.caching = LazyCache(
            paths.cache_path(), paths.cache_secret_path(), lambda: self.config.cache, now_ms
        )
        self.pacer = Pacer(now_ms, lambda: self.config.budget.pace)
        self.prices = PriceBook(
            paths.cache_dir(),
            own=OwnPrices(paths.prices_path()),
            takes_fetched=lambda: self.config.prices.refresh,
        )
        self.tried = Tried(paths.state_dir())

    def _rooms(self, tasks: asyncio.TaskGroup) -> Rooms:
        return Rooms(
            fleet=self.fleet,
            ledger=self.ledger,
            pacer=self.pacer,
            decisions=self.decisions,
            learned=self.learned,
            scorer=Scorer(lambda: self.config.scorer),
            bus=self.bus,
            egress=self.egress,
            config=lambda: self.config,
            policy_of_now=self.policy,
            policy_named=self.policy,
            around=lambda: surroundings(self._machine, self.link.view),
            price_of=self.price,
            spend_view=self.spend_view,
            keys_note=self.note_key,
            better_model=self.better_model,
            clock_ms=now_ms,
            tasks=tasks,
            spare=self.spare,
            lull=Lull(self.spare),
            caching=self.caching,
            questions=self.questions,
            electricity=self.electricity,
        )

    def _bounds(self, server: str) -> ServerBounds:
        """What the config says of a server as a whole."""
        for one in self.config.server:
            if one.name == server:
                return ServerBounds(one.requests_per_minute, one.tokens_per_minute)
        return NO_BOUNDS

    def build_adapters(self, config: Config) -> list[Adapter]:
        """One of each that the config and the machine call for."""
        import msgspec

        setup = Setup(
            settings=msgspec.to_builtins(config),
            models_dir=str(paths.models_dir()),
            cache_dir=str(paths.cache_dir()),
            environment=self._environment,
            credential=self.keys.credential,
        )
        return leads_elsewhere(adapters_by_key(setup), self.address.url)

    async def stop(self) -> None:
        """Close everything, in the opposite order. Answers must have ended before."""
        self.housekeeping.stop()
        await self._stack.aclose()
        await self.router.settled()
        for adapter in self.fleet.adapters():
            await close_safely(adapter)
        await self.egress.close()
        await self.decisions.flush()
        await self.texts.close()
        await self.caching.close()
        await self.ledger.close()
        await self.database.close()

    def drain(self) -> None:
        """Take no new prompt; tell the watchers and let them go."""
        if not self.draining:
            self.draining = True
            self.bus.publish(Stopping)
            self.bus.close()

    # -- what others ask

    @property
    def config(self) -> Config:
        """The generation in force."""
        return self.config_file.current

    @property
    def in_flight(self) -> int:
        """Prompts being answered."""
        return self.router.in_flight + self.embeddings.in_flight

    def policy(self, named: str = "") -> Policy:
        """What the person wants. Raises `BadRequest` for a name that no policy has."""
        return self.shelf.policy(self.config_file.policy, self.config.policy, named)

    def price(self, card: ModelCard, terms: Mapping[str, str] = NO_CONTEXT) -> Price | None:
        """What a model costs; None is unknown."""
        return self.price_at(card, now_ms(), terms)

    def price_at(
        self, card: ModelCard, at_ms: int, terms: Mapping[str, str] = NO_CONTEXT
    ) -> Price | None:
        """What it costs, or cost, at a moment; None is unknown."""
        return self.own_models.price(card) or self.prices.price(card, at_ms, terms)

    def unknown_prices(self) -> str:
        """Of which models the person has stated prices that are not there; empty where of none."""
        own = self.prices.own
        known = [*self.fleet.ids(), *filter(self.has_listed, own.prices)]
        return own.unknown(known) if own.prices else ""

    def has_listed(self, model: str) -> bool:
        """Whether the list of prices has a `provider/model`."""
        return self.prices.listed(model, now_ms()) is not None

    def doubted_prices(self) -> tuple[str, ...]:
        """Why prices of `[[model]]` are not taken, a sentence each."""
        for model in self.fleet.ids():
            self.own_models.price(self.fleet.card(model))
        return tuple(self.own_models.doubts.values())

    def link_state(self, place: Place) -> LinkState:
        """How a place can be reached."""
        return self.link.state_for(place)

    def key_state(self, provider: str) -> KeyState:
        """Of a cloud provider's key."""
        return self.keys.state(provider)

    def machine(self) -> MachineView:
        """As it was last looked at."""
        return self._machine

    def place_of(self, origin: str) -> Place:
        """Where it is by its address; a name that could be anywhere, where the config puts it."""
        place = place_of_origin(origin)
        if place != "cloud" or is_address(host_of(origin)):
            return place
        near = [one.url for one in self.config.server if one.place == "lan"]
        return "lan" if origin in map(origin_of, near) else place

    def probe_permit(self, origin: str) -> Permit:
        """To look at a server; carries no prompt."""
        return self.egress.probe_permit(origin)

    async def prepare(self, origin: str) -> None:
        """Be ready to reach a server; raises where nobody is there."""
        await self.egress.prepare(origin)

    def blocked(self, place: Place) -> str | None:
        """Why nothing may go to a place now."""
        return self.link.blocked(place)

    def note_key(self, card: ModelCard, state: Literal["valid", "refused"]) -> None:
        """A real request has shown what a key is worth."""
        if card.place == "cloud" and self.keys.state(card.provider) not in (state, "not-needed"):
            self.keys.note(card.provider, state)
            self.fleet.look_at_lines()
            self.fleet_changed()
            if state == "refused":
                self.rooms.tasks.create_task(guarded(self.renew_keys))

    def snapshot(self) -> Snapshot:
        """All a watcher needs."""
        return Snapshot(
            n=self.bus.n,
            at_ms=now_ms(),
            version=self.version,
            api_version=API_VERSION,
            pid=os.getpid(),
            started_at_ms=self.started_ms,
            address=self.address,
            mode=self.policy().mode,
            draining=self.draining,
            link=self.link.view,
            machine=self._machine,
            models=self.fleet.views(),
            keys=self.keys.views(),
            spend=self.spend_view(),
            requests=self.bus.requests(),
            outbox=self.outbox_view(),
            config_error=str(self.config_file.error or self.shelf.trouble(self.config.policy)),
            questions=self.questions.views(),
        )

    def spend_view(self) -> SpendView:
        """The ledger's, and how what is kept to a pace stands."""
        paces = self.pacer.views(self.ledger.budget(), self.policy())
        view = self.ledger.spend_view()
        return structs.replace(view, paces=paces) if paces else view

    async def _tell(self, alert: AlertView) -> None:
        """Whoever watches, and who sits at the desktop as far as that is wanted."""
        from homeport.daemon import notices

        self.bus.publish(Alerted, alert=alert)
        if self.config.alerts.desktop:
            await notices.show(alert.sentence)

    async def _send(self, alert: AlertView) -> bool:
        from homeport.daemon import notices

        return await notices.send(alert, self.config.alerts, self.egress, self._learn_secret)

    def _spent(self) -> None:
        """Money was spent, or limits were changed."""
        self.alerts.wake()
        self.questions.look()

    def _asked(self, question: BudgetQuestion) -> None:
        """A prompt waits at a limit, or waits no longer."""
        self.bus.publish(BudgetAsked, question=question)
        if question.state == "open" and self.config.alerts.desktop:
            self.rooms.tasks.create_task(guarded(partial(self._offer, question)))

    async def _offer(self, question: BudgetQuestion) -> None:
        """The raise, as a button where the desktop has buttons."""
        from homeport.daemon import notices
        from homeport.daemon.money.raises import raise_for

        word = await notices.offer(question)
        if word == "raise" and question.id in [one.id for one in self.questions.views()]:
            await self.ledger.raise_limit(raise_for(question, now_ms()))
        elif word == "refuse":
            self.questions.refuse(question.id)

    async def _recall_pace(self) -> None:
        await self.pacer.recall(self.ledger.budget(), self.policy(), self.decisions)

    async def why(self, decision: str) -> Why | None:
        """Everything about one decision, by id, unique prefix or `last`."""
        await self.written_down()
        record = await self.decisions.get(decision)
        return None if record is None else self.explained(record)

    async def written_down(self) -> None:
        """Wait until every answer that has ended is in the books."""
        await self.router.settled()
        await self.decisions.flush()

    def explained(self, record: DecisionRecord) -> Why:
        """With the result of replaying it, and of deciding it under every other policy."""
        from homeport.daemon.replaying.others import others_of

        return explain(record, replay(record), others_of(self.shelf, self.config))

    async def doctor(self) -> DoctorReport:
        """What was found, what is missing, and what would help."""
        from homeport.daemon.findings import report

        await self.look_around()
        return await report(self)

    def better_model(self) -> str:
        """Name of a model that this machine can run well; empty where none is known."""
        from homeport.daemon.download.catalog import recommend

        model = recommend(self._machine)
        return "" if model.demonstration else model.name

    # -- what others tell

    async def set_offline(self, offline: bool) -> None:
        """Offline by choice, or no longer. What the cloud still answers goes on at home."""
        self.link.set_offline(offline)

    def _link_changed(self) -> None:
        """Tell the watchers; what runs where no way leads any more fails at once."""
        self.bus.publish(LinkChanged, link=self.link.view)
        self.link_moved()
        self.look_at_link()
        for place in ("lan", "cloud"):
            if self.link.cut(place):
                self.fleet.forgive(place)
                self.rooms.tasks.create_task(guarded(partial(self.egress.lose, place)))
        self.fleet.look_at_lines()

    async def refresh_models(self) -> None:
        """Ask every adapter, those in the cloud too."""
        cloud = self.link.blocked("cloud") is None and self.policy().mode != "local-only"
        await self.fleet.refresh(cloud=cloud)
        self.fleet_changed()

    async def take_config(self, config: Config) -> None:
        """A new generation is in force; only what it changes is made anew."""
        before = self._built_from
        if config.log != before.log:
            logging.getLogger().setLevel(config.log.level.upper())
        self.keys.configure(config)
        self.ledger.set_limits(limits_of(config))
        await self.ledger.refreshed()
        self.bus.publish(ConfigChanged, mode=self.policy().mode)
        self.bus.publish(BudgetChanged, spend=self.spend_view())
        if config.model != before.model:
            self.learned.forget_priors()
            await self.fleet.refresh()
        if config.models != before.models or servers_of(config) != servers_of(before):
            await self.rebuild_adapters(keep_engine=config.models == before.models)
        # Not before: what a generation that broke has left undone is made with the next one.
        self._built_from = config

    async def rebuild_adapters(self, *, keep_engine: bool = True) -> None:
        """After a change of servers, models or keys. What runs goes on to its end.

        `keep_engine` keeps the adapters that open no connection, and with them
        the models that are loaded.
        """
        await asyncio.to_thread(self.keys.renewed)
        fresh = self.build_adapters(self.config)
        kept = {a.provider: a for a in self.fleet.adapters() if keep_engine and not a.origin}
        old = self.fleet.replace_adapters([kept.get(a.provider, a) for a in fresh])
        for adapter in old:
            if adapter not in kept.values():
                self.rooms.tasks.create_task(guarded(partial(self._retire, adapter)))
        await self.fleet.refresh()

    async def renew_keys(self) -> None:
        """Adapters hold the keys that they were built with: others need others."""
        if await asyncio.to_thread(self.keys.renewed):
            await self.rebuild_adapters()

    async def _retire(self, adapter: Adapter) -> None:
        await self.fleet.unused(adapter)
        await close_safely(adapter)

    def fleet_changed(self) -> None:
        """Tell the watchers."""
        self.bus.publish(FleetChanged, models=self.fleet.views(), keys=self.keys.views())

    # -- looking

    async def look_around(self) -> None:
        """Look at the machine, the link and this machine's models."""
        found, *_ = await asyncio.gather(
            asyncio.to_thread(self.link.look), self._measure_machine(), self.fleet.refresh()
        )
        self.link.take(found)
        await self.electricity.watch()
        if await self.prices.look():
            self._tell_of_own_prices()
            self.fleet_changed()
        self.bus.publish(MachineChanged, machine=self._machine)

    def no_provider_reached(self) -> None:
        """Probes reached none: what waits for one, and has heard nothing meanwhile, fails."""
        self.fleet.forgive("cloud")
        self.egress.lose_silent("cloud")

    async def slept(self) -> None:
        """This machine slept: nothing that was known of it is trusted, no connection either."""
        for place in ("lan", "cloud"):
            self.fleet.forgive(place)
            await self.egress.lose(place)
        self.fleet.slept()
        self.rooms.tasks.create_task(guarded(self._look_after_sleep))

    async def _look_after_sleep(self) -> None:
        await self.look_around()
        self.fleet_changed()

    async def _measure_machine(self) -> None:
        from homeport.daemon.probes.machine import measure

        self._machine = await asyncio.to_thread(measure, paths.models_dir())

    async def load_prices(self) -> None:
        """Know the prices, and say so."""
        await self.prices.load()
        self.prices_changed()

    def prices_changed(self) -> None:
        """The list of prices is another one: what the person says is held against it."""
        self.own_models.hold_against(lambda model: self.prices.listed(model, now_ms()))
        self._tell_of_own_prices()
        self.fleet_changed()

    def _tell_of_own_prices(self) -> None:
        if self.prices.own.trouble:
            log.warning("the person's prices are not taken: %s", self.prices.own.trouble)
