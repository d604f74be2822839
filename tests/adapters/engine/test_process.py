"""The daemon's side of one worker process, with a scripted worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.adapters.engine import platform
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import (
    Chunk,
    Done,
    Failed,
    FromWorker,
    Generate,
    Load,
    Prefilling,
    Turn,
)
from homeport.adapters.engine.process import Exchange, WorkerProcess
from support import scripted_worker
from support.polling import process_is_there, until

COMMAND = (sys.executable, str(Path(scripted_worker.__file__)))


@contextlib.asynccontextmanager
async def started(path: str = "/tiny.gguf") -> AsyncIterator[WorkerProcess]:
    worker = await WorkerProcess.start(
        "llamacpp/tiny",
        Load(path, 2048, 1, 0),
        command=COMMAND,
        environment=os.environ,
        on_change=lambda: None,
    )
    try:
        yield worker
    finally:
        await worker.shut()


def request(number: int, words: str) -> Generate:
    return Generate(number, (Turn("user", words),), "", 100)


async def frames(exchange: Exchange) -> list[FromWorker]:
    """All frames of an exchange."""
    heard: list[FromWorker] = []
    while not heard or not isinstance(heard[-1], Done | Failed):
        heard.append(await exchange.next())
    return heard


async def death_in(words: str) -> EngineFailure:
    async with started() as worker:
        await worker.loaded
        with pytest.raises(EngineFailure) as caught:
            await frames(worker.begin(request(1, words)))
        await worker.ended
        assert worker.state == "ended"
        assert worker.pid is None
    return caught.value


async def test_a_worker_loads_and_answers() -> None:
    async with started() as worker:
        assert worker.state == "loading"
        loaded = await worker.loaded
        assert loaded.context == 2048
        assert worker.state == "ready"
        assert repr(worker) == f"WorkerProcess(llamacpp/tiny, ready, pid {worker.pid})"
        exchange = worker.begin(request(1, "say 2"))
        assert worker.state == "generating"
        kinds = [type(frame) for frame in await frames(exchange)]
        assert kinds == [Prefilling, Chunk, Chunk, Done]
        assert worker.state == "ready"
        assert worker.tokens_per_s == 500


async def test_an_abandoned_request_is_stopped_and_its_rest_not_mixed_in() -> None:
    async with started() as worker:
        await worker.loaded
        first = worker.begin(request(1, "hang"))
        assert isinstance(await first.next(), Prefilling)
        worker.abandon(first)
        await worker.settled()
        heard = await frames(worker.begin(request(2, "say 1")))
        assert {frame.id for frame in heard if isinstance(frame, Chunk | Done)} == {2}
        worker.abandon(first)
        assert worker.is_alive


async def test_a_worker_that_does_not_stop_is_killed() -> None:
    async with started() as worker:
        await worker.loaded
        exchange = worker.begin(request(1, "deaf"))
        await exchange.next()
        worker.abandon(exchange)
        await worker.settled()
        assert not worker.is_alive
        late = worker.begin(request(2, "say 1"))
        with pytest.raises(EngineFailure, match="did not stop"):
            await late.next()


async def test_a_death_says_how() -> None:
    assert "SIGKILL" in (await death_in("die")).sentence
    left = await death_in("exit 3")
    assert left.kind == "worker_died"
    assert "status 3 (GGML_ASSERT(scripted) failed)" in left.sentence
    assert "not a frame" in (await death_in("garbage")).sentence


async def test_a_death_for_want_of_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    kills = iter(range(100))
    monkeypatch.setattr(platform, "memory_kills", lambda: next(kills))
    death = await death_in("die")
    assert death.kind == "out_of_memory"
    assert "models.context" in death.sentence


async def test_a_death_while_loading_is_told() -> None:
    async with started("/mortal.gguf") as worker:
        with pytest.raises(EngineFailure, match="SIGSEGV"):
            await worker.loaded


async def test_a_failed_load_ends_the_worker() -> None:
    async with started("/broken.gguf") as worker:
        with pytest.raises(EngineFailure, match="scripted model is broken"):
            await worker.loaded
        assert not worker.is_alive


async def test_a_failed_load_that_nobody_waits_for_is_no_warning() -> None:
    async with started("/broken.gguf") as worker:
        await worker.ended


async def test_a_stray_print_is_no_frame() -> None:
    async with started() as worker:
        await worker.loaded
        assert worker.is_alive


async def test_a_slow_reader_pauses_the_worker() -> None:
    async with started() as worker:
        await worker.loaded
        exchange = worker.begin(request(1, "say 3000"))
        await until(lambda: worker.is_paused)
        heard = await frames(exchange)
        assert not worker.is_paused
        assert sum(isinstance(frame, Chunk) for frame in heard) == 3000


async def test_a_paused_worker_can_be_cancelled() -> None:
    async with started() as worker:
        await worker.loaded
        exchange = worker.begin(request(1, "say 3000"))
        await until(lambda: worker.is_paused)
        worker.abandon(exchange)
        await worker.settled()
        assert worker.is_alive


async def test_shutting_ends_the_process() -> None:
    async with started() as worker:
        await worker.loaded
        pid = worker.pid
        assert pid
        await worker.shut()
        assert not process_is_there(pid)
        await worker.shut()


async def test_a_worker_that_keeps_its_pipe_is_killed() -> None:
    async with started() as worker:
        await worker.loaded
        pid = worker.pid
        assert pid
        os.kill(pid, signal.SIGSTOP)
        await worker.shut()
        assert not process_is_there(pid)


async def test_a_start_that_is_cancelled_leaves_no_process() -> None:
    async def start() -> None:
        async with started():
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(start())
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
