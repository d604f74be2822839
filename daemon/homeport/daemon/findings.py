"""What the doctor reads, gathered from the running daemon."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from homeport.adapters.providers import PROVIDERS
from homeport.client.wire import DoctorReport
from homeport.daemon.doctor import Found, examine
from homeport.daemon.money.limited_names import Names, doubt

if TYPE_CHECKING:
    from homeport.daemon.assemble import Daemon


async def report(daemon: Daemon) -> DoctorReport:
    """What was found, what is missing, and what would help."""
    return DoctorReport(findings=tuple(examine(await found(daemon))))


async def found(daemon: Daemon) -> Found:
    """Everything at once, as it stands."""
    config, config_file = daemon.config, daemon.config_file
    return Found(
        address=daemon.address,
        tcp_wanted=config.listen.tcp,
        config_path=str(config_file.path) if config_file.path.exists() else "",
        config_error=str(config_file.error or daemon.shelf.trouble(config.policy)),
        engine_installed=find_spec("llama_cpp") is not None,
        models=daemon.fleet.views(),
        broken_files=tuple(broken_files(daemon)),
        troubles=daemon.fleet.troubles(),
        configured=frozenset(server.name for server in config.server),
        keys=daemon.keys.views(),
        link=daemon.link.view,
        machine=daemon.machine(),
        spend=daemon.spend_view(),
        better_model=daemon.better_model(),
        ledger_trouble=daemon.database.trouble,
        price_trouble=daemon.prices.trouble,
        refresh_trouble=daemon.prices.refresh_trouble,
        own_prices_trouble=daemon.prices.own.trouble,
        unknown_prices=daemon.unknown_prices(),
        doubted_prices=daemon.doubted_prices(),
        doubted_limits=await doubted_limits(daemon),
        sandbox=await daemon.rooms.sandbox().available(),
        scorer_trouble=daemon.rooms.scorer.trouble,
        outbox=daemon.outbox_view(),
        near_embedding=config.cache.near_embedding if config.cache.near else "",
    )


def broken_files(daemon: Daemon) -> Iterator[tuple[str, str]]:
    """Model files that an engine found it cannot use, and why."""
    for adapter in daemon.fleet.adapters():
        problems = getattr(adapter, "problems", None)
        yield from ((str(path), why) for path, why in (problems() if problems else ()))


async def doubted_limits(daemon: Daemon, only: tuple[str, str] | None = None) -> tuple[str, ...]:
    """Which limits, of all or of one scope and name, cover nothing so far; a sentence each."""
    every = dict.fromkeys((limit.scope, limit.name) for limit in daemon.config.limit)
    limits = [limit for limit in every if only in (None, limit)]
    if not limits:
        return ()
    names = await limited_names(daemon)
    return tuple(filter(None, (doubt(scope, name, names) for scope, name in limits)))


async def limited_names(daemon: Daemon) -> Names:
    """What there is to be limited."""
    fleet, ledger = daemon.fleet, daemon.ledger
    here = {adapter.provider for adapter in fleet.adapters()}
    here |= {fleet.card(model).provider for model in fleet.ids()}
    here |= {server.name for server in daemon.config.server}
    return Names(
        models=frozenset(fleet.ids()),
        providers=frozenset(here | PROVIDERS.keys()),
        clients=frozenset(row.group for row in (await ledger.report("client", 0)).rows),
        tags=frozenset(row.group for row in (await ledger.report("tag", 0)).rows),
    )
