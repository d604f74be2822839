"""What a request may cost bounds all of its answers together, whatever they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.adapters.base import Usage
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.scopes import Limit
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import HomeportError
from support.polling import until
from support.scripted import Script
from support.several import (
    BEST,
    CENT,
    CLOUD,
    HOME,
    OTHER,
    SUM,
    TALK,
    Several,
    says,
    several,
)

FEW = settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
SCRIPTS = st.builds(
    Script,
    words=st.sampled_from([("42",), ("41",), (), ("4", "1", "."), ("I cannot help with that.",)]),
    fails=st.sampled_from([None, None, "overloaded", "reset", "link_lost"]),
    usage=st.just(Usage(input=20, output=40)),
)
TURNS = st.lists(SCRIPTS, min_size=1, max_size=3)


@asynccontextmanager
async def a_house(turns: list[list[Script]], limits: LedgerLimits) -> AsyncIterator[Several]:
    home = dict(zip((HOME, OTHER), turns[:2], strict=True))
    sky = dict(zip((CLOUD, BEST), turns[2:], strict=True))
    with TemporaryDirectory() as folder:
        async with several(Path(folder), home, sky, limits=limits) as s:
            for model, nano in ((HOME, 1), (OTHER, 2), (CLOUD, 5), (BEST, 20)):
                s.price(model, nano * CENT)
            yield s


@FEW
@given(
    strategy=st.sampled_from(["verify", "fallback", "ensemble", "race", "compare", "cheapest"]),
    turns=st.lists(TURNS, min_size=4, max_size=4),
    limit=st.integers(0, 3 * 10**6),
    day=st.none() | st.integers(0, 3 * 10**6),
)
def test_no_strategy_commits_more_than_it_may(
    strategy: str, turns: list[list[Script]], limit: int, day: int | None
) -> None:
    async def go() -> None:
        async with a_house(turns, LedgerLimits(day_nano=day)) as s:
            committed: list[int] = [0]
            s.home.watch = s.sky.watch = lambda: committed.append(s.committed_nano)
            with suppress(HomeportError):
                await s.ask(SUM, strategy, max_cost_nano=limit, size=4)
            await until(s.is_idle)
            assert max(committed) <= limit
            view = s.view
            assert view.cost_nano is not None
            assert view.cost_nano <= limit
            assert view.cost_nano == sum(a.cost_nano or 0 for a in view.attempts)
            if day is not None:
                assert max(committed) <= day
            assert all(attempt.outcome for attempt in view.attempts)

    asyncio.run(go())


async def test_a_member_that_would_go_over_is_left_out_and_said_so(tmp_path: Path) -> None:
    home = {HOME: [Script(words=("42",))], OTHER: [Script(words=("42",))]}
    async with several(tmp_path, home, {BEST: [Script(words=("41",))]}) as s:
        told = await s.ask(SUM, "ensemble", models=(HOME, OTHER, BEST), max_cost_nano=1)
    assert told.text == "42"
    assert s.sky.asked == []
    assert told.record is not None
    assert "max_cost" in [v.gate for v in told.record.steps[0].decision.vetoes]
    assert "is left out" in told.record.steps[0].decision.plan.why


async def test_two_that_fit_only_alone_do_not_both_run(tmp_path: Path) -> None:
    sky = {CLOUD: [Script(words=("42",))], BEST: [Script(words=("41",))]}
    async with several(tmp_path, {HOME: [Script()]}, sky) as s:
        s.price(CLOUD, CENT * 10**3)
        free = await s.ask(SUM, "compare", models=(CLOUD, BEST))
        assert free.record is not None
        worst = max(card.worst_cost_nano for card in free.record.steps[0].decision.order)
        told = await s.ask(SUM, "compare", models=(CLOUD, BEST), max_cost_nano=worst)
        await until(s.is_idle)
    assert told.view.strategy == "single"
    assert told.record is not None
    assert "would go over the limit" in told.record.steps[0].decision.plan.why


async def test_a_decision_holds_the_windows_of_its_prompt_and_replays(tmp_path: Path) -> None:
    limits = LedgerLimits(
        scoped=(
            Limit(window="day", scope="provider", name="sky", nano=1),
            Limit(window="week", scope="tag", name="work", nano=10**9),
            Limit(window="week", scope="tag", name="play", nano=10**9),
        )
    )
    at_home, away = {HOME: [says("home")]}, {CLOUD: [says("away")]}
    async with several(tmp_path, at_home, away, limits=limits) as s:
        told = await s.ask(TALK, tags=("work",))
    assert told.text == "home"
    assert told.record is not None
    (step,) = told.record.steps
    assert [(w.window, w.name) for w in step.budget.windows] == [("day", "sky"), ("week", "work")]
    assert {veto.gate for veto in step.decision.vetoes if veto.model == CLOUD} == {"budget"}
    assert replay(told.record) == "identical"


async def test_a_prompt_with_a_limit_of_its_own_goes_where_it_fits(tmp_path: Path) -> None:
    limits = LedgerLimits(scoped=(Limit(window="request", scope="client", name="x", nano=1),))
    at_home, away = {HOME: [says("home")]}, {CLOUD: [says("away")]}
    async with several(tmp_path, at_home, away, limits=limits) as s:
        told = await s.ask(TALK, client="x")
    assert told.record is not None
    assert told.record.steps[0].ask.max_cost_nano == 1
    vetoes = told.record.steps[0].decision.vetoes
    assert {veto.gate for veto in vetoes if veto.model == CLOUD} == {"max_cost"}
