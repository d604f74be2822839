"""The playbook of attempts and refusals: each test holds its own row to what happens.

What fails is tried alone, to see how often and what is said, and beside another
model, to see who goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Delta, Labels, ResponseFormat, Tool
from homeport.adapters.engine import platform
from homeport.client.wire import MachineView
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import flat
from homeport.policies.errors import HomeportError
from support.engine import adapter_for
from support.house import House
from support.playbook import Row, row_proved_by
from support.proving import (
    CLOUD,
    Stage,
    another,
    answered,
    at,
    cloud,
    engine,
    outcomes,
    priced,
)
from support.scripted import Script, ScriptedAdapter, card, prompt
from support.small_gguf import small_gguf
from support.upstreams import Fault, OpenAIServer, deaf_port

A = "scripted/a"


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    return row_proved_by(request.node.originalname)


@pytest.fixture
def stage(row: Row, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Stage:
    return Stage(row, tmp_path, caplog)


# The embedded engine


async def test_a_killed_worker(stage: Stage) -> None:
    async with engine(stage.folder) as adapter:
        await stage.fails(adapter, "worker_died", prompt("die"))


async def test_a_worker_out_of_memory(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    kills = iter(range(1000))
    monkeypatch.setattr(platform, "memory_kills", lambda: next(kills))
    async with engine(stage.folder) as adapter:
        await stage.fails(adapter, "out_of_memory", prompt("die"))


async def test_a_model_file_that_the_engine_cannot_load(stage: Stage) -> None:
    pytest.importorskip("llama_cpp")
    (stage.folder / "models").mkdir()
    (stage.folder / "models" / "noise.gguf").write_bytes(small_gguf())
    adapter = adapter_for(stage.folder / "models")
    try:
        await stage.fails(adapter, "missing")
    finally:
        await adapter.close()


# Servers


async def test_a_server_that_is_gone(stage: Stage) -> None:
    async with OpenAIServer() as server:
        adapter = at(server)
        async with stage.house(adapter) as home:
            await server.__aexit__()
            await home.rooms.egress.forget("local")
            await stage.refused(home)
            assert await outcomes(home) == ["refused", "refused"]


async def test_a_server_that_takes_no_connection(stage: Stage) -> None:
    stage.times = {"connect_s": 0.3}
    async with OpenAIServer() as server, stage.house(at(server)) as home:
        await server.__aexit__()
        await home.rooms.egress.forget("local")
        with deaf_port(server.port):
            await stage.refused(home)
        assert await outcomes(home) == ["connect_timeout"]


async def played(stage: Stage, fault: Fault, kind: str) -> HomeportError:
    """A server that plays this fault to every prompt."""
    async with OpenAIServer(fault=fault) as server:
        return await stage.fails(at(server), kind)


async def test_a_late_first_token(stage: Stage) -> None:
    stage.times = {"first_token_s": 0.3}
    assert (await played(stage, Fault("slow_headers"), "first_token_timeout")).status == 504


async def test_a_stall(stage: Stage) -> None:
    stage.times = {"gap_s": 0.3}
    assert (await played(stage, Fault("stall", at=2), "stall")).status == 504


async def test_a_reset(stage: Stage) -> None:
    assert (await played(stage, Fault("reset"), "reset")).status == 502


async def test_an_end_without_the_end(stage: Stage) -> None:
    await played(stage, Fault("clean_end"), "truncated")


async def test_garbage(stage: Stage) -> None:
    await played(stage, Fault("garbage"), "garbage")


async def test_a_server_that_has_trouble(stage: Stage) -> None:
    await played(stage, Fault("status", status=503), "overloaded")


async def test_a_server_without_memory(stage: Stage) -> None:
    body = {"error": "model requires more system memory (9 GiB) than is available"}
    await played(stage, Fault("status", status=500, body=body), "out_of_memory")


async def test_a_server_that_lost_its_runner(stage: Stage) -> None:
    body = {"error": "llama runner process has terminated"}
    await played(stage, Fault("status", status=500, body=body), "worker_died")


async def test_a_rate_limit(stage: Stage) -> None:
    error = await played(stage, Fault("status", status=429), "rate_limited")
    assert (error.status, error.retry_after_s) == (429, None)


async def test_a_rate_limit_that_says_how_long(stage: Stage) -> None:
    limited = Fault("status", status=429, headers=(("Retry-After", "7"),))
    async with OpenAIServer(fault=limited) as server, stage.house(at(server)) as home:
        assert (await stage.refused(home)).retry_after_s == 7
        (model,) = home.rooms.fleet.views()
        assert model.state == "failing"
        with pytest.raises(HomeportError) as caught:
            await answered(home, prompt())
        assert caught.value.code == "nothing_ready"
        assert server.prompts == 1


async def test_a_model_that_vanished(stage: Stage) -> None:
    await played(stage, Fault("status", status=404), "missing")


async def test_an_overflow_that_the_server_counts(stage: Stage) -> None:
    body = {"error": {"message": "This model's maximum context length is 10 tokens"}}
    error = await played(stage, Fault("status", status=400, body=body), "context_overflow")
    assert (error.code, error.status) == ("context_length_exceeded", 400)


async def test_what_only_another_model_can(stage: Stage) -> None:
    body = {"error": "test-model does not support this"}
    await played(stage, Fault("status", status=400, body=body), "unsupported")


TWINS = {"data": [{"id": name, "object": "model"} for name in ("one", "two")]}


async def told_by_all(stage: Stage, fault: Fault, kind: str) -> House:
    """One answer of a provider counts for all of its models."""
    async with OpenAIServer(fault=fault, models=TWINS) as server:
        await stage.fails(at(server), kind)
        async with stage.house(at(server)) as home:
            with pytest.raises(HomeportError):
                await answered(home, prompt())
    return home


async def test_a_key_that_is_refused(stage: Stage) -> None:
    home = await told_by_all(stage, Fault("status", status=401), "unauthorized")
    assert home.keys_noted == [("test", "refused")]


async def test_a_request_that_is_refused(stage: Stage) -> None:
    async with OpenAIServer(fault=Fault("status", status=400)) as server:
        await stage.fails(at(server), "rejected")


async def test_content_that_is_refused(stage: Stage) -> None:
    body = {"error": {"code": "content_filter", "message": "flagged"}}
    await told_by_all(stage, Fault("status", status=400, body=body), "content_refused")


async def test_an_address_that_is_not_where_it_claims(stage: Stage) -> None:
    adapter = ScriptedAdapter({A: Script()}, [card(A, host="8.8.8.8:443")])
    adapter.origin = "https://8.8.8.8"  # type: ignore[misc]
    await stage.fails(adapter, "egress")
    assert adapter.asked == []


class Broken(ScriptedAdapter):
    """Has a mistake in it."""

    async def stream(self, *_: Any, **__: Any) -> AsyncIterator[Delta]:
        raise KeyError("a mistake")
        yield


async def test_an_adapter_that_breaks(stage: Stage) -> None:
    await stage.fails(Broken({}, [card(A)]), "garbage")


# The chain


def learned(home: House, model: str) -> None:
    """It was fast before: no gate keeps it out for want of time."""
    home.rooms.fleet.speeds.note(
        home.rooms.fleet.card(model),
        input_tokens=9,
        output_tokens=9,
        load_ms=0,
        first_token_ms=1,
        total_ms=9,
    )


async def test_the_deadline(stage: Stage) -> None:
    stage.times = {"deadline_s": 1.5}
    stalling = OpenAIServer(fault=Fault("stall", at=1))
    async with stalling as server, stage.house(at(server), another()) as home:
        for model in home.rooms.fleet.ids():
            learned(home, model)
        error = await stage.refused(home, prompt(labels=Labels(model="first")))
        assert await outcomes(home) == ["deadline"]
    assert error.status == 504


async def test_a_structured_answer_that_breaks_off(stage: Stage) -> None:
    broken, wrong = Script(words=('{"a"',), fails="reset"), Script(words=(" and", " so on"))
    cards = [card(model, capabilities=("json",)) for model in (A, "scripted/b")]
    adapter = ScriptedAdapter({A: broken, "scripted/b": wrong}, cards)
    asked = prompt(response_format=ResponseFormat(kind="json"), stream=True, labels=Labels(model=A))
    async with stage.house(adapter, another()) as home:
        await stage.refused(home, asked)
        assert await outcomes(home) == ["reset", "garbage", "garbage"]


async def test_three_failures_in_a_short_time(stage: Stage) -> None:
    adapter = ScriptedAdapter({A: Script(words=(), fails="overloaded")}, [card(A)])
    async with stage.house(adapter) as home:
        for _ in range(3):
            with pytest.raises(HomeportError):
                await answered(home, prompt())
        error = await stage.refused(home)
    assert (error.code, error.status) == ("nothing_ready", 503)
    assert len(adapter.asked) == 3


# Decisions without a candidate


def gates(error: HomeportError) -> set[str]:
    """Those that object."""
    return {veto.gate for veto in error.vetoes}


async def test_no_model_at_all(stage: Stage) -> None:
    async with stage.house() as home:
        error = await stage.refused(home)
    assert (error.code, error.status) == ("no_model", 503)


async def test_an_unknown_model(stage: Stage) -> None:
    async with stage.house(another()) as home:
        error = await stage.refused(home, prompt(labels=Labels(model="zz/anothr")))
    assert (error.code, error.status, error.param) == ("model_not_found", 404, "model")


async def test_a_private_prompt_with_cloud_models_alone(stage: Stage) -> None:
    adapter = cloud()
    async with stage.house(adapter) as home:
        error = await stage.refused(home, prompt(labels=Labels(private=True)))
    assert (error.code, error.status, gates(error)) == ("refused", 403, {"privacy"})
    assert adapter.asked == []


async def test_a_budget_with_too_little_left(stage: Stage) -> None:
    adapter = cloud()
    async with stage.house(adapter, limits=LedgerLimits(day_nano=1000)) as home:
        priced(home)
        error = await stage.refused(home)
    assert (error.code, error.status, gates(error)) == ("over_budget", 429, {"budget"})
    assert adapter.asked == []


async def test_a_prompt_over_its_own_limit(stage: Stage) -> None:
    async with stage.house(cloud()) as home:
        priced(home)
        error = await stage.refused(home, prompt(labels=Labels(max_cost_nano=1000)))
    assert (error.code, gates(error)) == ("over_budget", {"max_cost"})


async def test_a_price_that_nobody_knows(stage: Stage) -> None:
    async with stage.house(cloud()) as home:
        home.around.prices[CLOUD] = None
        error = await stage.refused(home)
    assert (error.code, gates(error)) == ("refused", {"price"})


async def test_no_key(stage: Stage) -> None:
    async with stage.house(cloud()) as home:
        priced(home)
        home.around.key = "absent"
        error = await stage.refused(home)
    assert (error.code, gates(error)) == ("refused", {"key"})


async def test_offline_with_cloud_models_alone(stage: Stage) -> None:
    async with stage.house(cloud()) as home:
        priced(home)
        home.around.links["cloud"] = "offline"
        error = await stage.refused(home)
    assert (error.code, error.status, gates(error)) == ("nothing_ready", 503, {"link"})


async def test_a_prompt_too_long_for_every_model(stage: Stage) -> None:
    adapter = ScriptedAdapter({A: Script()}, [card(A, context=64)])
    async with stage.house(adapter) as home:
        error = await stage.refused(home, prompt("many words " * 100))
    assert (error.code, error.status) == ("context_length_exceeded", 400)
    assert adapter.asked == []


async def test_a_need_that_no_model_meets(stage: Stage) -> None:
    async with stage.house(another()) as home:
        error = await stage.refused(home, prompt(tools=(Tool("look_up"),)))
    assert (error.code, gates(error)) == ("refused", {"capability"})


async def test_a_model_that_does_not_fit(stage: Stage) -> None:
    async with engine(stage.folder) as adapter, stage.house(adapter) as home:
        home.around.machine_view = MachineView(memory_free_bytes=1000)
        error = await stage.refused(home)
    assert (error.code, gates(error)) == ("nothing_ready", {"memory"})


# The disk


async def test_a_full_disk(stage: Stage) -> None:
    async with stage.house(another()) as home:
        database = home.rooms.ledger._db
        await database.write(lambda db: db.execute("PRAGMA max_page_count = 1").close())
        home.around.prices["zz/another"] = flat(10**6, 10**6, source="a test")
        long_tag = prompt(labels=Labels(tags=("x" * 100_000,)))
        error = await stage.refused(home, long_tag)
        assert (error.code, error.status) == ("disk_full", 503)
        await database.write(lambda db: db.execute("PRAGMA max_page_count = 10000").close())
        assert await answered(home, prompt()) == "Hello there."
