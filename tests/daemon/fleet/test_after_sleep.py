"""After a sleep: models that lost the graphics card are told, and their speed is learned anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.daemon.fleet.after_sleep import AfterSleep
from homeport.daemon.fleet.speeds import Speeds
from support.house import house
from support.scripted import ScriptedAdapter, card

A, FAR = card("scripted/a"), card("scripted/far", place="lan")
GIB = 2**30


def see(speeds: Speeds, rate: float, *, tokens: int = 101) -> None:
    """One whole answer of A at this rate."""
    speeds.note(
        A,
        input_tokens=20,
        output_tokens=tokens,
        load_ms=None,
        first_token_ms=100,
        total_ms=100 + int(1e3 * (tokens - 1) / rate),
    )


def test_an_answer_at_less_than_half_of_the_speed_shows_it_and_one_as_before_ends_it() -> None:
    speeds = Speeds()
    see(speeds, 40.0)
    speeds.slept([A.id])
    see(speeds, 2.0, tokens=3)
    assert speeds.after_sleep.reason(A.id) == "", "a few tokens tell nothing"
    see(speeds, 8.0)
    assert speeds.after_sleep.reason(A.id) == (
        "running on the CPU, it seems: 8.0 tokens a second, 40.0 before this machine slept"
    )
    assert speeds.of(A).tokens_per_s == 8.0, "learned anew, and not blended with what was"
    speeds.slept([A.id])
    see(speeds, 8.0)
    assert "40.0 before" in speeds.after_sleep.reason(A.id), "a second sleep is no new beginning"
    see(speeds, 39.0)
    assert speeds.after_sleep.reason(A.id) == ""
    assert speeds.of(A).tokens_per_s == pytest.approx(39.0, rel=0.01)
    see(speeds, 8.0)
    assert speeds.after_sleep.reason(A.id) == "", "slow without a sleep is only slow"


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (8 * GIB, 8 * GIB, False),
        (8 * GIB, 4 * GIB, False),
        (8 * GIB, 3 * GIB, True),
        (8 * GIB, 0, True),
        (0, 0, False),
    ],
)
def test_less_than_half_of_what_was_on_the_card(before: int, after: int, lost: bool) -> None:
    woken = AfterSleep()
    assert woken.told({A.id: (before, 8 * GIB)}) == []
    woken.slept({A.id: None})
    assert woken.told({A.id: (after, 8 * GIB)}) == ([A.id] if lost else [])
    assert woken.told({A.id: (after, 8 * GIB)}) == [], "told once"
    assert woken.reason(A.id).startswith("running on the CPU: ") is lost
    woken.told({A.id: (8 * GIB, 8 * GIB)})
    assert woken.reason(A.id) == ""


def test_without_a_sleep_a_model_may_leave_the_card() -> None:
    awake = AfterSleep()
    awake.told({A.id: (8 * GIB, 8 * GIB)})
    assert awake.told({A.id: (0, 8 * GIB)}) == []
    assert awake.reason(A.id) == ""


class OnCard(ScriptedAdapter):
    """Tells, as Ollama does, how much of its models a graphics card holds."""

    on_card = 8 * GIB

    def running(self) -> dict[str, tuple[int, int]]:
        """Bytes on the card, and in all."""
        return {card.id: (self.on_card, 8 * GIB) for card in (A, FAR)}


async def test_watchers_see_it_of_this_machines_models_alone(tmp_path: Path) -> None:
    adapter = OnCard({}, [A, FAR])
    async with house(tmp_path, [adapter]) as home:
        fleet = home.rooms.fleet
        see(fleet.speeds, 40.0)
        fleet.slept()
        adapter.on_card = GIB
        await fleet.refresh()
        views = {view.id: view for view in fleet.views()}
        assert views[A.id].reason == (
            "running on the CPU: 1.1 GB of it on the graphics card, "
            "8.6 GB before this machine slept"
        )
        assert views[A.id].state == "ready"
        assert views[A.id].tokens_per_s is None, "what was seen holds no longer"
        assert views[FAR.id].reason == "", "another machine did not sleep"
