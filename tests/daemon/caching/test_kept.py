"""Whatever happens between two prompts, what is given is what still holds: against a model."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.daemon.money.price import flat
from homeport.policies.kept_answer import SKEW_MS
from support.cached import CachedHouse, cached_house
from support.scripted import Script, ScriptedAdapter, card

TTL_S = 100
MODEL = "local/a"
SEQUENCES = 12

ASKS = st.tuples(st.just("ask"), st.integers(0, 2))
CLOCKS = st.tuples(st.just("clock"), st.sampled_from([-300, -30, 30, 70, 300]))
PRICES = st.tuples(st.just("price"), st.integers(1, 2))
POLICIES = st.tuples(st.just("policy"), st.integers(0, 1))
CLEARS = st.tuples(st.just("clear"), st.just(0))
EVENTS = st.lists(ASKS | ASKS | CLOCKS | PRICES | POLICIES | CLEARS, min_size=6, max_size=20)


@dataclass
class Expected:
    """What must be kept, in seconds of a clock that is never set back below its start."""

    wall_s: int = 0
    price: int = 1
    policy: int = 0
    kept: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """By prompt: when, at which price, under which policy."""

    @property
    def now_s(self) -> int:
        return max(0, self.wall_s)

    def ask(self, prompt: int) -> str:
        held = self.kept.get(prompt)
        if held is not None and self._holds(held[0]) and held[1:] == (self.price, self.policy):
            return "hit"
        self.kept[prompt] = (self.now_s, self.price, self.policy)
        self.kept = {one: held for one, held in self.kept.items() if self._holds(held[0])}
        return "miss"

    def _holds(self, kept_s: int) -> bool:
        return -SKEW_MS / 1000 <= self.now_s - kept_s < TTL_S


async def _happen(house: CachedHouse, expected: Expected, what: str, value: int) -> None:
    if what == "ask":
        _, view = await house.ask(f"Prompt {value}?")
        assert view.cache is not None
        assert view.cache.outcome == expected.ask(value)
    elif what == "clock":
        expected.wall_s += value
        house.clock.ahead_ms = expected.wall_s * 1000
    elif what == "price":
        expected.price = value
        house.house.around.prices[MODEL] = flat(value, value, source="a test")
    elif what == "policy":
        expected.policy = value
        house.house.set_policy(explore=value / 100)
    else:
        expected.kept.clear()
        await house.caching().clear()


async def _all(folder: Path, events: list[tuple[str, int]]) -> None:
    model = ScriptedAdapter({MODEL: Script()}, [card(MODEL)])
    async with cached_house(folder, [model], ttl_s=TTL_S, entries=16) as house:
        expected = Expected()
        house.house.around.prices[MODEL] = flat(1, 1, source="a test")
        house.caching()
        for what, value in events:
            await _happen(house, expected, what, value)


@settings(max_examples=SEQUENCES, deadline=None)
@given(EVENTS)
def test_a_hit_is_given_where_all_still_holds_and_nowhere_else(
    events: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_all(Path(folder), events))
