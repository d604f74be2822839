"""The embedded engine's adapter, with a scripted worker process instead of a model."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.adapters import llamacpp
from homeport.adapters.base import (
    Adapter,
    AttemptFailed,
    Image,
    Limits,
    Message,
    Prompt,
    Setup,
    TextDelta,
)
from homeport.adapters.engine import process
from homeport.adapters.engine.process import WorkerProcess
from homeport.adapters.llamacpp import LlamaCppAdapter
from homeport.policies.model import Failure, ModelCard
from support import scripted_worker
from support.engine import adapter_for, hear, prompt
from support.gguf_files import CHAT, write_gguf
from support.polling import process_is_there, until

COMMAND = (sys.executable, str(Path(scripted_worker.__file__)))
Running = tuple[LlamaCppAdapter, dict[str, ModelCard]]


@contextlib.asynccontextmanager
async def running(folder: Path, *names: str, **settings: object) -> AsyncIterator[Running]:
    """An adapter over files of these names; cards by name."""
    for name in names or ("tiny",):
        write_gguf(folder / f"{name}.gguf")
    adapter = adapter_for(folder, settings=settings, command=COMMAND)
    try:
        yield adapter, {card.name: card for card in await adapter.models(None)}
    finally:
        await adapter.close()


async def failure(
    adapter: LlamaCppAdapter, card: ModelCard, words: str, **limits: float
) -> Failure:
    """How an attempt that must fail did."""
    bounds = {"deadline_s": 60.0, "first_token_s": 30.0, "gap_s": 30.0, **limits}
    with pytest.raises(AttemptFailed) as caught:
        await hear(adapter, card, prompt(words), limits=Limits(max_tokens=9, **bounds))
    assert caught.value.failure.model == card.id
    return caught.value.failure


def worker_of(adapter: LlamaCppAdapter) -> WorkerProcess:
    """The worker of the one model."""
    worker = adapter._pool.berth("llamacpp/tiny").worker
    assert worker is not None
    return worker


# Building and cards


def test_it_is_an_adapter_and_building_looks_at_nothing(tmp_path: Path) -> None:
    setup = Setup(
        settings={},
        models_dir=str(tmp_path / "absent"),
        cache_dir="",
        environment={},
        credential=lambda _: None,
    )
    (adapter,) = LlamaCppAdapter.build(setup)
    assert isinstance(adapter, Adapter)
    assert adapter.origin == ""
    assert repr(adapter) == "LlamaCppAdapter(0 models, WorkerPool(empty; at most 2))"


def test_the_daemons_side_loads_nothing_of_the_engine() -> None:
    script = "import sys, homeport.adapters.llamacpp; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    names = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    assert not {"llama_cpp", "numpy", "jinja2", "httpx2", "aiohttp"} & set(names)


async def test_cards_say_what_the_files_are(tmp_path: Path) -> None:
    large = {**CHAT, "llama.context_length": 512}
    write_gguf(tmp_path / "Large.Q4_K_M.gguf", large, tensors=[("w", (1, 3))])
    async with running(tmp_path, "tiny") as (_, cards):
        assert set(cards) == {"tiny", "large.q4_k_m"}
        assert cards["tiny"].id == "llamacpp/tiny"
        assert cards["tiny"].context == 2048
        assert cards["large.q4_k_m"].context == 512
        assert cards["tiny"].demonstration
        assert cards["tiny"].architecture == "llama"
        assert cards["tiny"].quantisation == "Q4_K_M"
        assert "tools" in cards["tiny"].capabilities


async def test_broken_files_are_problems(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF")
    async with running(tmp_path) as (adapter, cards):
        assert set(cards) == {"tiny"}
        ((path, sentence),) = adapter.problems()
        assert path.endswith("bad.gguf")
        assert "fetch the model again" in sentence


async def test_a_missing_engine_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llamacpp, "_is_installed", lambda: False)
    adapter = adapter_for(tmp_path)
    with pytest.raises(AttemptFailed, match="make install") as caught:
        await adapter.models(None)
    assert caught.value.failure.kind == "missing"


# Answers


async def test_an_answer_comes_whole(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        heard = await hear(adapter, cards["tiny"], prompt("say 3"))
        assert heard.text == "w0 w1 w2 "
        assert [delta.tokens for delta in heard.deltas] == [1, 1, 1]
        assert heard.deltas[0].logprobs[0].logprob == -0.5
        assert heard.phase_names == ["loading", "prefill"]
        assert heard.phases[0].sentence == "Loading tiny."
        usage = heard.end.usage
        assert (usage.input, usage.cache_read, usage.output) == (10, 4, 3)
        assert heard.end.model == "tiny"
        again = await hear(adapter, cards["tiny"], prompt("say 1"))
        assert again.phase_names == ["prefill"]
        loaded = adapter.loaded()["llamacpp/tiny"]
        assert loaded.state == "ready"
        assert loaded.memory_bytes == 2000
        assert loaded.tokens_per_s == 500


async def test_an_answer_of_a_thousand_tokens_loses_none(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        stream = adapter.stream(
            prompt("say 3000"),
            cards["tiny"],
            prefix="",
            limits=Limits(max_tokens=3000, deadline_s=60.0),
            permit=None,
        )
        words = []
        async for delta in stream:
            if isinstance(delta, TextDelta):
                words.append(delta.text)
                if len(words) == 1:
                    await until(lambda: worker_of(adapter).is_paused)
        assert words == [f"w{n} " for n in range(3000)]


async def test_a_note_about_the_model_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with running(tmp_path, "noted") as (adapter, cards):
        await hear(adapter, cards["noted"], prompt("say 1"))
        await hear(adapter, cards["noted"], prompt("say 1"))
    assert [record.getMessage() for record in caplog.records] == ["llamacpp/noted: It has a note."]


# Failures


async def test_a_failure_of_the_worker_keeps_it(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        told = await failure(adapter, cards["tiny"], "overflow")
        assert told.kind == "context_overflow"
        assert told.sentence == "It has 9000 tokens of 2048."
        pid = adapter.loaded()["llamacpp/tiny"].pid
        await hear(adapter, cards["tiny"], prompt("say 1"))
        assert adapter.loaded()["llamacpp/tiny"].pid == pid


async def test_what_the_engine_cannot_do_starts_no_worker(tmp_path: Path) -> None:
    asked = Prompt(messages=(Message("user", (Image(url="x"),)),))
    async with running(tmp_path) as (adapter, cards):
        with pytest.raises(AttemptFailed) as caught:
            await hear(adapter, cards["tiny"], asked)
        assert caught.value.failure.kind == "unsupported"
        assert adapter.loaded() == {}


async def test_a_killed_worker_is_told_and_replaced(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        told = await failure(adapter, cards["tiny"], "die")
        assert told.kind == "worker_died"
        assert "SIGKILL" in told.sentence
        assert (await hear(adapter, cards["tiny"], prompt("say 1"))).text == "w0 "


async def test_a_worker_that_leaves_is_told_with_the_librarys_words_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        told = await failure(adapter, cards["tiny"], "exit 3")
        assert "status 3" in told.sentence
        assert "GGML_ASSERT(scripted) failed" in told.sentence
        assert "words of a prompt" not in told.sentence


async def test_garbage_ends_the_worker(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        told = await failure(adapter, cards["tiny"], "garbage")
        assert told.kind == "worker_died"
        assert "not a frame" in told.sentence


@pytest.mark.parametrize("name", ["broken", "mortal"])
async def test_a_model_that_does_not_load_is_told_each_time(tmp_path: Path, name: str) -> None:
    async with running(tmp_path, name) as (adapter, cards):
        for _ in range(2):
            told = await failure(adapter, cards[name], "say 1")
            assert told.kind == {"broken": "rejected", "mortal": "worker_died"}[name]
        await until(lambda: not adapter.loaded())


async def test_a_file_that_is_not_known_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, _):
        stranger = ModelCard(id="llamacpp/x", provider="llamacpp", name="x", place="local")
        assert (await failure(adapter, stranger, "say 1")).kind == "missing"


# Time bounds


@pytest.fixture
def time_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker on a busy machine is not killed for the time in which it stops."""
    monkeypatch.setattr(process, "CANCEL_GRACE_S", 60.0)


@pytest.mark.usefixtures("time_to_stop")
async def test_a_late_first_token_is_cancelled_and_the_worker_kept(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        await hear(adapter, cards["tiny"], prompt("say 1"))
        pid = adapter.loaded()["llamacpp/tiny"].pid
        told = await failure(adapter, cards["tiny"], "hang", first_token_s=0.2)
        assert told.kind == "first_token_timeout"
        assert (await hear(adapter, cards["tiny"], prompt("say 1"))).text
        assert adapter.loaded()["llamacpp/tiny"].pid == pid


async def test_a_worker_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        await hear(adapter, cards["tiny"], prompt("say 1"))
        pid = adapter.loaded()["llamacpp/tiny"].pid
        assert pid
        told = await failure(adapter, cards["tiny"], "deaf", first_token_s=0.2)
        assert told.kind == "first_token_timeout"
        assert (await hear(adapter, cards["tiny"], prompt("say 1"))).text
        assert not process_is_there(pid)


async def test_a_gap_in_the_middle_is_a_stall(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        told = await failure(adapter, cards["tiny"], "pause 30", gap_s=1.5)
        assert told.kind == "stall"
        assert told.sent_tokens == 2
        assert (await hear(adapter, cards["tiny"], prompt("say 1"))).text


async def test_a_call_may_take_longer_to_write_than_a_first_token(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        await hear(adapter, cards["tiny"], prompt("say 1"))
        limits = Limits(max_tokens=9, deadline_s=60.0, first_token_s=1.0, gap_s=30.0)
        heard = await hear(adapter, cards["tiny"], prompt("call 1.1"), limits=limits)
        assert [call.name for call in heard.calls] == ["f"]


async def test_the_deadline_ends_an_attempt(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        await hear(adapter, cards["tiny"], prompt("say 1"))
        assert (await failure(adapter, cards["tiny"], "hang", deadline_s=0.2)).kind == "deadline"


async def test_a_load_goes_on_when_its_first_caller_has_gone(tmp_path: Path) -> None:
    async with running(tmp_path, "slow") as (adapter, cards):
        told = await failure(adapter, cards["slow"], "say 1", first_token_s=0.5)
        assert told.kind == "first_token_timeout"
        assert "loading" in told.sentence
        loading = adapter.loaded()["llamacpp/slow"]
        assert loading.state == "loading"
        heard = await hear(adapter, cards["slow"], prompt("say 1"))
        assert heard.text
        assert adapter.loaded()["llamacpp/slow"].pid == loading.pid


# Cancelling


@pytest.mark.usefixtures("time_to_stop")
async def test_a_cancelled_task_leaves_the_worker_usable(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        card = cards["tiny"]
        await hear(adapter, card, prompt("say 1"))
        pid = adapter.loaded()[card.id].pid
        async with asyncio.TaskGroup() as group:
            task = group.create_task(hear(adapter, card, prompt("hang")))
            await until(lambda: adapter.loaded()[card.id].state == "generating")
            task.cancel()
        assert (await hear(adapter, card, prompt("say 2"))).text == "w0 w1 "
        assert adapter.loaded()[card.id].pid == pid


async def test_a_caller_in_the_line_can_leave_it(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        card = cards["tiny"]
        async with asyncio.TaskGroup() as group:
            first = group.create_task(hear(adapter, card, prompt("hang")))
            await until(lambda: card.id in adapter.loaded())
            second = group.create_task(hear(adapter, card, prompt("say 1")))
            third = group.create_task(hear(adapter, card, prompt("say 2")))
            await asyncio.sleep(0)
            second.cancel()
            first.cancel()
        assert third.result().text == "w0 w1 "
        assert third.result().phase_names[0] == "queued"


async def test_closing_the_adapter_ends_what_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        card = cards["tiny"]
        async with asyncio.TaskGroup() as group:
            task = group.create_task(failure(adapter, card, "hang"))
            await until(lambda: adapter.loaded().get(card.id) is not None)
            await until(lambda: adapter.loaded()[card.id].state == "generating")
            await adapter.close()
        assert "stopping" in task.result().sentence
        assert adapter.loaded() == {}


# Who stays loaded


async def test_the_longest_idle_model_makes_room(tmp_path: Path) -> None:
    async with running(tmp_path, "a", "b", "c", max_loaded=2) as (adapter, cards):
        for name in "abac":
            await hear(adapter, cards[name], prompt("say 1"))
        assert set(adapter.loaded()) == {"llamacpp/a", "llamacpp/c"}


async def test_a_model_at_work_is_never_unloaded(tmp_path: Path) -> None:
    async with running(tmp_path, "a", "b", max_loaded=1) as (adapter, cards):
        async with asyncio.TaskGroup() as group:
            busy = group.create_task(hear(adapter, cards["a"], prompt("pause 1.5")))
            await until(lambda: "llamacpp/a" in adapter.loaded())
            waiting = group.create_task(hear(adapter, cards["b"], prompt("say 1")))
            await until(lambda: adapter.loaded()["llamacpp/a"].state == "generating")
            assert not await adapter.unload("llamacpp/a")
            await adapter.wait_idle()
        assert busy.result().text == "w0 w1 w2 w3 "
        assert waiting.result().text == "w0 "
        assert set(adapter.loaded()) == {"llamacpp/b"}


async def test_an_idle_model_is_unloaded_after_a_while(tmp_path: Path) -> None:
    async with running(tmp_path, idle_unload_s=0.3) as (adapter, cards):
        await hear(adapter, cards["tiny"], prompt("say 1"))
        pid = adapter.loaded()["llamacpp/tiny"].pid
        assert pid
        await until(lambda: not process_is_there(pid))
        assert adapter.loaded() == {}


async def test_unloading_tells_whether_it_did(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        assert not await adapter.unload("llamacpp/tiny")
        await hear(adapter, cards["tiny"], prompt("say 1"))
        assert await adapter.unload("llamacpp/tiny")
        assert not await adapter.unload("llamacpp/tiny")


async def test_a_model_is_loaded_before_it_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        await adapter.load("llamacpp/tiny")
        idle_left_s = adapter.loaded()["llamacpp/tiny"].idle_left_s
        assert idle_left_s is not None
        assert idle_left_s > 0
        assert (await hear(adapter, cards["tiny"], prompt("say 1"))).text == "w0 "
        with pytest.raises(AttemptFailed) as caught:
            await adapter.load("llamacpp/gone")
        assert caught.value.failure.kind == "missing"


async def test_a_worker_that_dies_while_idle_is_replaced(tmp_path: Path) -> None:
    async with running(tmp_path) as (adapter, cards):
        await hear(adapter, cards["tiny"], prompt("say 1"))
        worker_of(adapter).kill("the test says so")
        assert (await hear(adapter, cards["tiny"], prompt("say 1"))).text
