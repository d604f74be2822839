"""Budgets of other programs that leaked, or closed too early, each with its numbers.

The titles say whose users reported it; every case is played through our own router and ledger.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from homeport.adapters.base import Labels, TextDelta, Usage
from homeport.daemon.money.ledger import LedgerLimits, Reservation, Settlement
from homeport.daemon.money.price import flat
from homeport.daemon.money.scopes import Limit
from homeport.policies.errors import HomeportError
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

CENT = 10**7
"""In nano-dollars."""
DOLLAR = 100 * CENT
WORDS = 100
"""Tokens of each answer."""
PAID = card("scripted/paid", place="cloud", price_ref="x/y", max_output=WORDS, context=8192)
FREE = card("scripted/free")


def paid() -> ScriptedAdapter:
    """In the cloud: an answer takes all of its hundred tokens, at a dime, and nothing besides."""
    adapter = ScriptedAdapter({PAID.id: Script(usage=Usage(input=7, output=WORDS))}, [PAID])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    return adapter


def free(**script: Any) -> ScriptedAdapter:
    """At home."""
    return ScriptedAdapter({FREE.id: Script(**script)}, [FREE])


def at_a_dime(home: House) -> None:
    home.around.prices[PAID.id] = flat(0, 10 * CENT // WORDS * 10**6, source="a test")


async def ask(home: House, **labels: Any) -> bool:
    """One prompt; whether there was an answer."""
    try:
        async with home.router.answer(prompt(labels=Labels(**labels))) as answer:
            return any([isinstance(delta, TextDelta) async for delta in answer.deltas()])
    except HomeportError:
        return False


async def spent(home: House) -> list[tuple[int, int]]:
    """Spent and reserved under each limit, in cents, once all is settled."""
    await home.router.settled()
    windows = home.rooms.ledger.spend_view().windows
    return [(one.spent_nano // CENT, one.reserved_nano // CENT) for one in windows]


async def test_litellm_34732_prompts_at_once_of_one_session_do_not_share_a_budget_twice(
    tmp_path: Path,
) -> None:
    """All of a session read the same sum that was not used up yet, and all passed."""
    limits = LedgerLimits(scoped=(Limit(window="session", nano=25 * CENT),))
    adapter = paid()
    async with house(tmp_path, [adapter], limits=limits) as home:
        at_a_dime(home)
        home.set_policy(mode="cloud-only")
        answered = await asyncio.gather(*[ask(home, session="one") for _ in range(12)])
        assert (answered.count(True), len(adapter.asked)) == (2, 2)
        assert (20, 0) in await spent(home)
        assert await ask(home, session="another")


async def test_litellm_40095_the_first_prompts_of_an_unknown_client_have_a_budget(
    tmp_path: Path,
) -> None:
    """Eight at once against $0.000000001: all were answered, as nobody knew the client yet."""
    limits = LedgerLimits(scoped=(Limit(window="day", nano=1, scope="client", name="new"),))
    adapter = paid()
    async with house(tmp_path, [adapter], limits=limits) as home:
        at_a_dime(home)
        home.set_policy(mode="cloud-only")
        assert not any(await asyncio.gather(*[ask(home, client="new") for _ in range(8)]))
        assert not adapter.asked
        assert (await spent(home))[-1] == (0, 0)
        assert await ask(home, client="known")


async def test_litellm_41344_a_paid_fallback_of_a_free_model_is_paid_for(tmp_path: Path) -> None:
    """The budget of $1 was asked about the free model, which was down, and the paid one ran."""
    down, away = free(words=(), fails="overloaded"), paid()
    async with house(tmp_path, [down, away], limits=LedgerLimits(day_nano=DOLLAR)) as home:
        at_a_dime(home)
        answered = [await ask(home) for _ in range(13)]
        assert answered == [True] * 10 + [False] * 3
        assert len(away.asked) == 10
        assert (await spent(home))[0] == (100, 0)


async def test_litellm_41344_who_has_spent_all_still_has_the_free_model(tmp_path: Path) -> None:
    at_home, away = free(), paid()
    async with house(tmp_path, [at_home, away], limits=LedgerLimits(day_nano=1)) as home:
        at_a_dime(home)
        assert await ask(home)
        assert len(at_home.asked) == 1
        assert not away.asked
        assert (await spent(home))[0] == (0, 0)


async def pay(home: House, cents: int) -> None:
    """As one attempt of an hour ago."""
    attempt, now_ms = f"before-{cents}", home.rooms.clock_ms()
    reservation = Reservation(
        id=attempt, request=attempt, model=PAID.id, provider=PAID.provider, place="cloud",
        worst_nano=cents * CENT, at_ms=now_ms,
    )  # fmt: skip
    assert await home.rooms.ledger.reserve(reservation) is None
    usage = Usage(input=7, output=7)
    await home.rooms.ledger.settle(
        Settlement(id=attempt, usage=usage, cost_nano=cents * CENT, outcome="done", ended_ms=now_ms)
    )


async def test_bifrost_5770_a_limit_is_reached_when_it_is_reached(tmp_path: Path) -> None:
    """$15 a day and $100 a month, to be left at more than 99 %: it was left after $0.40."""
    limits = LedgerLimits(
        scoped=(
            Limit(window="day", nano=15 * DOLLAR, scope="provider", name=PAID.provider),
            Limit(window="month", nano=100 * DOLLAR, scope="provider", name=PAID.provider),
        )
    )
    at_home, away = free(), paid()
    async with house(tmp_path, [at_home, away], limits=limits) as home:
        at_a_dime(home)
        home.set_policy(mode="prefer-cloud")
        await pay(home, 40)
        assert await ask(home)
        assert (len(at_home.asked), len(away.asked)) == (0, 1)
        await pay(home, 1440)
        assert (await spent(home))[-2:] == [(1490, 0), (1490, 0)]
        assert await ask(home)
        assert (len(at_home.asked), len(away.asked)) == (0, 2)
        assert (await spent(home))[-2:] == [(1500, 0), (1500, 0)]
        assert await ask(home)
        assert (len(at_home.asked), len(away.asked)) == (1, 2)
        assert (await spent(home))[-2:] == [(1500, 0), (1500, 0)]
