"""What is unusual, on every screen that shows the daemon."""

from __future__ import annotations

import pytest

from support.stage import staged

SCREENS = {"live": "", "why": "enter", "spend": "s", "models": "m", "machine": "h", "chat": "c"}


@pytest.mark.parametrize("name", SCREENS)
async def test_it_stands_above_the_body(name: str) -> None:
    keys = [SCREENS[name]] if SCREENS[name] else []
    async with staged("budget-spent", keys=keys) as stage:
        assert stage.rows[1].startswith(" Today's budget is spent ($2.00 of $2.00)")


async def test_it_takes_a_sixth_of_the_height_at_most_and_nothing_while_all_is_well() -> None:
    async with staged("stopped", size=(48, 12)) as stage:
        assert stage.rows[3].startswith("╭─ decisions")
    async with staged() as stage:
        assert stage.rows[1].startswith("╭─ decisions")
