"""Before a model is asked again: a while, by chance, within the prompt's time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Labels, TextDelta
from homeport.daemon.money.price import flat
from homeport.daemon.strategies import backing_off
from homeport.daemon.strategies.backing_off import FIRST_S, MOST_S, opens_in_s, pause_s
from homeport.policies.errors import HomeportError
from homeport.policies.model import Failure, FailureKind
from support.deciding import candidate
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"
REFUSED = Failure(model=A, kind="refused", sentence="It broke.")


@given(st.integers(1, 60), st.floats(0, 1))
def test_a_pause_is_by_chance_below_a_bound_that_doubles(failures: int, chance: float) -> None:
    assert 0 <= pause_s(failures, chance) <= min(MOST_S, FIRST_S * 2 ** (failures - 1))


def test_a_server_that_said_when_is_waited_for_where_that_is_soon() -> None:
    soon, late = candidate(A, breaker_opens_ms=2_000), candidate(A, breaker_opens_ms=6_000)
    assert opens_in_s([REFUSED], [soon]) == 2.0
    assert opens_in_s([REFUSED], [late]) is None
    assert opens_in_s([REFUSED, REFUSED], [soon]) is None, "it was tried again already"
    assert opens_in_s([Failure(model=A, kind="stall", sentence="")], [soon]) is None


class Later(ScriptedAdapter):
    """Answers at the second asking."""

    def stream(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        """By the script; from the second time on without the failure."""
        stream = super().stream(*args, **kwargs)
        if self.asked_times:
            self.scripts[A] = Script()
        self.asked_times += 1
        return stream

    asked_times = 0


async def said(home: House, deadline_ms: int = 10_000) -> str:
    labels = Labels(deadline_ms=deadline_ms)
    async with home.router.answer(prompt(labels=labels)) as answer:
        return "".join([d.text async for d in answer.deltas() if isinstance(d, TextDelta)])


async def test_a_start_that_failed_is_made_again_and_reserved_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_off, "FIRST_S", 0.01)
    adapter = Later({A: Script(words=(), fails="refused")}, [card(A)])
    async with house(tmp_path, [adapter]) as home:
        assert await said(home) == "Hello there."
        await home.router.settled()
        (view,) = home.rooms.bus.requests()
    assert [attempt.outcome for attempt in view.attempts] == ["refused", "done"]


@pytest.mark.parametrize("kind", ["reset", "truncated"])
async def test_what_broke_is_asked_again_after_a_pause_and_only_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: FailureKind
) -> None:
    pauses: list[float] = []

    def drawn(failures: int, chance: float) -> float:
        pauses.append(pause_s(failures, chance))
        return 0.0

    monkeypatch.setattr(backing_off, "pause_s", drawn)
    adapter = Later({A: Script(words=(), fails=kind)}, [card(A)])
    async with house(tmp_path, [adapter]) as home:
        assert await said(home) == "Hello there."
        assert len(pauses) == 1
    (tmp_path / "paid").mkdir()
    dear = Later({A: Script(words=(), fails=kind)}, [card(A, place="cloud")])
    async with house(tmp_path / "paid", [dear]) as home:
        home.around.prices[A] = flat(10**6, 10**6, source="test")
        with pytest.raises(HomeportError, match="Tried scripted/a"):
            await said(home)
    assert (len(pauses), len(dear.asked)) == (1, 1), "it may have been charged"


async def test_no_pause_goes_past_the_deadline_and_the_second_failure_is_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_off, "FIRST_S", 0.01)
    adapter = ScriptedAdapter({A: Script(words=(), fails="rate_limited")}, [card(A)])
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(HomeportError) as caught:
            await said(home)
        assert (len(adapter.asked), caught.value.status) == (2, 429)
        monkeypatch.setattr(backing_off, "FIRST_S", 1e9)
        monkeypatch.setattr(backing_off, "MOST_S", 1e9)
        with pytest.raises(HomeportError):
            await said(home, 2_000)
    assert len(adapter.asked) <= 4


async def test_others_answer_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_off, "FIRST_S", 1e9)
    scripts = {A: Script(words=(), fails="refused"), B: Script(words=("Here.",))}
    adapter = ScriptedAdapter(scripts, [card(A, parameters=70 * 10**9), card(B)])
    async with house(tmp_path, [adapter]) as home:
        assert await said(home) == "Here."
