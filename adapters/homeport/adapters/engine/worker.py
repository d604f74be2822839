"""The worker process: frames in, frames out, one model, one request at a time.

Standard input and output carry frames, so both are moved aside before anything
else is imported: a stray print of a library goes to standard error. The pipe's
end is the worker's end, whatever it is doing: a thread waits for it.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from typing import Any

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
    read_to_worker,
)

READ_BYTES = 65536


def main() -> None:
    """Run until the pipe closes."""
    pipe_in, pipe_out = claim_pipes()
    platform.step_back()
    from homeport.adapters.engine.native import AbortFlag

    worker = Worker(pipe_out, AbortFlag())
    threading.Thread(target=worker.listen, args=(pipe_in,), daemon=True).start()
    worker.work()


def claim_pipes() -> tuple[int, int]:
    """Keep the pipes for frames alone; prints go to standard error, reads find nothing."""
    pipe_in, pipe_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return pipe_in, pipe_out


class Worker:
    """Does what the frames say, in their order; cancels out of order."""

    def __init__(self, pipe_out: int, abort: Any) -> None:
        self._pipe_out = pipe_out
        self._abort = abort
        self._waiting: queue.SimpleQueue[ToWorker] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running_id = 0
        self._cancelled: set[int] = set()
        self._model: Any = None
        self._generator: Any = None
        self._vector_maker: Any = None

    # The listening thread

    def listen(self, pipe_in: int) -> None:
        """Take frames in until the pipe closes, then end the process at once."""
        splitter = FrameSplitter()
        try:
            while data := os.read(pipe_in, READ_BYTES):
                for body in splitter.feed(data):
                    self._take(read_to_worker(body))
        except (OSError, BrokenFrame) as error:
            print(f"error: the pipe broke: {type(error).__name__}", file=sys.stderr)  # noqa: T201  # the ring buffer
        finally:
            os._exit(0)

    def _take(self, frame: ToWorker) -> None:
        if isinstance(frame, Cancel):
            self.cancel(frame.id)
        else:
            self._waiting.put(frame)

    def cancel(self, request_id: int) -> None:
        """Stop the request now if it runs, or before it starts."""
        with self._lock:
            if request_id == self._running_id:
                self._abort.raise_it()
            elif request_id > self._running_id:
                self._cancelled.add(request_id)

    # The working thread

    def work(self) -> None:
        """Do one frame after the other; returns after a model that cannot be loaded."""
        while True:
            frame = self._waiting.get()
            if isinstance(frame, Generate | Embed):
                self.say(self._answer(frame))
            elif isinstance(frame, Load) and not self._load(frame):
                return

    def say(self, frame: FromWorker) -> None:
        """Write one frame, whole."""
        data = memoryview(pack(frame))
        while data:
            data = data[os.write(self._pipe_out, data) :]

    def _load(self, load: Load) -> bool:
        try:
            self.say(self._loaded(load))
        except EngineFailure as failure:
            self.say(LoadFailed(failure.kind, failure.sentence))
            return False
        except ImportError as error:
            self.say(LoadFailed("missing", f"The llama.cpp engine does not start: {error}"))
            return False
        return True

    def _loaded(self, load: Load) -> Loaded:
        import time

        started = time.perf_counter()
        warm_up = threading.Thread(target=_import_what_answers_need, daemon=True)
        if not load.embeds:
            warm_up.start()
        from homeport.adapters.engine.native import NativeModel

        self._model = NativeModel(load, self._abort)
        if load.embeds:
            self._make_vectors_with(self._model)
        else:
            warm_up.join()
            from homeport.adapters.engine.generation import Generator

            self._generator = Generator(self._model, self._abort)
        return Loaded(
            context=self._model.context_tokens,
            memory_bytes=platform.own_memory(),
            load_ms=int((time.perf_counter() - started) * 1000),
            note=self._generator.template.note if self._generator else "",
        )

    def _make_vectors_with(self, model: Any) -> Any:
        from homeport.adapters.engine.vectors import VectorMaker

        self._vector_maker = self._vector_maker or VectorMaker(model, self._abort)
        return self._vector_maker

    def _answer(self, request: Generate | Embed) -> Done | Vectors | Failed:
        self._begin(request.id)
        try:
            if isinstance(request, Embed):
                return self._make_vectors_with(self._model).answer(request)  # type: ignore[no-any-return]
            return self._generator.answer(request, self.say)  # type: ignore[no-any-return]
        except EngineFailure as failure:
            return Failed(request.id, failure.kind, failure.sentence)
        except MemoryError:
            return Failed(
                request.id, "out_of_memory", "The engine ran out of memory; try a shorter prompt."
            )
        finally:
            self._end()

    def _begin(self, request_id: int) -> None:
        with self._lock:
            self._running_id = request_id
            self._abort.lower()
            if request_id in self._cancelled:
                self._abort.raise_it()
            self._cancelled = {other for other in self._cancelled if other > request_id}

    def _end(self) -> None:
        with self._lock:
            self._abort.lower()


def _import_what_answers_need() -> None:
    """While the weights load, which needs no Python: what takes long to import."""
    import jinja2.sandbox  # noqa: F401
    import numpy  # noqa: F401
