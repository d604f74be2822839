"""Who is loaded and whose turn it is, with scripted workers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import Load
from homeport.adapters.engine.pool import Berth, WorkerPool
from homeport.adapters.engine.process import WorkerProcess
from support import scripted_worker
from support.polling import process_is_there, until

COMMAND = (sys.executable, str(Path(scripted_worker.__file__)))


@contextlib.asynccontextmanager
async def opened(*, max_loaded: int = 2, idle_unload_s: float = 60.0) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(
        idle_unload_s=idle_unload_s, max_loaded=max_loaded, environment=os.environ, command=COMMAND
    )
    try:
        yield pool
    finally:
        await pool.close()


@contextlib.asynccontextmanager
async def taken(pool: WorkerPool, berth: Berth, path: str = "/m") -> AsyncIterator[WorkerProcess]:
    await pool.take(berth)
    try:
        yield await pool.ready_worker(berth, Load(path, 1, 1, 0))
    finally:
        pool.give_back(berth)


async def test_a_worker_is_kept_for_the_next() -> None:
    async with opened() as pool:
        berth = pool.berth("a")
        assert berth is pool.berth("a")
        assert not berth.is_ready
        async with taken(pool, berth) as first:
            assert berth.is_ready
        async with taken(pool, berth) as second:
            assert second is first
        assert repr(pool) == "WorkerPool(a; at most 2)"
        view = pool.loaded()["a"]
        assert (view.state, view.memory_bytes, view.pid) == ("ready", 1000, first.pid)
        assert view.since > 1_600_000_000_000


async def test_the_line_is_kept() -> None:
    order: list[int] = []

    async def one(pool: WorkerPool, number: int) -> None:
        async with taken(pool, pool.berth("a")):
            order.append(number)

    async with opened() as pool:
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(one(pool, number))
        assert order == list(range(5))


async def test_the_longest_idle_goes_first() -> None:
    async with opened(max_loaded=2) as pool:
        for name in "abac":
            async with taken(pool, pool.berth(name)):
                pass
        assert set(pool.loaded()) == {"a", "c"}


async def test_those_at_work_are_waited_for() -> None:
    async with opened(max_loaded=1) as pool, asyncio.TaskGroup() as group:
        release = asyncio.Event()
        at_work = asyncio.Event()

        async def hold() -> None:
            async with taken(pool, pool.berth("a")):
                at_work.set()
                await release.wait()

        async def want() -> None:
            async with taken(pool, pool.berth("b")):
                assert set(pool.loaded()) == {"b"}

        group.create_task(hold())
        await at_work.wait()
        wanting = group.create_task(want())
        await until(lambda: pool.berth("b").turn.locked())
        assert not await pool.unload("a")
        assert set(pool.loaded()) == {"a"}
        release.set()
        await wanting
        await pool.wait_idle()


async def test_an_idle_worker_is_unloaded_after_a_while_and_not_while_it_is_wanted() -> None:
    async with opened(idle_unload_s=0.2) as pool:
        berth = pool.berth("a")
        async with taken(pool, berth) as worker:
            pid = worker.pid
        assert pid
        async with taken(pool, berth):
            assert berth.timer is None
            assert process_is_there(pid)
        await until(lambda: not process_is_there(pid))
        assert pool.loaded() == {}


async def test_unloading_tells_whether_it_did() -> None:
    async with opened() as pool:
        assert not await pool.unload("a")
        async with taken(pool, pool.berth("a")):
            assert not await pool.unload("a")
        assert await pool.unload("a")
        assert not await pool.unload("a")


async def test_an_idle_model_stays_as_long_as_it_is_told() -> None:
    async with opened(idle_unload_s=60) as pool:
        pool.keep("a", 5)
        async with taken(pool, pool.berth("a")):
            pool.keep("a", 5)
            assert pool.loaded()["a"].idle_left_s is None
        pool.keep("a", -1)
        assert pool.loaded()["a"].idle_left_s is None
        pool.keep("a", 1e12)
        assert (pool.loaded()["a"].idle_left_s or 0) > 60
        pool.keep("a", 0)
        await until(lambda: pool.loaded() == {})


async def test_a_failed_load_leaves_the_place_free() -> None:
    async with opened(max_loaded=1) as pool:
        with pytest.raises(EngineFailure):
            async with taken(pool, pool.berth("a"), "/broken"):
                pass
        async with taken(pool, pool.berth("b")):
            assert set(pool.loaded()) == {"b"}


async def test_speed_is_remembered_when_the_worker_is_gone() -> None:
    async with opened() as pool:
        berth = pool.berth("a")
        async with taken(pool, berth) as worker:
            worker.tokens_per_s = 12.0
        await pool.unload("a")
        async with taken(pool, berth):
            pass
        assert pool.loaded()["a"].tokens_per_s == 12.0


async def test_closing_ends_all() -> None:
    async with opened() as pool:
        pids = []
        for name in "ab":
            async with taken(pool, pool.berth(name)) as worker:
                pids.append(worker.pid)
        await pool.close()
        assert not any(process_is_there(pid) for pid in pids if pid)
        assert repr(pool) == "WorkerPool(empty; at most 2)"
