"""A coding session of thirty growing turns: what hopping costs, and that we stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from homeport.adapters.base import Labels, Message, Prompt, Text
from homeport.daemon.routing.router import Router
from homeport.daemon.routing.sessions import Sessions
from homeport.policies.model import Weights
from support.caching import MINUTE_MS, CachingCloud, Clock, answered, cloud_card, price, turn
from support.house import house

TURNS = 30
CHEAPER, BETTER = "openai/gpt-4.1", "openai/gpt-5.5"
PRICES = {CHEAPER: price(1.5, 0.15, 6.0), BETTER: price(3.0, 0.3, 15.0)}
CODE = "def rate(item):\n    return item.price * item.count  # as the invoice wants it\n"
ASKED = (
    "Rename the variable total to amount.",
    "Why does the parser deadlock under concurrent writers? Prove that your change is correct, "
    "derive the invariant, and consider three edge cases of the distributed algorithm.",
    "Write a docstring for this function.",
    "Refactor the scheduler into a lock-free queue, keep all its invariants, and optimise the "
    "complexity of the recursive merge. Explain each step.",
)


def said(number: int) -> str:
    """What the person says at a turn: a file that was read, and a wish, easy or hard."""
    return f"{CODE * 60}\n# turn {number}\n{ASKED[number % len(ASKED)]}"


def by_task(number: int) -> str:
    """A rule router: what is hard goes to the better model, whatever was read before."""
    return (CHEAPER, BETTER)[number % 2]


def one_model(_: int) -> str:
    return BETTER


def left_to_us(_: int) -> str:
    return "auto"


@dataclass
class Session:
    """How it went."""

    cost_nano: int
    models: list[str]
    notes: list[str]

    @property
    def hops(self) -> int:
        """How often the model changed."""
        return sum(a != b for a, b in zip(self.models, self.models[1:], strict=False))


async def session(
    folder: Path,
    model: Callable[[int], str],
    *,
    sessions: Sessions | None = None,
    pause_ms: int = 3 * MINUTE_MS,
    turns: int = TURNS,
) -> Session:
    """A session of growing turns through the real router."""
    clock, notes = Clock(), []
    cloud = CachingCloud([cloud_card(name) for name in PRICES], clock)
    messages: tuple[Message, ...] = (Message("system", (Text("You are careful. " * 400),)),)
    async with house(folder, [cloud]) as home:
        home.around.prices.update(PRICES)
        home.set_policy(mode="cloud-only", weights=Weights(budget=0.2, latency=0.1, quality=0.7))
        rooms = replace(home.rooms, clock_ms=clock, sessions=sessions or Sessions())
        router = Router(rooms)
        for number in range(turns):
            messages = turn(messages, said(number))
            prompt = Prompt(messages=messages, labels=Labels(model=model(number)))
            async with router.answer(prompt) as answer:
                async for _ in answer.deltas():
                    pass
            notes.append(answer.decision.order[0].note)
            messages = answered(messages, "I changed the file as you asked.")
            clock.now_ms += pause_ms
        await router.settled()
    cost = sum(PRICES[name].cost(usage) or 0 for name, usage in cloud.served)
    return Session(cost, [name for name, _ in cloud.served], notes)


async def test_a_rule_router_triples_the_bill_of_a_coding_session(tmp_path: Path) -> None:
    """The published case: each of its models reads the whole history afresh, again and again."""
    steady = await session(_made(tmp_path / "steady"), one_model)
    hopping = await session(_made(tmp_path / "hopping"), by_task)
    assert (steady.hops, hopping.hops) == (0, TURNS - 1)
    assert hopping.cost_nano > 3 * steady.cost_nano


async def test_with_what_is_warm_in_view_a_session_stays_and_costs_a_third(tmp_path: Path) -> None:
    forgetful = await session(_made(tmp_path / "a"), left_to_us, sessions=Sessions(0))
    ours = await session(_made(tmp_path / "b"), left_to_us)
    assert forgetful.hops > 5
    assert ours.hops <= 1
    assert 3 * ours.cost_nano < forgetful.cost_nano


async def test_the_reason_is_told_in_words(tmp_path: Path) -> None:
    told = await session(tmp_path, left_to_us, turns=3)
    assert "prompt cache" not in told.notes[0]
    assert all("its prompt cache holds " in note for note in told.notes[1:])
    assert "tokens of this conversation." in told.notes[2]


async def test_a_cache_that_has_cooled_holds_nobody(tmp_path: Path) -> None:
    slow = await session(tmp_path, left_to_us, turns=3, pause_ms=6 * MINUTE_MS)
    assert not any("prompt cache" in note for note in slow.notes)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
