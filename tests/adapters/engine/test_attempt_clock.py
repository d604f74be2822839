"""The time bounds of one attempt."""

from __future__ import annotations

import asyncio

import pytest

from homeport.adapters.base import AttemptFailed, Limits
from homeport.adapters.engine.attempt_clock import AttemptClock


def clock(**limits: float) -> AttemptClock:
    bounds = {"deadline_s": 60.0, "first_token_s": 60.0, "gap_s": 60.0, **limits}
    return AttemptClock("llamacpp/m", Limits(max_tokens=1, **bounds))  # type: ignore[arg-type]


async def never() -> None:
    await asyncio.Event().wait()


async def soon() -> str:
    return "here"


async def test_what_comes_in_time_is_given() -> None:
    ticking = clock()
    assert await ticking.until_first_token(soon(), "it was loading") == "here"
    assert await ticking.until_next_token(soon()) == "here"


async def test_a_late_first_token_is_told_with_what_was_going_on() -> None:
    with pytest.raises(AttemptFailed) as caught:
        await clock(first_token_s=0.01).until_first_token(never(), "it was still loading")
    assert caught.value.failure.kind == "first_token_timeout"
    assert "within 0.01 s: it was still loading" in caught.value.failure.sentence


async def test_a_gap_is_told_with_the_tokens_sent() -> None:
    ticking = clock(gap_s=0.01)
    ticking.sent_tokens = 4
    with pytest.raises(AttemptFailed) as caught:
        await ticking.until_next_token(never())
    assert caught.value.failure.kind == "stall"
    assert caught.value.failure.sent_tokens == 4


async def test_the_deadline_comes_before_both() -> None:
    with pytest.raises(AttemptFailed) as first:
        await clock(deadline_s=0.01).until_first_token(never(), "x")
    with pytest.raises(AttemptFailed) as later:
        await clock(deadline_s=0.01).until_next_token(never())
    assert first.value.failure.kind == later.value.failure.kind == "deadline"
