"""The worker process itself: its pipes, its order of work, its end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import (
    Cancel,
    Done,
    Failed,
    FromWorker,
    Generate,
    Load,
    LoadFailed,
    ToWorker,
    pack,
    read_from_worker,
    read_to_worker,
)
from homeport.adapters.engine.worker import Worker

COMMAND = [sys.executable, "-P", "-m", "homeport.adapters.engine", "tiny"]
PRINTING = """
import os, sys
from homeport.adapters.engine.worker import claim_pipes
pipe_in, pipe_out = claim_pipes()
print("from Python")
os.write(1, b"from C\\n")
assert sys.stdin.read() == ""
os.write(pipe_out, b"framed " + os.read(pipe_in, 100))
"""


def run(script: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(script, input=data, capture_output=True, timeout=60, check=False)


def test_prints_stay_out_of_the_frames() -> None:
    ended = run([sys.executable, "-c", PRINTING], b"input")
    assert ended.stdout == b"framed input"
    assert ended.stderr == b"from Python\nfrom C\n"


def test_a_file_that_is_gone_is_told_and_ends_the_worker() -> None:
    ended = run(COMMAND, pack(Load("/absent.gguf", 100, 1, 0)))
    failure = read_from_worker(ended.stdout[4:]) if ended.stdout else None
    assert failure is None or isinstance(failure, LoadFailed)
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(pack(Load("/absent.gguf", 100, 1, 0)))
        worker.stdin.flush()
        length = int.from_bytes(worker.stdout.read(4), "little")
        told = read_from_worker(worker.stdout.read(length))
        assert isinstance(told, LoadFailed)
        assert told.kind == "missing"
        assert worker.wait(20) == 0


def test_a_closed_pipe_ends_the_worker() -> None:
    assert run(COMMAND, b"").returncode == 0


def test_a_broken_pipe_ends_the_worker() -> None:
    ended = run(COMMAND, b"\xff\xff\xff\xff")
    assert ended.returncode == 0
    assert b"the pipe broke" in ended.stderr


class Flag:
    """An abort flag."""

    is_up = False

    def raise_it(self) -> None:
        self.is_up = True

    def lower(self) -> None:
        self.is_up = False


class ScriptedGenerator:
    """Answers as its script says, and notes whether it was told to stop."""

    def __init__(self, flag: Flag, during: Callable[[Generate], None]) -> None:
        self._flag = flag
        self._during = during

    def answer(self, request: Generate, emit: Callable[[FromWorker], None]) -> Done:
        self._during(request)
        return Done(request.id, "cancelled" if self._flag.is_up else "stop")


def answers(during: Callable[[Worker, Generate], None], *frames: ToWorker) -> list[FromWorker]:
    """What a worker with a scripted generator says to these frames."""
    read_end, write_end = os.pipe()
    flag = Flag()
    worker = Worker(write_end, flag)
    worker._generator = ScriptedGenerator(flag, lambda request: during(worker, request))
    for frame in frames:
        worker._take(read_to_worker(pack(frame)[4:]))
    wanted = sum(isinstance(frame, Generate) for frame in frames)
    threading.Thread(target=worker.work, daemon=True).start()
    told = []
    for _ in range(wanted):
        length = int.from_bytes(os.read(read_end, 4), "little")
        told.append(read_from_worker(os.read(read_end, length)))
    os.close(read_end)
    return told


def request(number: int) -> Generate:
    return Generate(number, (), "", 1)


def nothing(worker: Worker, request: Generate) -> None:
    """No event during the answer."""


def test_requests_are_answered_in_their_order() -> None:
    told = answers(nothing, request(1), request(2))
    assert told == [Done(1, "stop"), Done(2, "stop")]


def test_a_request_cancelled_before_it_starts_does_not_run_on() -> None:
    told = answers(nothing, request(1), request(2), Cancel(2), request(3))
    assert told == [Done(1, "stop"), Done(2, "cancelled"), Done(3, "stop")]


def test_a_cancel_while_it_runs_stops_that_one_alone() -> None:
    def during(worker: Worker, request: Generate) -> None:
        worker.cancel(1)

    told = answers(during, request(1), request(2))
    assert told == [Done(1, "cancelled"), Done(2, "stop")]


@pytest.mark.parametrize(
    ("error", "kind"),
    [(EngineFailure("unsupported", "No."), "unsupported"), (MemoryError(), "out_of_memory")],
)
def test_failures_are_told_and_the_worker_goes_on(error: Exception, kind: str) -> None:
    def during(worker: Worker, request: Generate) -> None:
        if request.id == 1:
            raise error

    first, second = answers(during, request(1), request(2))
    assert isinstance(first, Failed)
    assert first.kind == kind
    assert second == Done(2, "stop")
