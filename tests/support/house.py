"""The rooms of a daemon without its doors: real ledger, log, bus, egress and fleet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from homeport.adapters.base import Adapter, Permit
from homeport.client.wire import Address, LinkView, MachineView, Snapshot
from homeport.daemon.bus import Bus, now_ms
from homeport.daemon.config.settings import Config, Timeouts
from homeport.daemon.egress.permits import Egress
from homeport.daemon.fleet.fleet import Fleet
from homeport.daemon.learning.learned import Learned
from homeport.daemon.learning.outcomes import Outcomes
from homeport.daemon.money.ledger import Ledger, LedgerLimits
from homeport.daemon.money.pacer import Pacer
from homeport.daemon.money.price import FREE, Price
from homeport.daemon.money.price_book import NO_CONTEXT
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.routing.router import Router
from homeport.daemon.shelf.shelf import Shelf
from homeport.daemon.storage.database import Database
from homeport.daemon.storage.decision_log import DecisionLog
from homeport.policies.model import KeyState, LinkState, ModelCard, Place, Policy
from homeport.policies.rules.rule import NOWHERE


class Around:
    """What the fleet asks of others: all is well, unless a test says otherwise."""

    def __init__(self) -> None:
        self.prices: dict[str, Price | None] = {}
        self.machine_view = MachineView()
        self.links: dict[Place, LinkState] = {}
        self.key: KeyState = "valid"
        self.egress: Egress

    def price(self, card: ModelCard, terms: Mapping[str, str] = NO_CONTEXT) -> Price | None:
        """Free, unless a test says otherwise; `id service_tier` prices a tier."""
        tier = terms.get("service_tier")
        plain = self.prices.get(card.id, FREE)
        return self.prices.get(f"{card.id} {tier}", plain) if tier else plain

    def link_state(self, place: Place) -> LinkState:
        """Up."""
        return self.links.get(place, "ok")

    def key_state(self, provider: str) -> KeyState:
        """The same for all."""
        return self.key

    def machine(self) -> MachineView:
        """Unknown."""
        return self.machine_view

    def probe_permit(self, origin: str) -> Permit:
        """A real one."""
        return self.egress.probe_permit(origin)

    async def prepare(self, origin: str) -> None:
        """Nothing to do: scripted adapters open no connection."""


class House:
    """Everything a test may look at."""

    def __init__(self, rooms: Rooms, around: Around, keys: list[tuple[str, str]]) -> None:
        self.rooms = rooms
        self.around = around
        self.router = Router(rooms)
        self.keys_noted = keys
        self.policy = Policy()
        self.paces_money = False
        self.shelf = Shelf(Path("/nowhere"))

    def policy_named(self, name: str) -> Policy:
        """As the assembly gives it; without a name the one that the test has set."""
        return self.shelf.policy(self.policy, "default", name) if name else self.policy

    def set_policy(self, **changes: object) -> None:
        """Change what the person wants."""
        self.policy = replace(self.policy, **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def house(
    folder: Path, adapters: Sequence[Adapter], *, limits: LedgerLimits | None = None
) -> AsyncIterator[House]:
    """A house with these adapters, looked at once."""
    around, keys = Around(), []
    database = await Database.open(folder / "ledger.db")
    ledger = Ledger(database, limits or LedgerLimits(), now_ms)
    await ledger.open()
    decisions = DecisionLog(database)
    bus = Bus(lambda: snapshot(bus, ledger, fleet))
    egress = Egress()
    around.egress = egress
    tasks = asyncio.TaskGroup()
    pacer = Pacer(now_ms, lambda: made.paces_money)
    learned = Learned(Outcomes(database), now_ms)
    fleet = Fleet(
        adapters,
        around,
        reply_cap=lambda: 8192,
        clock_ms=now_ms,
        changed=lambda: None,
        learned=learned,
    )

    def note(card: ModelCard, state: Literal["valid", "refused"]) -> None:
        keys.append((card.provider, state))

    rooms = Rooms(
        fleet=fleet,
        ledger=ledger,
        pacer=pacer,
        decisions=decisions,
        learned=learned,
        bus=bus,
        egress=egress,
        config=lambda: Config(timeouts=Timeouts(deadline_s=20.0)),
        policy_of_now=lambda: made.policy,
        policy_named=lambda name: made.policy_named(name),
        around=lambda: NOWHERE,
        price_of=around.price,
        spend_view=ledger.spend_view,
        keys_note=note,
        better_model=lambda: "better",
        clock_ms=now_ms,
        tasks=tasks,
    )
    made = House(rooms, around, keys)
    await fleet.refresh(cloud=True)
    try:
        async with tasks:
            learned.start(tasks)
            yield made
    finally:
        await made.router.settled()
        await egress.close()
        await decisions.flush()
        await database.close()


def snapshot(bus: Bus, ledger: Ledger, fleet: Fleet) -> Snapshot:
    """As the assembly makes one."""
    return Snapshot(
        n=bus.n,
        at_ms=now_ms(),
        version="0",
        api_version=1,
        pid=1,
        started_at_ms=0,
        address=Address(),
        mode="prefer-local",
        draining=False,
        link=LinkView(),
        machine=MachineView(),
        models=fleet.views(),
        keys=(),
        spend=ledger.spend_view(),
        requests=bus.requests(),
    )
