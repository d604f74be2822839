"""Spare time: nothing that was put off is lost, out of order, or put off for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import pytest

from homeport.daemon.spare_time import SpareTime


async def until(done: Callable[[], bool]) -> None:
    """Turn the event loop until it is so; no timer of this test has a part in it."""
    for _ in range(10_000):
        if done():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_it_is_done_in_its_order_when_no_prompt_comes() -> None:
    spare, seen = SpareTime(), list[int]()
    finished = asyncio.Event()
    for n in range(100):
        spare.do(partial(seen.append, n))
    spare.do(finished.set)
    assert not seen
    async with asyncio.timeout(20):
        await finished.wait()
    assert seen == list(range(100))


async def test_hurried_it_takes_several_turns_and_no_time() -> None:
    spare, seen = SpareTime(), list[int]()
    for n in range(200):
        spare.do(partial(seen.append, n))
    spare.hurry()
    spare.hurry()
    assert not seen, "whoever hurries is not held up by it"
    await asyncio.sleep(0)
    assert 0 < len(seen) < 50
    await until(lambda: len(seen) == 200)
    assert seen == list(range(200))


async def test_what_comes_while_it_is_hurried_is_done_after_it() -> None:
    spare, seen = SpareTime(), list[str]()
    spare.do(lambda: spare.do(partial(seen.append, "second")))
    spare.do(partial(seen.append, "first"))
    spare.hurry()
    await until(lambda: len(seen) == 2)
    assert seen == ["first", "second"]


async def test_a_prompt_that_leaves_gives_time_for_a_little() -> None:
    spare, seen = SpareTime(), list[int]()
    for n in range(64):
        spare.do(partial(seen.append, n))
    spare.comes()
    spare.comes()
    assert not seen, "the prompt leaves first"
    await asyncio.sleep(0)
    assert seen == [0, 1, 2, 3]


async def test_prompts_that_never_stop_do_not_put_it_off_for_ever() -> None:
    spare, finished = SpareTime(), asyncio.Event()
    for _ in range(4000):
        spare.do(lambda: None)
    spare.do(finished.set)
    async with asyncio.timeout(20):
        while not finished.is_set():
            spare.comes()
            await asyncio.sleep(0.002)


async def test_one_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    spare, seen = SpareTime(), list[int]()
    spare.do(list[int]().pop)  # type: ignore[arg-type]
    spare.do(partial(seen.append, 1))
    with caplog.at_level(logging.ERROR):
        spare.hurry()
        await until(lambda: bool(seen))
    assert "put off failed" in caplog.text


async def test_finished_it_is_done_with_all_that_it_brings() -> None:
    spare, seen = SpareTime(), list[int]()
    spare.do(lambda: spare.do(partial(seen.append, 2)))
    spare.do(partial(seen.append, 1))
    spare.finish()
    assert seen == [1, 2]


async def test_with_nothing_to_do_it_does_nothing() -> None:
    spare = SpareTime()
    spare.comes()
    spare.hurry()
    await asyncio.sleep(0)
    assert repr(spare) == "SpareTime(0 waiting)"
