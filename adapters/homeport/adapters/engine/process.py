"""The daemon's side of one worker process.

Everything happens in callbacks of the event loop: there is no task that could be
lost. One request runs at a time; an abandoned one is cancelled, and where the
worker does not confirm that within a second, it is killed.
"""

from __future__ import annotations

import asyncio
import collections
import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from homeport.adapters.engine import platform
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import (
    BrokenFrame,
    Cancel,
    Done,
    Embed,
    Failed,
    FrameSplitter,
    FromWorker,
    Generate,
    Load,
    Loaded,
    LoadFailed,
    ToWorker,
    Vectors,
    pack,
    read_from_worker,
)

WORKER_COMMAND = (sys.executable, "-P", "-m", "homeport.adapters.engine")
CANCEL_GRACE_S = 1.0
SHUT_GRACE_S = 3.0
QUEUED_FRAMES = 512
"""More unread frames than this pause the worker."""

STDIN, STDOUT, STDERR = 0, 1, 2
TELLING_LINE = re.compile(
    r"GGML_ASSERT|GGML_ABORT|ggml_|llama_|terminate called|what\(\)|^error", re.I
)


class Exchange:
    """One request in a worker: its frames as they come."""

    def __init__(self, worker: WorkerProcess, request_id: int) -> None:
        self.id = request_id
        self.ended = False
        self.is_abandoned = False
        self._worker = worker
        self._frames: asyncio.Queue[FromWorker | EngineFailure] = asyncio.Queue()

    async def next(self) -> FromWorker:
        """The next frame; raises `EngineFailure` where the worker died."""
        frame = await self._frames.get()
        if self._frames.qsize() < QUEUED_FRAMES // 2:
            self._worker.resume_reading()
        if isinstance(frame, EngineFailure):
            raise frame
        return frame

    def put(self, frame: FromWorker | EngineFailure) -> None:
        """Called by the worker's callbacks."""
        if self.is_abandoned:
            return
        self._frames.put_nowait(frame)
        if self._frames.qsize() > QUEUED_FRAMES:
            self._worker.pause_reading()


class WorkerProcess(asyncio.SubprocessProtocol):
    """A worker from its start to its end."""

    def __init__(self, model_id: str, on_change: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self.model_id = model_id
        self.loaded: asyncio.Future[Loaded] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self.started_ms = int(time.time() * 1000)
        self.memory_bytes: int | None = None
        self.tokens_per_s: float | None = None
        self.note = ""
        self._on_change = on_change
        self._loop = loop
        self._splitter = FrameSplitter()
        self._stderr: collections.deque[bytes] = collections.deque(maxlen=64)
        self._exchange: Exchange | None = None
        self._settled: asyncio.Future[None] | None = None
        self._kill_timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.SubprocessTransport | None = None
        self._paused = False
        self._killed_because = ""
        self._memory_kills = 0
        self.loaded.add_done_callback(_look_at_result)

    def __repr__(self) -> str:
        return f"WorkerProcess({self.model_id}, {self.state}, pid {self.pid})"

    @classmethod
    async def start(
        cls,
        model_id: str,
        load: Load,
        *,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        on_change: Callable[[], None],
    ) -> WorkerProcess:
        """Start a process and have it load the model; `loaded` tells when that is done."""
        loop = asyncio.get_running_loop()
        options: dict[str, Any] = platform.start_options()
        kills = await asyncio.to_thread(platform.memory_kills)
        transport, worker = await loop.subprocess_exec(
            lambda: cls(model_id, on_change),
            *command,
            model_id,
            env=platform.worker_environment(environment),
            **options,
        )
        worker._transport = transport
        worker._memory_kills = kills
        worker.send(load)
        return worker

    # What it is

    @property
    def pid(self) -> int | None:
        """Its process id; None before it has one and after its end."""
        return self._transport.get_pid() if self._transport and self.is_alive else None

    @property
    def is_alive(self) -> bool:
        """Whether it can be given work."""
        return not self.ended.done() and not self._killed_because

    @property
    def is_busy(self) -> bool:
        """Whether it is at work on a request, wanted or not."""
        return self._exchange is not None and not self._exchange.ended

    @property
    def state(self) -> Literal["loading", "ready", "generating", "ended"]:
        """`loading`, `ready`, `generating` or `ended`."""
        if not self.is_alive:
            return "ended"
        if not self.loaded.done():
            return "loading"
        return "generating" if self.is_busy else "ready"

    @property
    def is_paused(self) -> bool:
        """Whether it waits for the reader of its answer."""
        return self._paused

    # Giving it work

    def send(self, frame: ToWorker) -> None:
        """Write one frame; a dead worker's are dropped, its end is told elsewhere."""
        pipe = self._pipe(STDIN)
        if pipe is not None and not pipe.is_closing():
            pipe.write(pack(frame))

    def begin(self, request: Generate | Embed) -> Exchange:
        """Hand it a request; the one before must have settled."""
        self._exchange = Exchange(self, request.id)
        self.send(request)
        if not self.is_alive:
            self._exchange.put(self._death())
        self._on_change()
        return self._exchange

    def abandon(self, exchange: Exchange) -> None:
        """Nobody wants the rest: stop it at once, without waiting for it here."""
        if exchange.ended or not self.is_alive:
            return
        exchange.is_abandoned = True
        self.send(Cancel(exchange.id))
        self.resume_reading()
        self._settled = self._loop.create_future()
        self._kill_timer = self._loop.call_later(
            CANCEL_GRACE_S, self.kill, "it did not stop when it was told to"
        )

    async def settled(self) -> None:
        """Wait until an abandoned request has stopped, or the worker has ended."""
        if self._settled is not None and not self._settled.done():
            await asyncio.wait([self._settled, self.ended], return_when=asyncio.FIRST_COMPLETED)

    # Ending it

    def close_pipe(self, because: str = "it was unloaded") -> None:
        """Ask it to end: its pipe's end is its end."""
        self._killed_because = self._killed_because or because
        pipe = self._pipe(STDIN)
        if pipe is not None:
            pipe.close()
        self._on_change()

    async def shut(self, because: str = "it was unloaded") -> None:
        """End it, and wait until its memory is free again."""
        self.close_pipe(because)
        done, _ = await asyncio.wait([self.ended], timeout=SHUT_GRACE_S)
        if not done:
            self.kill("it did not end when its pipe closed")
            await asyncio.wait([self.ended], timeout=SHUT_GRACE_S)

    def kill(self, because: str) -> None:
        """End it without asking."""
        self._killed_because = self._killed_because or because
        if self._transport is not None and not self.ended.done():
            self._transport.kill()
            self.resume_reading()
        self._on_change()

    # Callbacks of the event loop

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Frames on standard output; words of libraries on standard error."""
        if fd == STDERR:
            self._stderr.append(data[-4096:])
            return
        try:
            for body in self._splitter.feed(data):
                self._take(read_from_worker(body))
        except BrokenFrame:
            self.kill("it sent what is not a frame")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's name
        """The process has ended and all its pipes are read."""
        death = self._death()
        if not self.loaded.done():
            self.loaded.set_exception(death)
        if self._exchange is not None and not self._exchange.ended:
            self._exchange.ended = True
            self._exchange.put(death)
        self._settle()
        if not self.ended.done():
            self.ended.set_result(None)
        if self._transport is not None:
            self._transport.close()
        self._on_change()

    def pause_reading(self) -> None:
        """Let the worker wait for the reader of its answer."""
        if self.is_alive and not self._paused and (pipe := self._pipe(STDOUT)) is not None:
            self._paused = True
            pipe.pause_reading()

    def resume_reading(self) -> None:
        """Go on after `pause_reading`."""
        if self._paused and (pipe := self._pipe(STDOUT)) is not None:
            self._paused = False
            pipe.resume_reading()

    def _pipe(self, fd: int) -> Any:
        return self._transport.get_pipe_transport(fd) if self._transport else None

    def _take(self, frame: FromWorker) -> None:
        if isinstance(frame, Loaded | LoadFailed):
            self._take_load(frame)
            return
        if self._exchange is None or frame.id != self._exchange.id:
            return
        if isinstance(frame, Done | Vectors | Failed):
            self._exchange.ended = True
            self._settle()
        if isinstance(frame, Done):
            self._learn(frame)
        self._exchange.put(frame)
        if self._exchange.ended:
            self._on_change()

    def _take_load(self, frame: Loaded | LoadFailed) -> None:
        if self.loaded.done():
            return
        if isinstance(frame, Loaded):
            self.memory_bytes, self.note = frame.memory_bytes, frame.note
            self.loaded.set_result(frame)
        else:
            self.loaded.set_exception(EngineFailure(frame.kind, frame.sentence))
            self._killed_because = "its model could not be loaded"
        self._on_change()

    def _learn(self, done: Done) -> None:
        self.memory_bytes = done.memory_bytes or self.memory_bytes
        self.note = done.note
        if done.output_tokens > 1 and done.decode_ms > 0:
            self.tokens_per_s = done.output_tokens * 1000 / done.decode_ms

    def _settle(self) -> None:
        if self._kill_timer is not None:
            self._kill_timer.cancel()
            self._kill_timer = None
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    # Saying why it ended

    def _death(self) -> EngineFailure:
        status = self._transport.get_returncode() if self._transport else None
        if self._killed_because:
            return EngineFailure(
                "worker_died",
                f"The process that runs the model was ended: {self._killed_because}. "
                "The next prompt starts a fresh one.",
            )
        if platform.was_killed(status) and platform.memory_kills() > self._memory_kills:
            return EngineFailure(
                "out_of_memory",
                "The process that runs the model was most likely ended by the system because "
                "memory ran out. Choose a smaller model, lower models.context, or free memory.",
            )
        words = self._last_words()
        return EngineFailure(
            "worker_died",
            f"The process that runs the model died: {platform.describe_end(status)}"
            f"{f' ({words})' if words else ''}. The next prompt starts a fresh one.",
        )

    def _last_words(self) -> str:
        """The last line on standard error that comes from the C library; never anything else."""
        text = b"".join(self._stderr)[-8192:].decode("utf-8", "replace")
        telling = [line.strip() for line in text.splitlines() if TELLING_LINE.search(line)]
        return telling[-1][:200] if telling else ""


def _look_at_result(future: asyncio.Future[Loaded]) -> None:
    """A failed load that nobody waited for is told to the next request by the worker's end."""
    if not future.cancelled():
        future.exception()
