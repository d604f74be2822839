"""What happens meanwhile, on the lab's own servers."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.lab.demo.cast import on_stage
from homeport.lab.demo.director import COURSE, pocket_money
from homeport.lab.demo.stage import DAY_USD


class Notebook:
    """In the place of the traffic: notes what the daemon would be told."""

    def __init__(self, spent_nano: int = 0, limit_nano: int | None = 60_000_000) -> None:
        self.orders: list[tuple[str, dict[str, Any]]] = []
        self._day = {"window": "day", "limit_nano": limit_nano, "spent_nano": spent_nano}

    async def order(self, route: str, value: dict[str, Any]) -> None:
        self.orders.append((route, value))

    async def look(self, route: str) -> Any:
        return {"spend": {"windows": [self._day]}}


async def test_every_event_can_happen_and_all_is_well_at_the_end() -> None:
    notes: Any = Notebook()
    async with on_stage() as cast:
        met = 0
        for event in COURSE:
            await event.does(cast, notes)
            met += sum(len(s.faults.listed()) for s in (cast.first, cast.second, cast.home))
        assert met > 4
        assert not [s for s in (cast.first, cast.second, cast.home) if s.faults.listed()]
    assert [value["offline"] for route, value in notes.orders if route == "link"] == [True, False]


@pytest.mark.parametrize(
    ("spent_nano", "limit_nano", "raised"),
    [(0, 60_000_000, False), (55_000_000, 60_000_000, True), (0, None, False)],
)
async def test_pocket_money_comes_when_the_budget_has_run_down(
    spent_nano: int, limit_nano: int | None, *, raised: bool
) -> None:
    notes: Any = Notebook(spent_nano, limit_nano)
    limit = await pocket_money(notes, DAY_USD)
    assert bool(notes.orders) == raised
    assert limit == (0.14 if raised else DAY_USD)
