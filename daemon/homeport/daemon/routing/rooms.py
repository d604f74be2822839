"""What a request needs of the daemon: the owners of its state, side by side."""

from __future__ import annotations

from asyncio import TaskGroup
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from homeport.client.wire import SpendView
from homeport.daemon.bus import Bus
from homeport.daemon.config.settings import Config
from homeport.daemon.egress.permits import Egress
from homeport.daemon.fleet.fleet import Fleet
from homeport.daemon.handover.lull import Lull
from homeport.daemon.learning.learned import Learned
from homeport.daemon.money.electricity import Electricity
from homeport.daemon.money.ledger import Ledger
from homeport.daemon.money.pacer import Pacer
from homeport.daemon.money.price import PriceOf
from homeport.daemon.money.questions import Questions
from homeport.daemon.routing.scoring import Scorer
from homeport.daemon.routing.sessions import Sessions
from homeport.daemon.spare_time import SpareTime
from homeport.daemon.storage.decision_log import DecisionLog
from homeport.policies.model import ModelCard, Policy
from homeport.policies.rules.rule import Surroundings

if TYPE_CHECKING:
    from homeport.daemon.caching.cache import Cache
    from homeport.daemon.sandbox.sandbox import Sandbox


def _sandbox_when_asked() -> Callable[[], Sandbox]:
    """Nothing of it is loaded before a program is to be run."""

    @cache
    def sandbox() -> Sandbox:
        from homeport.daemon.sandbox.sandbox import Sandbox

        return Sandbox()

    return sandbox


def _no_cache() -> Cache:
    """Where nothing is cached, nobody asks."""
    raise LookupError("these rooms have no cache of answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Only the assembly makes one."""

    fleet: Fleet
    ledger: Ledger
    pacer: Pacer
    decisions: DecisionLog
    learned: Learned
    bus: Bus
    egress: Egress
    config: Callable[[], Config]
    policy_of_now: Callable[[], Policy]
    policy_named: Callable[[str], Policy]
    """What holds where a prompt names a policy. Raises `BadRequest` for one that is not there."""
    around: Callable[[], Surroundings]
    price_of: PriceOf
    spend_view: Callable[[], SpendView]
    """As watchers are shown it, at the moment of the call."""
    keys_note: Callable[[ModelCard, Literal["valid", "refused"]], None]
    better_model: Callable[[], str]
    """Name of a model in the catalog that this machine can run well; may be empty."""
    clock_ms: Callable[[], int]
    tasks: TaskGroup
    """For what goes on after a caller has its answer."""
    spare: SpareTime = field(default_factory=SpareTime)
    """For the books of answers that cost nothing."""
    lull: Lull = field(default_factory=Lull)
    """For the books of attempts that broke, of answers that go on."""
    sessions: Sessions = field(default_factory=Sessions)
    scorer: Scorer = field(default_factory=Scorer)
    questions: Questions = field(default_factory=Questions)
    electricity: Electricity | None = None
    sandbox: Callable[[], Sandbox] = field(default_factory=_sandbox_when_asked)
    """Where the programs of models are run."""
    caching: Callable[[], Cache] = _no_cache
    """The answers that may be given again; made when it is first asked for."""
