"""The assembly: everything opens in order, hears of changes, and closes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from homeport.adapters.base import TextDelta
from homeport.client import paths
from homeport.client.wire import ConfigChanged, LinkChanged, Settled, Snapshot, Stopping
from homeport.daemon.assemble import Daemon, limits_of
from homeport.daemon.config.file import ConfigFile
from homeport.daemon.config.settings import BudgetLimits, Config
from support.scripted import prompt

QUIET = "[ollama]\nenabled = false\n[probing]\nlocal_ports = false\n[models]\nscan_stores = false\n"


@asynccontextmanager
async def running(text: str = QUIET) -> AsyncIterator[Daemon]:
    paths.config_path().write_text(text)
    config_file = ConfigFile(paths.config_path())
    config_file.load()
    daemon = Daemon("0.0", config_file)
    await daemon.start()
    try:
        yield daemon
    finally:
        await daemon.stop()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted model that ships."""
    monkeypatch.setenv("HOMEPORT_ECHO", "words=all is well")


async def said(daemon: Daemon) -> str:
    async with daemon.router.answer(prompt()) as answer:
        pieces = [d.text async for d in answer.deltas() if isinstance(d, TextDelta)]
    await daemon.router.settled()
    return "".join(pieces)


@pytest.mark.usefixtures("scripted")
async def test_a_prompt_is_answered_and_remembered_over_a_restart() -> None:
    async with running() as daemon:
        assert "well" in await said(daemon)
        (view,) = daemon.bus.requests()
        why = await daemon.why("last")
        assert why is not None
        assert (why.request.id, why.replay) == (view.id, "identical")
    async with running() as daemon:
        assert [restored.id for restored in daemon.snapshot().requests] == [view.id]
        assert await daemon.why("nothing-like-it") is None


@pytest.mark.usefixtures("scripted")
async def test_what_has_ended_can_be_read_at_once() -> None:
    async with running() as daemon:
        async with daemon.router.answer(prompt()) as answer:
            async for _ in answer.deltas():
                pass
        await daemon.written_down()
        assert [view.id for view in await daemon.decisions.recent(9)] == [answer.id]
        assert [row.requests for row in await daemon.ledger.report("day", 0)] == [1]


async def test_offline_by_choice_is_told_and_survives_a_restart() -> None:
    async with running() as daemon:
        with daemon.bus.watch() as watcher:
            events = aiter(watcher)
            assert isinstance(await anext(events), Snapshot)
            await daemon.set_offline(True)
            async for event in events:
                if isinstance(event, LinkChanged) and event.link.by_choice:
                    break
    async with running() as daemon:
        assert daemon.snapshot().link.by_choice
        assert daemon.link_state("cloud") == "offline-by-choice"
        assert daemon.link_state("local") == "ok"


async def test_a_changed_config_is_taken_and_a_broken_one_is_not() -> None:
    async with running() as daemon:
        with daemon.bus.watch() as watcher:
            events = aiter(watcher)
            await anext(events)
            async with asyncio.timeout(30):
                await asyncio.to_thread(daemon.config_file.set_all, {"mode": "balanced"})
                async for event in events:
                    if isinstance(event, ConfigChanged):
                        break
                assert daemon.policy().mode == "balanced"
                paths.config_path().write_text("mode = 7\n")
                async for event in events:
                    if isinstance(event, ConfigChanged) and event.error:
                        break
                assert daemon.policy().mode == "balanced"


@pytest.mark.usefixtures("scripted")
async def test_a_change_that_concerns_no_model_leaves_the_adapters_alone() -> None:
    async with running() as daemon:
        await daemon.look_around()
        before = daemon.fleet.adapters()
        daemon.config_file.set_all({"budget.day_usd": 2.0})
        await daemon.take_config(daemon.config_file.current)
        assert daemon.fleet.adapters() == before
        assert [w.limit_nano for w in daemon.ledger.budget().windows] == [2 * 10**9]


@pytest.mark.usefixtures("scripted")
async def test_a_change_of_servers_leaves_loaded_models_and_running_answers_alone() -> None:
    server = {"name": "mine", "url": "http://127.0.0.1:9/v1"}
    async with running() as daemon:
        await daemon.look_around()
        (engine,) = [a for a in daemon.fleet.adapters() if a.provider == "llamacpp"]
        daemon.config_file.set_all({"server": [server]})
        await daemon.take_config(daemon.config_file.current)
        assert engine in daemon.fleet.adapters()
        assert "mine" in {adapter.provider for adapter in daemon.fleet.adapters()}
        daemon.config_file.set_all({"models.context": 1024})
        await daemon.take_config(daemon.config_file.current)
        assert engine not in daemon.fleet.adapters()


@pytest.mark.usefixtures("scripted")
async def test_watchers_are_told_the_pace_with_every_answer_that_ends() -> None:
    async with running(QUIET + "[budget]\nmonth_usd = 10.0\npace = true\n") as daemon:
        with daemon.bus.watch() as watcher:
            events = aiter(watcher)
            first = await anext(events)
            await said(daemon)
            daemon.drain()
            ended = [event async for event in events if isinstance(event, Settled)]
        assert isinstance(first, Snapshot)
        paced = [pace.held for pace in first.spend.paces]
        assert paced
        assert [[pace.held for pace in event.spend.paces] for event in ended] == [paced]


async def test_draining_tells_the_watchers_and_lets_them_go() -> None:
    async with running() as daemon:
        with daemon.bus.watch() as watcher:
            events = aiter(watcher)
            await anext(events)
            daemon.drain()
            daemon.drain()
            rest = [event async for event in events]
        assert [type(event) for event in rest][-1] is Stopping
        assert daemon.draining
        assert "draining" in repr(daemon)


async def test_the_doctor_names_the_command_where_no_model_is_there() -> None:
    async with running() as daemon:
        report = await daemon.doctor()
    models = [finding for finding in report.findings if finding.area == "models"]
    assert models[0].level == "error"
    assert models[0].command.startswith("homeport models add ")


def test_budgets_are_whole_nano_dollars(tmp_path: Path) -> None:
    limits = limits_of(Config(budget=BudgetLimits(day_usd=0.1)))
    assert (limits.day_nano, limits.month_nano) == (100_000_000, None)
