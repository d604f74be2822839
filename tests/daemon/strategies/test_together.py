"""Several branches at once: who waits for whom, how they are stopped, and what breaks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from homeport.adapters.base import Finish
from homeport.daemon.strategies.branching import opened
from homeport.daemon.strategies.together import Together
from homeport.policies.errors import HomeportError
from support.polling import until
from support.scripted import prompt
from support.several import BEST, HOME, OTHER, Several, broken, says, several


async def together(
    s: Several, *models: str, starts: tuple[float, ...] = ()
) -> tuple[Together, object]:
    """A request that nobody reads, and branches of it."""
    answer = await s.house.router.begin(prompt())
    request = answer._request
    branches = [opened(request, s.house.rooms, f"b{at}", m) for at, m in enumerate(models)]
    return Together(branches, s.house.rooms, starts), answer


async def test_each_ends_in_a_finish_or_an_error(tmp_path: Path) -> None:
    home = {HOME: [says("a")], OTHER: [broken("out_of_memory")]}
    async with several(tmp_path, home) as s:
        runs, answer = await together(s, HOME, OTHER)
        last: dict[int, object] = {}
        while len([one for one in last.values() if isinstance(one, Finish | HomeportError)]) < 2:
            place, came = await runs.next()
            last[place] = came
        assert isinstance(last[0], Finish)
        assert isinstance(last[1], HomeportError)
        await runs.aclose()
        await s.house.router.end(answer)  # type: ignore[arg-type]
        await until(s.is_idle)


async def test_what_is_stopped_is_settled_when_stop_returns(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says("a", hangs=True)]}, {BEST: [says(hangs=True)]}) as s:
        runs, answer = await together(s, HOME, BEST)
        await until(lambda: s.home.open == s.sky.open == 1)
        await runs.stop(0, 1, why="enough")
        payments = answer._request.payments  # type: ignore[attr-defined]
        assert payments.open_attempts() == ()
        views = answer._request.attempt_views  # type: ignore[attr-defined]
        assert {(view.outcome, view.sentence) for view in views} == {("cancelled", "enough")}
        await runs.aclose()
        await s.house.router.end(answer)  # type: ignore[arg-type]


async def test_who_is_hurried_and_stopped_in_one_moment_asks_nobody(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says(hangs=True)]}, {BEST: [says("a")]}) as s:
        runs, answer = await together(s, HOME, BEST, starts=(0.0, 60.0))
        await until(lambda: s.home.open)
        runs.hurry()
        await runs.aclose()
        await s.house.router.end(answer)  # type: ignore[arg-type]
        await until(s.is_idle)
    assert s.sky.asked == []


async def test_one_model_at_home_runs_once_at_a_time_and_one_in_the_cloud_does_not(
    tmp_path: Path,
) -> None:
    async with several(tmp_path, {HOME: [says(hangs=True)]}, {BEST: [says(hangs=True)]}) as s:
        runs, answer = await together(s, HOME, HOME, BEST, BEST)
        await until(lambda: s.sky.open == 2 and s.home.open == 1)
        await runs.stop(0)
        await until(lambda: len(s.home.asked) == 2)
        assert s.home.open == 1
        await runs.aclose()
        await s.house.router.end(answer)  # type: ignore[arg-type]
        await until(s.is_idle)


async def test_what_breaks_in_the_daemon_is_an_answer_that_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with several(tmp_path, {HOME: [says("a")]}) as s:
        s.home.watch = lambda: 1 // 0  # type: ignore[assignment]
        runs, answer = await together(s, HOME)
        async with asyncio.timeout(20):
            while not isinstance(came := (await runs.next())[1], HomeportError):
                pass
        assert came.sentence
        await runs.aclose()
        await s.house.router.end(answer)  # type: ignore[arg-type]
    assert "broke" in caplog.text
