"""The assembly: everything opens in order, hears of changes, and closes."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from homeport.adapters.base import TextDelta
from homeport.client import paths
from homeport.client.wire import (
    BudgetAsked,
    BudgetQuestion,
    ConfigChanged,
    LinkChanged,
    Settled,
    Snapshot,
    Stopping,
)
from homeport.daemon.assemble import Daemon, limits_of
from homeport.daemon.bus import now_ms
from homeport.daemon.config.file import ConfigFile
from homeport.daemon.config.settings import BudgetLimits, Config, Log, OllamaServer
from homeport.daemon.egress import addresses
from homeport.daemon.egress.troubles import LinkLost
from homeport.daemon.findings import report
from homeport.daemon.fleet.admission import Turn
from homeport.daemon.keys.secret import Secret
from homeport.daemon.link.probing import cloud_origins
from homeport.daemon.money.raises import raise_for
from homeport.policies.model import ModelCard, Place
from support.asks import ask, model_card
from support.scripted import prompt
from support.upstreams import OpenAIServer

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
        assert [row.requests for row in (await daemon.ledger.report("day", 0)).rows] == [1]


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


@pytest.mark.parametrize("place", ["lan", "cloud"])
async def test_after_a_sleep_no_connection_is_trusted(place: Place) -> None:
    came = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with running() as daemon:
        permit = daemon.egress.permit(ask(), model_card("far/a", place=place), origin)
        sent = permit.send("POST", f"{origin}/v1/chat", headers={}, body=b"{}")
        waiting = asyncio.create_task(sent)
        await came.wait()
        await daemon.slept()
        with pytest.raises(LinkLost):
            await waiting
    server.close()


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


async def test_the_least_level_of_the_log_is_changed_while_it_runs() -> None:
    root = logging.getLogger()
    before = root.level
    try:
        async with running() as daemon:
            for level in ("error", "debug"):
                await daemon.take_config(structs.replace(daemon.config, log=Log(level=level)))
                assert root.level == logging.getLevelNamesMapping()[level.upper()]
    finally:
        root.setLevel(before)


async def test_what_a_change_that_broke_has_left_undone_is_made_with_the_next() -> None:
    class Breaking(Daemon):
        """Cannot make its adapters anew the first time."""

        rebuilt: int = 0

        async def rebuild_adapters(self, *, keep_engine: bool = True) -> None:
            self.rebuilt += 1
            if self.rebuilt == 1:
                raise OSError("no room")
            await super().rebuild_adapters(keep_engine=keep_engine)

    paths.config_path().write_text(QUIET)
    config_file = ConfigFile(paths.config_path())
    daemon = Breaking("0.0", config_file)
    quiet = config_file.load()
    await daemon.start()
    try:
        changed = structs.replace(quiet, ollama=OllamaServer(enabled=True, url="127.0.0.1:9"))
        with pytest.raises(OSError, match="no room"):
            await daemon.take_config(changed)
        await daemon.take_config(structs.replace(changed, mode="balanced"))
        assert daemon.rebuilt == 2
        await daemon.take_config(structs.replace(changed, mode="local-only"))
        assert daemon.rebuilt == 2
    finally:
        await daemon.stop()


@pytest.mark.usefixtures("scripted")
async def test_a_config_that_vanishes_leaves_its_limits_in_force(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running() as daemon:
        await daemon.look_around()
        with daemon.bus.watch() as watcher:
            events = aiter(watcher)
            await anext(events)
            async with asyncio.timeout(30):
                await asyncio.to_thread(daemon.config_file.set, "budget.day_usd", 2.0)
                async for event in events:
                    if isinstance(event, ConfigChanged):
                        break
                paths.config_path().unlink()
                async for event in events:
                    if isinstance(event, ConfigChanged) and event.error:
                        break
        assert [w.limit_nano for w in daemon.ledger.budget().windows] == [2 * 10**9]
        assert "It is not there any more" in daemon.snapshot().config_error
        assert "the config is not taken" in caplog.text
        (finding,) = [one for one in (await report(daemon)).findings if one.area == "config"]
        assert (finding.level, finding.command) == ("error", "homeport config show")


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


async def test_a_server_of_the_own_network_is_found_by_any_name_while_all_stays_at_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def look_up(_host: str, port: int, _family: int) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(addresses, "look_up", look_up)
    async with OpenAIServer() as server:
        url = f"http://models.example.org:{server.port}/v1"
        near = f'[[server]]\nname = "mine"\nurl = "{url}"\nplace = "lan"\n'
        trusted = '[privacy]\ntrusted_hosts = ["models.example.org"]\n'
        async with running(f'mode = "local-only"\n{QUIET}{trusted}{near}') as daemon:
            await daemon.look_around()
            assert daemon.fleet.ids() == ("mine/test-model",)
            assert await said(daemon)
            assert daemon.egress.numbers() == (), "no way to the internet is found by it"
            assert cloud_origins(daemon.fleet.adapters(), daemon.place_of) == []


@pytest.mark.parametrize("kind", ["file:", "command:cat "])
async def test_a_key_that_is_replaced_where_it_is_kept_goes_out_with_the_next_request(
    tmp_path: Path, kind: str
) -> None:
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text("the-first-key")
    async with OpenAIServer() as server:
        table = f'[[server]]\nname = "mine"\nurl = "{server.url}"\nkey = "{kind}{key}"\n'
        async with running(QUIET + table) as daemon:
            await daemon.look_around()
            key.write_text("the-second-key")
            if kind == "command:cat ":
                daemon.keys.note("mine", "refused")  # as a request would tell
            await daemon.renew_keys()
            await daemon.look_around()
            sent = [request.headers["authorization"] for request in server.requests]
    assert (sent[0], sent[-1]) == ("Bearer the-first-key", "Bearer the-second-key")


async def test_a_key_that_was_refused_is_asked_for_anew_at_once(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("the-first-key")
    async with running(f'{QUIET}[keys]\nopenai = "command:cat {key}"\n') as daemon:
        key.write_text("the-second-key")
        (before,) = [a for a in daemon.fleet.adapters() if a.provider == "openai"]
        daemon.note_key(model_card("openai/gpt", place="cloud"), "refused")
        assert daemon.keys.state("openai") == "refused"
        async with asyncio.timeout(30):
            while before in daemon.fleet.adapters():
                await asyncio.sleep(0.01)
        assert daemon.keys.credential("openai") == Secret("the-second-key")
        assert daemon.keys.state("openai") == "untested"


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


async def asked(events: AsyncIterator[object]) -> BudgetQuestion:
    """The next question that watchers hear of."""
    while True:
        event = await anext(events)
        if isinstance(event, BudgetAsked):
            return event.question


@pytest.mark.usefixtures("scripted")
async def test_what_waits_at_a_limit_is_told_to_watchers_and_goes_on_when_it_is_raised() -> None:
    question = BudgetQuestion(
        id="7f3a", state="open", at_ms=0, until_ms=60_000, model="sky/a", worst_nano=2 * 10**7,
        window="day", left_nano=10**7, raise_nano=10**7,
    )  # fmt: skip
    text = f"{QUIET}[budget]\nday_usd = 0.01\n[alerts]\ndesktop = false\n"
    async with running(text) as daemon:
        with daemon.bus.watch() as watcher:
            events = aiter(watcher)
            await anext(events)

            def has_room() -> bool:
                return (daemon.ledger.budget().left_nano or 0) >= question.worst_nano

            waiting = asyncio.ensure_future(daemon.questions.put(question, 30, has_room))
            assert await asked(events) == daemon.snapshot().questions[0] == question
            await daemon.ledger.raise_limit(raise_for(question, now_ms()))
            assert await waiting == "raised"
            assert (await asked(events)).state == "raised"
        assert daemon.snapshot().questions == ()


async def test_prices_of_ones_own_are_taken_while_it_runs_and_their_trouble_is_told() -> None:
    async with running() as daemon:
        paths.prices_path().write_text('[[price]]\nmodel = "sky/a"\ninput = 1\noutput = 2\n')
        await daemon.look_around()
        sky = ModelCard(id="sky/a", provider="sky", name="a", place="cloud")
        price = daemon.price(sky)
        assert price is not None
        assert price.output_nano_per_mtok == 2 * 10**9
        strange = [f.sentence for f in (await daemon.doctor()).findings if f.area == "prices"]
        assert any("which no model here has" in sentence for sentence in strange)
        paths.prices_path().write_text('[[price]]\nmodel = "sky/a"\ncurrency = "EUR"\n')
        found = [f for f in (await daemon.doctor()).findings if f.area == "prices"]
        assert "error" in {finding.level for finding in found}
        assert daemon.price(sky) is price


@pytest.mark.parametrize("happens", ["offline", "a key is refused"])
async def test_who_waits_for_the_cloud_is_told_that_it_cannot_answer(
    monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nobody")
    async with running() as daemon:
        listed = model_card("openai/gpt-5.5", place="cloud", at_once=1)
        (adapter,) = [one for one in daemon.fleet.adapters() if one.provider == "openai"]
        daemon.fleet._take({id(adapter): [listed]})
        card = daemon.fleet.card("openai/gpt-5.5")
        assert daemon.fleet.entrance.enter(card, ask()) == 0
        turn = daemon.fleet.entrance.enter(card, ask())
        assert isinstance(turn, Turn)
        if happens == "offline":
            await daemon.set_offline(True)
        else:
            daemon.note_key(card, "refused")
        assert await turn.come(5) is None
        turn.give_up()


def test_budgets_are_whole_nano_dollars(tmp_path: Path) -> None:
    limits = limits_of(Config(budget=BudgetLimits(day_usd=0.1)))
    assert (limits.day_nano, limits.month_nano) == (100_000_000, None)
