"""Which models are loaded, and who may use them.

One owner for all workers. Requests to one model wait in line; a model that was
idle for long is unloaded; where too many are loaded the longest idle goes, and
never one that is at work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Literal

import msgspec

from homeport.adapters.engine.frames import Load
from homeport.adapters.engine.process import WORKER_COMMAND, WorkerProcess

LONGEST_IDLE_S = 30 * 86_400.0


class LoadedModel(msgspec.Struct, frozen=True):
    """One model that has a worker."""

    state: Literal["loading", "ready", "generating"]
    memory_bytes: int | None
    tokens_per_s: float | None
    since: int
    """Unix time in milliseconds."""
    pid: int | None = None
    note: str = ""
    idle_left_s: float | None = None
    """Until it is unloaded, where nobody asks for it; None while it is at work."""


class Berth:
    """One model's place in the pool: its line of requests and, at times, its worker."""

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        self.turn = asyncio.Lock()
        self.worker: WorkerProcess | None = None
        self.idle_since = 0.0
        self.waiting = 0
        self.tokens_per_s: float | None = None
        self.timer: asyncio.TimerHandle | None = None

    @property
    def is_alive(self) -> bool:
        """Whether a worker is there."""
        return self.worker is not None and self.worker.is_alive

    @property
    def is_ready(self) -> bool:
        """Whether the model is loaded."""
        return self.worker is not None and self.worker.state in ("ready", "generating")

    @property
    def is_idle(self) -> bool:
        """Whether its worker could be taken away."""
        return self.is_alive and not self.turn.locked() and not self.waiting


class WorkerPool:
    """Owns all workers of this machine's embedded engine."""

    def __init__(
        self,
        *,
        idle_unload_s: float,
        max_loaded: int,
        environment: Mapping[str, str],
        command: tuple[str, ...] = WORKER_COMMAND,
    ) -> None:
        self._idle_unload_s = idle_unload_s
        self._max_loaded = max_loaded
        self._environment = environment
        self._command = command
        self._berths: dict[str, Berth] = {}
        self._starting = asyncio.Lock()
        self._changed = asyncio.Event()
        self._closed = False

    def __repr__(self) -> str:
        loaded = [berth.model_id for berth in self._berths.values() if berth.is_alive]
        return f"WorkerPool({', '.join(loaded) or 'empty'}; at most {self._max_loaded})"

    def berth(self, model_id: str) -> Berth:
        """The place of a model, made when it is first asked for."""
        if model_id not in self._berths:
            self._berths[model_id] = Berth(model_id)
        return self._berths[model_id]

    def loaded(self) -> dict[str, LoadedModel]:
        """Every model that has a worker, by id."""
        return {
            berth.model_id: _view(berth, berth.worker)
            for berth in self._berths.values()
            if berth.worker is not None and berth.worker.is_alive
        }

    async def take(self, berth: Berth) -> None:
        """Wait in line for the model; `give_back` must follow."""
        berth.waiting += 1
        try:
            await berth.turn.acquire()
        finally:
            berth.waiting -= 1
        if berth.timer is not None:
            berth.timer.cancel()
            berth.timer = None

    def give_back(self, berth: Berth) -> None:
        """Let the next in line use the model."""
        berth.turn.release()
        berth.idle_since = time.monotonic()
        if berth.worker is not None and berth.worker.tokens_per_s is not None:
            berth.tokens_per_s = berth.worker.tokens_per_s
        if berth.is_alive and not berth.waiting:
            loop = asyncio.get_running_loop()
            berth.timer = loop.call_later(self._idle_unload_s, self._unload_if_idle, berth)
        self._tell()

    async def ready_worker(self, berth: Berth, load: Load) -> WorkerProcess:
        """The loaded worker of a berth that the caller has taken.

        A load goes on when the caller is cancelled, so that the next finds it done.
        """
        worker = berth.worker
        if worker is not None:
            await worker.settled()
        if worker is None or not worker.is_alive:
            worker = await self._start(berth, load)
        await asyncio.wait([worker.loaded])
        worker.loaded.result()
        return worker

    async def unload(self, model_id: str) -> bool:
        """Unload a model; False where it is not loaded, or at work."""
        berth = self._berths.get(model_id)
        if berth is None or berth.worker is None or not berth.is_idle:
            return False
        await berth.worker.shut()
        return True

    def keep(self, model_id: str, seconds: float) -> None:
        """Unload an idle model after so long, never where negative, unless it is asked before."""
        berth = self._berths.get(model_id)
        if berth is None or not berth.is_idle:
            return
        if berth.timer is not None:
            berth.timer.cancel()
            berth.timer = None
        if seconds >= 0:
            loop = asyncio.get_running_loop()
            bounded = min(seconds, LONGEST_IDLE_S)
            berth.timer = loop.call_later(bounded, self._unload_if_idle, berth)

    async def wait_idle(self) -> None:
        """Wait until no model is at work and nobody is in line."""
        while any(berth.turn.locked() or berth.waiting for berth in self._berths.values()):
            await self._change()

    async def close(self) -> None:
        """End all workers."""
        self._closed = True
        for berth in self._berths.values():
            if berth.timer is not None:
                berth.timer.cancel()
            if berth.worker is not None and not berth.worker.ended.done():
                await berth.worker.shut("the daemon is stopping")

    async def _start(self, berth: Berth, load: Load) -> WorkerProcess:
        async with self._starting:
            await self._make_room()
            berth.worker = await WorkerProcess.start(
                berth.model_id,
                load,
                command=self._command,
                environment=self._environment,
                on_change=self._tell,
            )
            return berth.worker

    async def _make_room(self) -> None:
        while len(self._holding_memory()) >= self._max_loaded:
            idle = [berth for berth in self._berths.values() if berth.is_idle]
            longest_idle = min(idle, key=lambda berth: berth.idle_since, default=None)
            if longest_idle is None or longest_idle.worker is None:
                await self._change()
            else:
                await longest_idle.worker.shut()

    def _holding_memory(self) -> list[Berth]:
        return [
            berth
            for berth in self._berths.values()
            if berth.worker is not None and not berth.worker.ended.done()
        ]

    def _unload_if_idle(self, berth: Berth) -> None:
        if berth.is_idle and berth.worker is not None:
            berth.worker.close_pipe()

    def _tell(self) -> None:
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def _view(berth: Berth, worker: WorkerProcess) -> LoadedModel:
    return LoadedModel(
        state=worker.state if worker.state != "ended" else "ready",
        memory_bytes=worker.memory_bytes,
        tokens_per_s=worker.tokens_per_s or berth.tokens_per_s,
        since=worker.started_ms,
        pid=worker.pid,
        note=worker.note,
        idle_left_s=_idle_left_s(berth),
    )


def _idle_left_s(berth: Berth) -> float | None:
    if berth.timer is None:
        return None
    return max(0.0, berth.timer.when() - asyncio.get_running_loop().time())
