"""Counting a prompt's tokens: exactly where its model's server can, else by our estimate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from homeport.adapters.base import Labels, Limits, Permit, Prompt, failed
from homeport.adapters.echo import EchoAdapter, EchoScript
from homeport.policies.model import ModelCard
from support.asks import ask, user
from support.house import house

FAR = EchoScript(name="far", place="cloud", price_ref="x/far")
NEAR = EchoScript(name="near")


class CountingAdapter(EchoAdapter):
    """Counts as well, and remembers under which permit."""

    def __init__(self, *scripts: EchoScript) -> None:
        super().__init__(scripts)
        self.permits: list[Permit | None] = []
        self.fails = False

    async def count_tokens(
        self, prompt: Prompt, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> int:
        """Forty-two."""
        self.permits.append(permit)
        if self.fails:
            raise failed(card.id, "overloaded", "Not now.")
        return 42


def about(model: str, **labels: Any) -> Prompt:
    return user("How long is this?", labels=Labels(model=model, **labels))


async def test_the_models_own_server_counts_under_a_permit(tmp_path: Path) -> None:
    adapter = CountingAdapter(FAR, NEAR)
    async with house(tmp_path, [adapter]) as rooms:
        counted = await rooms.router.count(about("echo/far"))
        assert (counted.tokens, counted.exact, counted.model) == (42, True, "echo/far")
        assert adapter.permits[0] is not None
        assert adapter.permits[0].place == "cloud"
        assert not adapter.prompts


async def test_a_private_prompt_is_not_counted_far_away(tmp_path: Path) -> None:
    adapter = CountingAdapter(FAR)
    async with house(tmp_path, [adapter]) as rooms:
        counted = await rooms.router.count(about("echo/far", private=True))
        assert (counted.exact, counted.model) == (False, "")
        assert counted.tokens > 0
        assert adapter.permits == []


async def test_where_nobody_counts_it_is_an_estimate(tmp_path: Path) -> None:
    adapter = CountingAdapter(NEAR)
    adapter.fails = True
    async with house(tmp_path, [adapter]) as rooms:
        counted = await rooms.router.count(about("auto"))
        assert (counted.exact, counted.model) == (False, "echo/near")
        assert len(adapter.permits) == 1
    async with house(tmp_path / "plain", [EchoAdapter((NEAR,))]) as rooms:
        assert not (await rooms.router.count(about("auto"))).exact


async def test_a_count_gives_back_no_seat_that_an_answer_has(tmp_path: Path) -> None:
    adapter = CountingAdapter(FAR, NEAR)
    async with house(tmp_path, [adapter]) as rooms:
        fleet = rooms.rooms.fleet
        card = replace(fleet.card("echo/far"), at_once=1)
        fleet.entrance.know({card.id: card}, {card.id: [adapter]})
        assert fleet.entrance.enter(card, ask()) == 0
        assert (await rooms.router.count(about("echo/far"))).exact
        line = fleet.entrance.line("echo/far")
        assert line is not None
        assert line.taken == 1, "somebody is answered still"
