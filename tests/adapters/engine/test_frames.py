"""Frames between the daemon and a worker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import TokenLogprob
from homeport.adapters.engine.frames import (
    MAX_FRAME_BYTES,
    BrokenFrame,
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
    SamplingPlan,
    Turn,
    pack,
    read_from_worker,
    read_to_worker,
)

TO_WORKER = [
    Load("/m.gguf", 2048, 2, -1),
    Generate(1, (Turn("user", "hé\n🚢"),), "so", 10, SamplingPlan(seed=4), ("x",), True, 3, b"{}"),
    Cancel(1),
]  # fmt: skip
FROM_WORKER = [
    Loaded(2048, 100, 3, "note"),
    LoadFailed("missing", "Gone."),
    Prefilling(1, 20, 10),
    Chunk(1, "🚢", 2, (TokenLogprob("🚢", -0.5, (("a", -1.0),)),)),
    Done(1, "stop", 20, 10, 5, 1.5, 2.5, True, 10, "note"),
    Failed(1, "unsupported", "No."),
]


@pytest.mark.parametrize("frame", TO_WORKER, ids=lambda frame: type(frame).__name__)
def test_frames_to_the_worker_arrive_as_they_were(frame: Load) -> None:
    (body,) = FrameSplitter().feed(pack(frame))
    assert read_to_worker(body) == frame


@pytest.mark.parametrize("frame", FROM_WORKER, ids=lambda frame: type(frame).__name__)
def test_frames_from_the_worker_arrive_as_they_were(frame: Done) -> None:
    (body,) = FrameSplitter().feed(pack(frame))
    assert read_from_worker(body) == frame


@given(cuts=st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_pieces_of_any_size_give_the_same_frames(cuts: list[int]) -> None:
    stream = b"".join(map(pack, FROM_WORKER))
    splitter, bodies, at = FrameSplitter(), [], 0
    while at < len(stream):
        size = cuts[len(bodies) % len(cuts)]
        bodies += splitter.feed(stream[at : at + size])
        at += size
    assert [read_from_worker(body) for body in bodies] == FROM_WORKER


@pytest.mark.parametrize("body", [b"", b"\xff", b"\x93\x01\x02\x03", pack(Cancel(1))[4:-1]])
def test_what_is_no_frame_is_told(body: bytes) -> None:
    with pytest.raises(BrokenFrame):
        read_to_worker(body)
    with pytest.raises(BrokenFrame):
        read_from_worker(body)


def test_an_impossible_length_is_told() -> None:
    with pytest.raises(BrokenFrame):
        FrameSplitter().feed((MAX_FRAME_BYTES + 1).to_bytes(4, "little"))
