"""A worker process without a model: does what the last words of the user say.

`say N`, `die`, `exit N`, `hang`, `deaf` (hangs and does not hear a cancel),
`garbage`, `complain`, `pause N` (after two tokens), `call N` (written for so long),
`overflow`. Whether loading works is told by the file's name: `slow`, `broken`, `mortal`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from homeport.adapters.base import TokenLogprob
from homeport.adapters.engine.failure import Cancelled, EngineFailure
from homeport.adapters.engine.frames import (
    Called,
    Calling,
    Cancel,
    Chunk,
    Done,
    Failed,
    FrameSplitter,
    Generate,
    Load,
    Loaded,
    LoadFailed,
    Prefilling,
    pack,
    read_to_worker,
)

pipe_in, pipe_out = os.dup(0), os.dup(1)
os.dup2(2, 1)
stop = threading.Event()
deaf = threading.Event()


def say(frame: object) -> None:
    """One frame out."""
    os.write(pipe_out, pack(frame))  # type: ignore[arg-type]


def end_by(number: signal.Signals) -> None:
    """End by a signal; nothing more is done until it comes."""
    os.kill(os.getpid(), number)
    time.sleep(600)


def load(frame: Load) -> None:
    """By the file's name."""
    if "slow" in frame.path:
        time.sleep(1.5)
    if "mortal" in frame.path:
        end_by(signal.SIGSEGV)
    if "broken" in frame.path:
        say(LoadFailed("rejected", "The scripted model is broken."))
        os._exit(0)
    print("a stray print")
    note = "It has a note." if "noted" in frame.path else ""
    say(Loaded(context=frame.context, memory_bytes=1000, load_ms=1, note=note))


def answer(request: Generate) -> None:
    """By the last words."""
    stop.clear()
    verb, _, number = request.turns[-1].content.partition(" ")
    say(Prefilling(request.id, 10, 0))
    sent = 0
    try:
        for at in range(ACTIONS[verb](number)):
            if stop.is_set():
                raise Cancelled
            logprobs = (TokenLogprob(f"w{at} ", -0.5),)
            say(Chunk(request.id, f"w{at} ", 1, logprobs))
            sent += 1
            if verb == "pause" and at == 1:
                stop.wait(float(number))
        if verb == "call":
            say(Calling(request.id))
            stop.wait(float(number))
            say(Called(request.id, "f", "{}", 9))
    except Cancelled:
        say(Done(request.id, "cancelled", 10, 0, sent))
    except EngineFailure as failure:
        say(Failed(request.id, failure.kind, failure.sentence))
    else:
        say(Done(request.id, "stop", 10, 4, sent, 1.0, max(1, sent) * 2.0, memory_bytes=2000))


def die(_: str) -> int:
    say(Chunk(0, "of another request", 1))
    end_by(signal.SIGKILL)
    return 0


def leave(number: str) -> int:
    print("GGML_ASSERT(scripted) failed", file=sys.stderr, flush=True)
    print("words of a prompt", file=sys.stderr, flush=True)
    os._exit(int(number))


def hang(_: str) -> int:
    stop.wait()
    raise Cancelled


def hang_deaf(_: str) -> int:
    deaf.set()
    time.sleep(600)
    return 0


def garbage(_: str) -> int:
    os.write(pipe_out, b"\xff\xff\xff\xff not a frame")
    time.sleep(600)
    return 0


def start_call(_: str) -> int:
    return 0


def overflow(_: str) -> int:
    raise EngineFailure("context_overflow", "It has 9000 tokens of 2048.")


ACTIONS = {
    "say": int,
    "die": die,
    "exit": leave,
    "hang": hang,
    "deaf": hang_deaf,
    "garbage": garbage,
    "pause": lambda _: 4,
    "call": start_call,
    "overflow": overflow,
}


def work(frame: Load | Generate) -> None:
    """One frame in a thread of its own."""
    if isinstance(frame, Load):
        load(frame)
    else:
        answer(frame)


def main() -> None:
    """Frames in until the pipe closes."""
    splitter = FrameSplitter()
    while data := os.read(pipe_in, 65536):
        for body in splitter.feed(data):
            frame = read_to_worker(body)
            if isinstance(frame, Cancel):
                stop.set()
            else:
                threading.Thread(target=work, args=(frame,), daemon=True).start()
    os._exit(0)


if __name__ == "__main__":
    main()
